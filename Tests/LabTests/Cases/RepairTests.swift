import LosslessJSON
import Testing

extension FilesOnRealServers {
    /// An agent that was moved by hand on a real server, with an agent file:
    /// no passages, and a block and a tool less.
    @Suite(.serialized) struct RepairTests {
        @Test(.timeLimit(.minutes(5)))
        func `what an import by hand lacks is added until both are equal, and undo leaves what was there`()
            async throws
        {
            let agent = SmallAgent(word: Lab.unique(), passages: 8)
            try await withSmall(agent) { planted in
                try await withSandbox(FaultScript()) { sandbox in
                    let file = "\(sandbox.folder)/whole.ferry"
                    let taken = try await sandbox.ferry("snapshot", planted.id, "--from", "a", "-o", file)
                    #expect(taken.exit == 0, "\(taken)")
                    let id = try await Self.importByHand(agent)
                    let before = try await Self.everything(id, agent)
                    let refused = try await sandbox.ferry("repair", id, "--at", "b", "--with", file)
                    #expect(refused.exit == 7, "\(refused)")
                    #expect(try await Self.everything(id, agent) == before)
                    let repaired = try await sandbox.ferry(
                        "repair", id, "--at", "b", "--with", file, "--yes", "--json")
                    let run = try #require(try await sandbox.runs().first)
                    let root = try JSONDocument(repaired.out).root
                    #expect(root["state"]?.string == "repaired", "\(repaired)")
                    #expect(root["left"]?.elements.map { $0["kind"]?.string } == ["messages"], "\(repaired)")
                    #expect(repaired.exit == 1, "\(repaired)")
                    try await Self.checkIsEqual(id, planted)
                    let again = try await sandbox.ferry("repair", id, "--at", "b", "--with", file, "--yes")
                    #expect(again.lastLine.contains("nothing to add"), "\(again)")
                    let undone = try await sandbox.ferry("undo", run)
                    #expect(undone.exit == 0, "\(undone)")
                    #expect(try await Self.everything(id, agent) == before)
                    let inspection = Inspection(agent: agent, runs: [run], title: "repair")
                    try await inspection.checkLeftovers(on: Lab.target)
                }
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `a repair that is killed is resumed without a duplicate`() async throws {
            let agent = SmallAgent(word: Lab.unique(), passages: 8)
            try await withSmall(agent) { planted in
                try await withSandbox(FaultScript()) { sandbox in
                    let file = "\(sandbox.folder)/whole.ferry"
                    _ = try await sandbox.ferry("snapshot", planted.id, "--from", "a", "-o", file)
                    let id = try await Self.importByHand(agent)
                    let before = try await Self.everything(id, agent)
                    let process = try sandbox.launch(["repair", id, "--at", "b", "--with", file, "--yes"])
                    let blocks = before.count { $0.hasPrefix("block ") }
                    while try await Self.everything(id, agent).count(where: { $0.hasPrefix("block ") })
                        == blocks
                    {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    process.kill()
                    _ = try await process.outcome()
                    let run = try #require(try await sandbox.runs().first)
                    let resumed = try await sandbox.ferry("resume", run)
                    #expect(resumed.exit == 1 && resumed.lastLine.contains(run), "\(resumed)")
                    try await Self.checkIsEqual(id, planted)
                    let undone = try await sandbox.ferry("undo", run)
                    #expect(undone.exit == 0, "\(undone)")
                    #expect(try await Self.everything(id, agent) == before)
                }
            }
        }

        /// The newest rows alone, as Letta's own export has them; the last
        /// block and the last tool stayed behind.
        private static func importByHand(_ agent: SmallAgent) async throws -> String {
            let models = try await LabModels(of: Lab.target)
            let rows = [agent.rows[0]] + agent.rows.suffix(8)
            let file = agent.file(models, rows: rows) { node in
                node["tool_ids"] = ["tool-0"]
                node["block_ids"] = ["block-0", "block-1"]
            }
            let whole = try JSONDocument(file).root
            func first(_ count: Int, _ key: String) -> JSONNode {
                .array((whole[key]?.elements ?? []).prefix(count).map { JSONNode($0) })
            }
            var root = JSONNode.shallow(whole)
            root["tools"] = first(1, "tools")
            root["blocks"] = first(2, "blocks")
            return try await Lab.target.importFile(root.bytes())
        }

        /// Sentences, sorted, of everything that bears the agent's word.
        private static func everything(_ id: String, _ agent: SmallAgent) async throws -> [String] {
            let target = Lab.target
            let state = try await target.get("/v1/agents/\(id)")
            var found = ["context \(state["message_ids"]?.elements.compactMap(\.string) ?? [])"]
            found += (state["blocks"]?.elements ?? []).map { "attached \($0["id"]?.string ?? "")" }
            found += (state["tools"]?.elements ?? []).map { "has \($0["id"]?.string ?? "")" }
            found += try await target.agents(bearing: agent.word).map { "agent \($0["id"]?.string ?? "")" }
            found += try await target.blocks(bearing: agent.word).map {
                "block \($0["id"]?.string ?? "") \($0["value"]?.string ?? "")"
            }
            found += try await target.archives(bearing: agent.word).map {
                "archive \($0["id"]?.string ?? "")"
            }
            for name in agent.toolNames {
                found += try await target.get("/v1/tools/?name=\(name)").elements.map {
                    "tool \($0["id"]?.string ?? "") \($0["source_code"]?.string ?? "")"
                }
            }
            found += try await target.get("/v1/agents/\(id)/archival-memory?limit=1000").elements.map {
                "passage \($0["id"]?.string ?? "")"
            }
            return found.sorted()
        }

        /// Blocks, tools and passages of both servers, by content.
        private static func checkIsEqual(_ id: String, _ planted: Planted) async throws {
            let one = try await content(id, on: Lab.target)
            let other = try await content(planted.id, on: Lab.source)
            #expect(one == other)
        }

        private static func content(_ id: String, on server: LabServer) async throws -> [String] {
            let state = try await server.get("/v1/agents/\(id)")
            var found = (state["blocks"]?.elements ?? []).map { block in
                ["label", "value", "limit", "read_only", "description"].map { key in
                    block[key].map { JSONNode($0).text() } ?? ""
                }.joined(separator: "|")
            }
            found += (state["tools"]?.elements ?? []).map { tool in
                ["name", "source_code", "return_char_limit"].map { key in
                    tool[key].map { JSONNode($0).text() } ?? ""
                }.joined(separator: "|")
            }
            found += try await server.get("/v1/agents/\(id)/archival-memory?limit=1000").elements.map {
                passage in
                let tags = (passage["tags"]?.elements.compactMap(\.string) ?? []).sorted()
                let rest = ["text", "metadata", "created_at"].map { key in
                    passage[key].map { JSONNode($0).text() } ?? ""
                }
                return "\(rest.joined(separator: "|")) \(tags)"
            }
            return found.sorted()
        }
    }
}
