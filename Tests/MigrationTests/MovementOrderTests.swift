import LettaModel
import Testing

@testable import Migration

@Suite struct MovementOrderTests {
    private func standing(_ members: String) -> Standing {
        let state = AgentState<SourceSide>(
            id: ServerID("agent-1"), name: "ada", agentType: "letta_v1_agent", messageIDs: [], tags: [],
            json: Array("{\(members)}".utf8))
        return Standing(
            state: state, counts: AgentCounts(rows: 3, passages: 0, contextTokens: nil, contextWindow: nil),
            rows: 3)
    }

    private func moved(_ one: String, _ other: String) -> String? {
        Movement.between(standing(one), standing(other))
    }

    @Test func `a server that returns tools and blocks in another order has not moved`() {
        #expect(
            moved(#""tools":[{"name":"a"},{"name":"b"}]"#, #""tools":[{"name":"b"},{"name":"a"}]"#) == nil)
        #expect(
            moved(
                #""memory":{"blocks":[{"label":"a"},{"label":"b"}]},"tags":["x","y"]"#,
                #""memory":{"blocks":[{"label":"b"},{"label":"a"}]},"tags":["y","x"]"#) == nil)
    }

    @Test(
        arguments: [
            (#""tools":[{"name":"a"}]"#, #""tools":[{"name":"a"},{"name":"b"}]"#),
            (#""memory":{"blocks":[{"value":"a"}]}"#, #""memory":{"blocks":[{"value":"b"}]}"#),
            (#""system":"a""#, #""system":"b""#),
            (#""tool_rules":[{"a":1},{"a":2}]"#, #""tool_rules":[{"a":2},{"a":1}]"#),
        ])
    func `what changes is seen`(_ one: String, _ other: String) {
        #expect(moved(one, other) == "its state changed")
    }
}
