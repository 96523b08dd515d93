import LosslessJSON
import Plan
import Testing

extension MovesOnRealServers {
    /// Nothing that a real server says of an agent is "other".
    @Suite struct FieldTests {
        @Test(.timeLimit(.minutes(2)))
        func `every field of an agent's state has a line in the fidelity table`() async throws {
            let agent = SmallAgent(word: Lab.unique(), passages: 0)
            try await withSmall(agent) { planted in
                let shown = try await Lab.source.get("/v1/agents/\(planted.id)").members.map(\.key)
                let named = try await Lab.source.get("/openapi.json")["components"]?["schemas"]?[
                    "AgentState"]?[
                        "properties"]?.members.map(\.key)
                let fields = Set(shown).union(try #require(named))
                #expect(fields.count >= 40)
                #expect(fields.filter { AgentFields.row(of: $0) == nil }.sorted() == [])
            }
        }
    }
}
