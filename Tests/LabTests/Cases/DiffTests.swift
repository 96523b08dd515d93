import LosslessJSON
import Testing

extension FilesOnRealServers {
    /// An agent on a server, its snapshot and its file are one agent.
    @Suite(.serialized) struct DiffTests {
        @Test(.timeLimit(.minutes(10)))
        func `an agent equals its snapshot and its copy, until a block is edited`() async throws {
            var agent = SmallAgent(word: Lab.unique())
            agent.turns = 3
            try await withSmall(agent) { _ in
                try await withSandbox { sandbox in
                    let file = "\(sandbox.folder)/one.ferry"
                    let taken = try await sandbox.ferry("snapshot", agent.name, "--from", "a", "-o", file)
                    #expect(taken.exit == 0, "\(taken)")
                    let live = try await sandbox.ferry("diff", file, "a:\(agent.name)")
                    #expect(live.exit == 0, "\(live)")
                    let id = try #require(
                        try await Lab.source.agents(bearing: agent.word).first?["id"]?.string)
                    let label = try #require(agent.labels.first)
                    try await Lab.source.patch(
                        "/v1/agents/\(id)/core-memory/blocks/\(label)", ["value": "edited"])
                    let edited = try await sandbox.ferry("diff", file, "a:\(agent.name)", "--json")
                    #expect(edited.exit == 1, "\(edited)")
                    let blocks = try JSONDocument(edited.out).root["sections"]?.elements.first {
                        $0["kind"]?.string == "blocks"
                    }
                    #expect(blocks?["differing"]?.int == 1, "\(edited)")
                    #expect(blocks?["differences"]?[0]?["fields"]?[0]?["path"]?.string == "value")
                }
            }
        }
    }
}
