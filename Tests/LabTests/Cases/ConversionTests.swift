import LosslessJSON
import Testing

extension FilesOnRealServers {
    /// An agent of the old loop that a real 0.16.8 made and spoke with, kept
    /// and converted on its way to another.
    @Suite(.serialized) struct ConversionTests {
        /// Said by the user; the stub answers by what stands in it.
        private static let words = [
            "Hello, 海の天気は?", "please call conversation_search {\"query\": \"hello\"}",
            "call send_message {\"message\": \"ветер — straight out\", \"thinking\": \"A thought beside it.\"}",
            // The tool fails, which the old loop answers with a heartbeat.
            "please call memory_insert {\"label\": \"nobody\", \"new_string\": \"x\"}",
        ]

        private func chat(_ agent: String, _ text: String, on server: LabServer) async throws -> [JSONValue] {
            let body: JSONNode = ["messages": [["role": "user", "content": .string(text)]]]
            return try await server.post("/v1/agents/\(agent)/messages", body)["messages"]?.elements ?? []
        }

        private func plant(_ word: String) async throws -> String {
            let labels = SmallAgent(word: word).labels
            let made = try await Lab.source.post(
                "/v1/agents/",
                [
                    "name": .string("lt-\(word)"), "agent_type": "memgpt_v2_agent",
                    "model": .string(Lab.variable("FERRY_LAB_MODEL") ?? ""),
                    "embedding": .string(Lab.variable("FERRY_LAB_EMBEDDING") ?? ""),
                    "memory_blocks": .array(
                        labels.map { ["label": .string($0), "value": .string("I am \($0).")] }),
                ])
            #expect(made["agent_type"]?.string == "memgpt_v2_agent")
            let id = try #require(made["id"]?.string)
            for text in Self.words { _ = try await chat(id, text, on: Lab.source) }
            return id
        }

        private func withOld(_ body: (_ word: String, _ id: String) async throws -> Void) async throws {
            let word = Lab.unique()
            func remove() async throws {
                for server in [Lab.source, Lab.target] { try await server.removeAll(of: word) }
            }
            do {
                try await body(word, try await plant(word))
            } catch {
                try await remove()
                throw error
            }
            try await remove()
        }

        /// What a person reads in the history, and what the agent thought.
        private func story(_ agent: String, on server: LabServer) async throws -> [String] {
            let items = try await server.get("/v1/agents/\(agent)/messages?limit=1000&order=asc").elements
            return items.compactMap { item in
                switch item["message_type"]?.string {
                case "assistant_message": "says \(item["content"]?.string ?? "")"
                case "reasoning_message": "thinks \(item["reasoning"]?.string ?? "")"
                case "tool_call_message": "calls \(item["tool_call"]?["name"]?.string ?? "")"
                default: nil
                }
            }
        }

        private func moved(_ word: String) async throws -> JSONValue {
            try #require(try await Lab.target.agents(bearing: word).first)
        }

        @Test(.timeLimit(.minutes(10)))
        func `it says, thinks and calls the same afterwards, is compared as converted, and answers`()
            async throws
        {
            try await withOld { word, id in
                let before = try await SourceState(of: id, bearing: word)
                let told = try await story(id, on: Lab.source)
                #expect(told.contains("says ветер — straight out"))
                try await withSandbox { sandbox in
                    let plan = try await sandbox.ferry(
                        "plan", "lt-\(word)", "--from", "a", "--to", "b", "--convert-legacy")
                    #expect(plan.exit == 0, "\(plan)")
                    #expect(plan.out.contains("memgpt_v2_agent becomes letta_v1_agent"), "\(plan)")
                    #expect(plan.out.contains("Sent message successfully."), "\(plan)")
                    let move = try await sandbox.ferry(
                        "move", "lt-\(word)", "--from", "a", "--to", "b", "--convert-legacy", "--yes")
                    #expect(move.exit == 0, "\(move)")
                    #expect(move.lastLine.contains("equal but for"), "\(move)")
                    let agent = try await moved(word)
                    let new = try #require(agent["id"]?.string)
                    #expect(agent["agent_type"]?.string == "letta_v1_agent")
                    #expect(
                        agent["tools"]?.elements.contains { $0["name"]?.string == "send_message" } == false)
                    #expect(
                        agent["tool_rules"]?.elements.contains { $0["tool_name"]?.string == "send_message" }
                            == false)
                    #expect(agent["llm_config"]?["put_inner_thoughts_in_kwargs"]?.bool == false)
                    #expect(try await story(new, on: Lab.target) == told)
                    let run = try #require(try await sandbox.runs().first)
                    let live = try await sandbox.ferry("verify", run, "--live")
                    #expect(live.exit == 0, "\(live)")
                    let file = try await sandbox.ferry("show", run)
                    #expect(file.exit == 0, "\(file)")
                    let answer = try await chat(new, "stub: strict\nAnd now?", on: Lab.target)
                    #expect(
                        answer.contains { $0["message_type"]?.string == "assistant_message" },
                        "\(answer.count)")
                    #expect(
                        !answer.contains { $0["tool_call"]?["name"]?.string == "send_message" })
                    #expect(try await SourceState(of: id, bearing: word).difference(from: before) == nil)
                }
            }
        }

        @Test(.timeLimit(.minutes(10)))
        func `without being asked it stays what it is, and what was kept can be moved again and converted`()
            async throws
        {
            try await withOld { word, id in
                let told = try await story(id, on: Lab.source)
                try await withSandbox { sandbox in
                    let kept = try await sandbox.ferry(
                        "move", "lt-\(word)", "--from", "a", "--to", "b", "--yes", "--snapshot",
                        "\(sandbox.folder)/old.ferry")
                    #expect(kept.exit == 0, "\(kept)")
                    #expect(try await moved(word)["agent_type"]?.string == "memgpt_v2_agent")
                    let run = try #require(try await sandbox.runs().first)
                    let undone = try await sandbox.ferry("undo", run)
                    #expect(undone.exit == 0, "\(undone)")
                    let load = try await sandbox.ferry(
                        "load", "\(sandbox.folder)/old.ferry", "--to", "b", "--convert-legacy", "--yes")
                    #expect(load.exit == 0, "\(load)")
                    let agent = try await moved(word)
                    #expect(agent["agent_type"]?.string == "letta_v1_agent")
                    let new = agent["id"]?.string ?? ""
                    #expect(try await story(new, on: Lab.target) == told)
                    // By file and agent: only with the flag it is what was to be.
                    let words = ["verify", "\(sandbox.folder)/old.ferry", "--at", "b", "--agent", new]
                    let asked = try await sandbox.ferry(words + ["--convert-legacy"])
                    #expect(asked.exit == 0, "\(asked)")
                    let plain = try await sandbox.ferry(words)
                    #expect(plain.exit == 1, "\(plain)")
                    let export = try await sandbox.ferry(
                        "export", "\(sandbox.folder)/old.ferry", "-o", "\(sandbox.folder)/new.af",
                        "--convert-legacy")
                    #expect(export.exit == 0, "\(export)")
                    let lint = try await sandbox.ferry("lint", "\(sandbox.folder)/new.af")
                    #expect(lint.exit == 0, "\(lint)")
                }
            }
        }
    }
}
