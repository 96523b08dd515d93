import LosslessJSON
import Testing

extension MovesOnRealServers {
    /// What must not go on, and says so.
    @Suite(.serialized) struct RefusalTests {
        @Test(.timeLimit(.minutes(10)))
        func `a second move to the same name is refused before any write`() async throws {
            var agent = SmallAgent(word: Lab.unique(), passages: 0)
            agent.turns = 2
            try await withSmall(agent) { _ in
                let script = FaultScript()
                try await withSandbox(script) { sandbox in
                    let first = try await sandbox.ferry(
                        "move", agent.name, "--from", "a", "--to", "b", "--yes")
                    #expect(first.exit == 0, "\(first)")
                    let written = script.writes.count
                    let second = try await sandbox.ferry(
                        "move", agent.name, "--from", "a", "--to", "b", "--yes")
                    #expect(second.exit == 7, "\(second)")
                    #expect((second.out + second.err).contains("agent-name-taken"), "\(second)")
                    #expect(script.writes.count == written, "\(script.writes.dropFirst(written))")
                }
            }
        }

        @Test(.timeLimit(.minutes(10)))
        func `a run whose agent someone deleted says so and makes no other`() async throws {
            var agent = SmallAgent(word: Lab.unique(), passages: 0)
            agent.turns = 2
            try await withSmall(agent) { _ in
                let count = try await Self.writes(of: agent)
                let script = FaultScript(write: count - 1, .killBefore)
                try await withSandbox(script) { sandbox in
                    let process = try sandbox.launch(
                        [
                            "move", agent.name, "--from", "a", "--to", "b", "--yes", "--as",
                            "\(agent.name)-again",
                        ])
                    script.arm(process.pid)
                    #expect(try await process.outcome().exit == nil)
                    let run = try #require(try await sandbox.runs().first)
                    for left in try await Lab.target.agents(bearing: "ferry-\(run)") {
                        try await Lab.target.delete("/v1/agents/\(left["id"]?.string ?? "")")
                    }
                    let resumed = try await sandbox.ferry("resume")
                    #expect(resumed.exit == 8, "\(resumed)")
                    #expect((resumed.out + resumed.err).contains("someone deleted it"), "\(resumed)")
                    let there = try await Lab.target.agents(bearing: agent.word).compactMap {
                        $0["name"]?.string
                    }
                    #expect(there == [agent.name])
                }
            }
        }

        /// Moves it once, so that its tools are there, and again under
        /// another name to count.
        private static func writes(of agent: SmallAgent) async throws -> Int {
            let script = FaultScript()
            return try await withSandbox(script) { sandbox in
                try await sandbox.ferry("move", agent.name, "--from", "a", "--to", "b", "--yes")
                let before = script.writes.count
                let name = "\(agent.name)-counted"
                let counted = try await sandbox.ferry(
                    "move", agent.name, "--from", "a", "--to", "b", "--yes", "--as", name)
                #expect(counted.exit == 0, "\(counted)")
                let id = try await Lab.target.agents(bearing: agent.word).first { $0["name"]?.string == name }
                if let id = id?["id"]?.string { try await Lab.target.delete("/v1/agents/\(id)") }
                return script.writes.count - before
            }
        }
    }
}
