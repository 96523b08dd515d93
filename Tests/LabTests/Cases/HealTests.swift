import LosslessJSON
import Testing

extension FilesOnRealServers {
    /// Agents that answer no more on a real server, made so over HTTP, until
    /// they are healed: the rows of docs/heal.md's table.
    @Suite(.serialized) struct HealTests {
        /// How an agent is broken.
        enum Fault: String, CaseIterable, Sendable {
            case openAtEnd, openInTheMiddle, halfParallel, userBetween, orphanReturn, rawReturn, emptyQuestion
            case linkedImage, emptyReply, pendingApproval
            case emptyList, noSystemRow, cutPair

            /// Rows behind those of a sound agent; in context, as all last
            /// ones.
            func rows(from number: Int) -> [JSONNode] {
                let question = Row.make(number, "user", [Row.text("Then call it.")])
                let reply = Row.make(number + 3, "assistant", [Row.text("Done.")])
                switch self {
                case .openAtEnd: return [question, Self.call(number + 1, "assistant", ["c1"])]
                case .openInTheMiddle:
                    return [question, Self.call(number + 1, "assistant", ["c1"]), question, reply]
                case .halfParallel:
                    return [
                        question, Self.call(number + 1, "assistant", ["c1", "c2"]),
                        Self.back(number + 2, "c1"), reply,
                    ]
                case .userBetween:
                    return [
                        question, Self.call(number + 1, "assistant", ["c1"]), question,
                        Self.back(number + 2, "c1"), reply,
                    ]
                case .orphanReturn: return [question, Self.back(number + 2, "c9"), reply]
                case .rawReturn:
                    var raw = Row.make(number + 2, "tool", [Row.text("no packed JSON")])
                    raw["tool_call_id"] = "c1"
                    return [question, Self.call(number + 1, "assistant", ["c1"]), raw, reply]
                case .emptyQuestion: return [Row.make(number, "user", []), reply]
                case .linkedImage:
                    let source: JSONNode = ["type": "url", "url": "https://example.org/a.png"]
                    return [Row.make(number, "user", [["type": "image", "source": source]]), reply]
                case .emptyReply: return [question, Row.make(number + 1, "assistant", [])]
                case .pendingApproval: return [question, Self.call(number + 1, "approval", ["c1", "c2"])]
                case .emptyList, .noSystemRow, .cutPair: return []
                }
            }

            /// The list as it has to be set; nil where the rows suffice.
            func list(of list: [String], calls: Set<String>) -> [String]? {
                switch self {
                case .emptyList: []
                case .noSystemRow: Array(list.dropFirst())
                case .cutPair: list.filter { !calls.contains($0) }
                default: nil
                }
            }

            /// Where no list mends the listing.
            var isUnlisted: Bool { [.rawReturn, .emptyQuestion, .linkedImage].contains(self) }

            private static func call(_ number: Int, _ role: String, _ ids: [String]) -> JSONNode {
                var row = Row.make(number, role, [])
                row["tool_calls"] = .array(ids.map { Row.call($0, "some_tool", "{}") })
                return row
            }

            private static func back(_ number: Int, _ id: String) -> JSONNode {
                let answer = Row.toolReturn(id, "fine", failed: false, at: number)
                var row = Row.make(number, "tool", [Row.part(ofReturn: answer)])
                row["tool_returns"] = [answer]
                row["tool_call_id"] = .string(id)
                row["name"] = "some_tool"
                return row
            }
        }

        @Test(.timeLimit(.minutes(5)), arguments: Fault.allCases)
        func
            `an agent that answers no more is healed until a chat succeeds, and undo puts the exact list back`(
                fault: Fault
            ) async throws
        {
            try await withSick(fault) { id, sandbox in
                await #expect(throws: (any Error).self, "\(fault)") { try await Self.chat(id) }
                let before = try await Self.list(id)
                let refused = try await sandbox.ferry("heal", id, "--at", "a")
                #expect(refused.exit == 7, "\(refused)")
                #expect(try await Self.list(id) == before)
                let healed = try await sandbox.ferry("heal", id, "--at", "a", "--yes")
                #expect(healed.exit == (fault.isUnlisted ? 1 : 0), "\(fault): \(healed)")
                let run = try #require(try await sandbox.runs().first)
                let undone = try await sandbox.ferry("undo", run)
                #expect(undone.exit == 0, "\(fault): \(undone)")
                #expect(try await Self.list(id) == before, "\(fault)")
                let again = try await sandbox.ferry("heal", id, "--at", "a", "--yes")
                #expect(again.exit == healed.exit, "\(fault): \(again)")
                try await Self.chat(id)
                let well = try await sandbox.ferry("heal", id, "--at", "a")
                #expect(well.exit == (fault.isUnlisted ? 1 : 0), "\(fault): \(well)")
                let words =
                    fault.isUnlisted
                    ? "nothing to heal in context; nothing was changed; its history still cannot be listed"
                    : "nothing to heal; nothing was changed"
                #expect(well.lastLine.hasSuffix(words), "\(well)")
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `a pending approval is denied when ordered, and no undo takes that back`() async throws {
            try await withSick(.pendingApproval) { id, sandbox in
                let before = try await Self.list(id)
                let healed = try await sandbox.ferry("heal", id, "--at", "a", "--deny-approval", "--yes")
                #expect(healed.exit == 0 && healed.out.contains("CANNOT BE UNDONE"), "\(healed)")
                let after = try await Self.list(id)
                #expect(after.starts(with: before) && after.count > before.count)
                try await Self.chat(id)
                let undone = try await sandbox.ferry("undo", try #require(try await sandbox.runs().first))
                #expect(undone.exit == 7 && undone.err.contains("run-not-undoable"), "\(undone)")
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `rows that came since a heal stay in context when it is undone`() async throws {
            try await withSick(.orphanReturn) { id, sandbox in
                let before = try await Self.list(id)
                let healed = try await sandbox.ferry("heal", id, "--at", "a", "--yes")
                #expect(healed.exit == 0, "\(healed)")
                let run = try #require(try await sandbox.runs().first)
                try await Self.chat(id)
                let undone = try await sandbox.ferry("undo", run)
                #expect(undone.exit == 0, "\(undone)")
                let now = try await Self.list(id)
                #expect(now.starts(with: before) && now.count > before.count)
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `an agent in the midst of a turn is left alone`() async throws {
            try await withSick(.cutPair) { id, sandbox in
                async let turn: Void? = try? Self.chat(id, "stub: sleep 12")
                try await Task.sleep(for: .seconds(2))
                let busy = try await sandbox.ferry("heal", id, "--at", "a", "--yes")
                #expect(busy.exit == 7 && busy.err.contains("agent-busy"), "\(busy)")
                #expect(try await sandbox.runs() == [])
                _ = await turn
            }
        }

        /// The commands that a heal prints are typed as they stand.
        @Test(.timeLimit(.minutes(5)))
        func `where only a new import helps, the printed commands make an agent that lists and chats`()
            async throws
        {
            try await withSick(.linkedImage) { id, sandbox in
                let healed = try await sandbox.ferry("heal", id, "--at", "a", "--yes", "--json")
                let lines = try JSONDocument(healed.out).root["remedy"]?.elements.compactMap(\.string) ?? []
                #expect(lines.count == 2, "\(healed)")
                var made: [String] = []
                for line in lines {
                    let words = Self.words(line).dropFirst()
                    let placed = words.map { $0.hasSuffix(".ferry") ? "\(sandbox.folder)/\($0)" : $0 }
                    let outcome = try await sandbox.ferry(placed + (words.first == "load" ? ["--yes"] : []))
                    #expect(outcome.exit == 0 || outcome.exit == 3, "\(outcome)")
                    made = Self.words(line)
                }
                let name = try #require(made.last)
                let agents = try await Lab.source.agents(bearing: String(name.suffix(8)))
                let copy = try #require(agents.first?["id"]?.string)
                _ = try await Lab.source.get("/v1/agents/\(copy)/messages?limit=1000&order=asc")
                try await Self.chat(copy)
                try await Lab.source.delete("/v1/agents/\(copy)")
            }
        }

        // MARK: Setting

        private func withSick(
            _ fault: Fault, _ body: (_ id: String, _ sandbox: Sandbox) async throws -> Void
        ) async throws {
            var agent = SmallAgent(word: Lab.unique(), passages: 1)
            agent.turns = 3
            try await withSmall(agent) { _ in
                try await withSandbox(FaultScript()) { sandbox in
                    let rows = agent.rows + fault.rows(from: agent.rowCount)
                    let models = try await LabModels(of: Lab.source)
                    let file = agent.file(models, rows: rows, contextTail: rows.count) {
                        $0["name"] = .string("\(agent.name)-sick")
                    }
                    let id = try await Lab.source.importFile(file)
                    let calls = fault == .cutPair ? try await Self.calls(of: id) : []
                    if let list = fault.list(of: try await Self.list(id), calls: calls) {
                        _ = try await Lab.source.patch(
                            "/v1/agents/\(id)", ["message_ids": .array(list.map { .string($0) })])
                    }
                    try await body(id, sandbox)
                }
            }
        }

        private static func calls(of id: String) async throws -> Set<String> {
            let rows = try await Lab.source.get("/v1/agents/\(id)/messages?limit=200&order=asc").elements
            return Set(
                rows.filter { $0["message_type"]?.string == "tool_call_message" }
                    .compactMap { $0["id"]?.string })
        }

        private static func words(_ line: String) -> [String] {
            let parts = line.split(separator: "'", omittingEmptySubsequences: false)
            return parts.enumerated().flatMap { place, part in
                place % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
            }
        }

        private static func list(_ id: String) async throws -> [String] {
            try await Lab.source.get("/v1/agents/\(id)")["message_ids"]?.elements.compactMap(\.string) ?? []
        }

        private static func chat(_ id: String, _ text: String = "stub: strict") async throws {
            _ = try await Lab.source.post(
                "/v1/agents/\(id)/messages",
                ["messages": [["role": "user", "content": .string(text)]]])
        }
    }
}
