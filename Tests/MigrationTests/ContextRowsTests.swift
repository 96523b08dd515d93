import LettaModel
import Testing

@testable import Migration

@Suite struct ContextRowsTests {
    private func context(at ordinals: [Int] = [7, 9]) -> ContextRows {
        let agent = AgentState<SourceSide>(
            id: SourceID("agent-1"), name: "Ada", agentType: "letta_v1_agent",
            messageIDs: [SourceID("b"), SourceID("a")], tags: [], json: [])
        var rows = ContextRows(of: agent)
        rows.note([row("a", "user_message", 5), row("b", "reasoning_message", 6)], at: ordinals)
        return rows
    }

    private func row(_ id: String, _ type: String, _ second: Int) -> ListedRow<SourceSide> {
        ListedRow(
            id: SourceID(id), date: "2026-01-02T03:04:0\(second)+00:00", messageTypes: [type],
            items: Array("[]".utf8))
    }

    private func body(_ role: String, _ second: Int) -> VerbatimJSON {
        Array(#"{"role":"\#(role)","created_at":"2026-01-02T03:04:0\#(second).000417+00:00"}"#.utf8)
    }

    @Test func `rows go where they lie, in whatever order they are in context`() throws {
        let rows = try #require(try context().exact([body("assistant", 6), body("user", 5)]))
        #expect(rows.map(\.ordinal) == [9, 7])
        #expect(rows.map(\.json) == [body("assistant", 6), body("user", 5)])
    }

    @Test func `rows of another number, role or second are none of these`() throws {
        #expect(try context().exact([body("assistant", 6)]) == nil)
        #expect(try context().exact([body("user", 5), body("assistant", 6)]) == nil)
        #expect(try context().exact([body("assistant", 7), body("user", 5)]) == nil)
    }

    @Test func `rows that were not listed now are left alone`() throws {
        var rows = ContextRows(
            of: AgentState(
                id: SourceID("agent-1"), name: "Ada", agentType: "letta_v1_agent",
                messageIDs: [SourceID("a"), SourceID("b")], tags: [], json: []))
        #expect(rows.isEmpty)
        rows.note([row("b", "user_message", 5)], at: [3])
        #expect(try rows.exact([body("system", 1), body("user", 5)])?.map(\.ordinal) == [3])
    }
}
