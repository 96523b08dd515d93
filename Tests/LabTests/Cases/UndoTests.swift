import LosslessJSON
import Testing

extension MovesOnRealServers {
    /// What an undo leaves on a real server, told by listing everything there.
    ///
    /// Other suites use the same servers, so only what bears this agent's word
    /// or a marker of its run is listed.
    @Suite(.serialized) struct UndoTests {
        @Test(.timeLimit(.minutes(5)))
        func `an undone move leaves nothing of itself, and the agent's source as it was`() async throws {
            let agent = SmallAgent(word: Lab.unique())
            try await withSmall(agent) { planted in
                try await withSandbox(FaultScript()) { sandbox in
                    let source = try await SourceState(of: planted.id, bearing: agent.word)
                    let moved = try await sandbox.ferry(
                        "move", agent.name, "--from", "a", "--to", "b", "--yes")
                    #expect(moved.exit == 0, "\(moved)")
                    let run = try #require(try await sandbox.runs().first)
                    #expect(try await Self.everything(of: agent).count > 5)
                    let undone = try await sandbox.ferry("undo", run)
                    #expect(undone.exit == 0, "\(undone)")
                    #expect(undone.lastLine.hasPrefix("\(run) undone: 1 agent, "), "\(undone)")
                    #expect(try await Self.everything(of: agent) == [])
                    let inspection = Inspection(agent: agent, runs: [run], title: "undo")
                    try await inspection.checkLeftovers(on: Lab.target)
                    let after = try await SourceState(of: planted.id, bearing: agent.word)
                    #expect(after.difference(from: source) == nil)
                }
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `an agent that chatted since is kept, until a snapshot of it is taken`() async throws {
            var agent = SmallAgent(word: Lab.unique(), passages: 2)
            agent.turns = 2
            let rows = agent.rowCount
            try await withSmall(agent) { _ in
                try await withSandbox(FaultScript()) { sandbox in
                    let moved = try await sandbox.ferry(
                        "move", agent.name, "--from", "a", "--to", "b", "--yes")
                    #expect(moved.exit == 0, "\(moved)")
                    let run = try #require(try await sandbox.runs().first)
                    let there = try #require(try await Lab.target.agents(bearing: agent.word).first)
                    let id = there["id"]?.string ?? ""
                    _ = try await Lab.target.post(
                        "/v1/agents/\(id)/messages",
                        ["messages": [["role": "user", "content": "Are you there?"]]])
                    let refused = try await sandbox.ferry("undo", run)
                    #expect(refused.exit == 7, "\(refused)")
                    #expect(refused.err.contains("undo-would-lose"), "\(refused)")
                    #expect(try await Lab.target.agents(bearing: agent.word).count == 1)
                    let undone = try await sandbox.ferry("undo", run, "--discard-newer", "--json")
                    #expect(undone.exit == 0, "\(undone)")
                    #expect(try await Self.everything(of: agent) == [])
                    let copy = try JSONDocument(undone.out).root["snapshot"]?.string ?? ""
                    let shown = try await sandbox.ferry("show", copy, "--json")
                    let held = try JSONDocument(shown.out).root["messages"]?.int ?? 0
                    #expect(held > rows, "\(shown)")
                }
            }
        }

        /// Sentences, sorted.
        private static func everything(of agent: SmallAgent) async throws -> [String] {
            let target = Lab.target
            var found = try await target.agents(bearing: agent.word).map { "agent \($0["id"]?.string ?? "")" }
            found += try await target.blocks(bearing: agent.word).map { "block \($0["id"]?.string ?? "")" }
            found += try await target.archives(bearing: agent.word).map {
                "archive \($0["id"]?.string ?? "")"
            }
            for name in agent.toolNames {
                found += try await target.get("/v1/tools/?name=\(name)").elements.map {
                    "tool \($0["id"]?.string ?? "")"
                }
            }
            return found.sorted()
        }
    }
}
