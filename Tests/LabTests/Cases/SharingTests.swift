import LosslessJSON
import Testing

extension MovesOnRealServers {
    /// Two agents that share a block and an archive, from one real server to
    /// the other.
    @Suite(.serialized) struct SharingTests {
        private struct Pair {
            let first: Planted
            let second: Planted
            /// At the source.
            let block: String
            var label: String { first.agent.labels[1] }
        }

        private func withPair(_ body: (Pair) async throws -> Void) async throws {
            let first = small(), second = small(passages: 0)
            try await withSmall(first) { one in
                try await withSmall(second) { two in
                    let label = first.labels[1]
                    let block = try await Lab.source.get("/v1/blocks/?label=\(label)").elements.first?["id"]?
                        .string
                    let id = try #require(block)
                    try await Lab.source.patch("/v1/agents/\(two.id)/core-memory/blocks/attach/\(id)")
                    try await Lab.source.patch("/v1/agents/\(two.id)/archives/attach/\(one.archive ?? "")")
                    try await body(Pair(first: one, second: two, block: id))
                }
            }
        }

        private func small(passages: Int = 5) -> SmallAgent {
            var agent = SmallAgent(word: Lab.unique(), passages: passages)
            agent.turns = 2
            return agent
        }

        private func moved(_ agent: SmallAgent, _ sandbox: Sandbox) async throws -> (Sandbox.Outcome, String)
        {
            let outcome = try await sandbox.ferry("move", agent.name, "--from", "a", "--to", "b", "--yes")
            let id = try await Lab.target.agents(bearing: agent.word).first?["id"]?.string
            return (outcome, try #require(id, "\(outcome)"))
        }

        private func block(_ label: String, of agent: String) async throws -> JSONValue {
            try await Lab.target.get("/v1/agents/\(agent)/core-memory/blocks/\(label)")
        }

        private func archive(of agent: String) async throws -> String? {
            try await Lab.target.get("/v1/archives/?agent_id=\(agent)").elements.first?["id"]?.string
        }

        @Test(.timeLimit(.minutes(5)))
        func `what two agents share is one thing on the target, and stays as long as one of them has it`()
            async throws
        {
            try await withPair { pair in
                try await withSandbox(FaultScript()) { sandbox in
                    let (first, one) = try await moved(pair.first.agent, sandbox)
                    #expect(first.exit == 3, "\(first)")
                    #expect(first.out.contains("[shared-block:\(pair.block)]"), "\(first)")
                    let earlier = try #require(try await sandbox.runs().first)
                    let (second, two) = try await moved(pair.second.agent, sandbox)
                    #expect(second.exit == 0, "\(second)")
                    #expect(second.err.contains("the run \(earlier) made it"), "\(second)")
                    let later = try #require(try await sandbox.runs().first)

                    let id = try await block(pair.label, of: one)["id"]?.string
                    #expect(try await block(pair.label, of: two)["id"]?.string == id)
                    #expect(try await archive(of: two) == archive(of: one))
                    #expect(try await Lab.target.archives(bearing: pair.second.agent.word).isEmpty)
                    _ = try await Lab.target.patch(
                        "/v1/agents/\(two)/core-memory/blocks/\(pair.label)", ["value": "Both read this."])
                    #expect(try await block(pair.label, of: one)["value"]?.string == "Both read this.")

                    let undone = try await sandbox.ferry("undo", later)
                    #expect(undone.exit == 0, "\(undone)")
                    #expect(undone.out.contains("taken off  block \(pair.label)"), "\(undone)")
                    #expect(try await block(pair.label, of: one)["value"]?.string == "Both read this.")
                    let refused = try await sandbox.ferry("undo", earlier)
                    #expect(refused.exit == 7, "the block was edited since: \(refused)")
                    let last = try await sandbox.ferry("undo", earlier, "--discard-newer")
                    #expect(last.exit == 0, "\(last)")
                    for word in [pair.first.agent.word, pair.second.agent.word] {
                        #expect(try await Lab.target.agents(bearing: word).isEmpty)
                        #expect(try await Lab.target.blocks(bearing: word).isEmpty)
                        #expect(try await Lab.target.archives(bearing: word).isEmpty)
                    }
                }
            }
        }
    }
}
