import LettaModel
import Testing

@testable import Migration

@Suite struct MovementTests {
    private func standing(
        _ ids: [String] = ["a"], _ json: String = #"{"system":"x"}"#, rows: Int? = 5, counted: Int? = 5,
        passages: Int? = 2
    ) -> Standing {
        let state = AgentState<SourceSide>(
            id: SourceID("agent-1"), name: "Ada", agentType: "letta_v1_agent",
            messageIDs: ids.map { SourceID($0) }, tags: [], json: Array(json.utf8))
        return Standing(state: state, counts: AgentCounts(rows: counted, passages: passages), rows: rows)
    }

    @Test func `an agent that only did its bookkeeping stood still`() {
        let before = standing(["a"], #"{"system":"x","updated_at":"1","last_run_completion":null}"#)
        let after = standing(["a"], #"{"updated_at":"2","system":"x","last_run_completion":"3"}"#)
        #expect(Movement.between(before, after) == nil)
    }

    @Test func `a new context, new rows, new passages and another state are movement`() {
        #expect(Movement.between(standing(), standing(["a", "b"])) == "its context changed")
        #expect(Movement.between(standing(), standing(rows: 6)) == "1 row more")
        #expect(Movement.between(standing(), standing(counted: 3)) == "2 rows less")
        #expect(Movement.between(standing(), standing(passages: 3)) == "1 passage more")
        #expect(Movement.between(standing(), standing(["a"], #"{"system":"y"}"#)) == "its state changed")
    }

    @Test func `what a server does not count does not move`() {
        #expect(Movement.between(standing(counted: nil), standing(passages: nil)) == nil)
        #expect(Movement.between(standing(rows: nil), standing(rows: 9)) == nil)
    }
}

@Suite struct CensusTests {
    private func standing(counted: Int?, rows: Int) -> Standing {
        let state = AgentState<SourceSide>(
            id: SourceID("agent-1"), name: "Ada", agentType: "letta_v1_agent", messageIDs: [], tags: [],
            json: [])
        return Standing(state: state, counts: AgentCounts(rows: counted), rows: rows)
    }

    @Test func `a tail that leaves the counts apart is followed by the whole listing, once`() {
        var census = Census(counted: 100, rows: 100)
        census.listed(fromBeginning: false)
        #expect(census.complaint(standing(counted: 99, rows: 100)) != nil)
        #expect(census.wantsWhole)
        census.listed(fromBeginning: true)
        #expect(!census.wantsWhole)
        #expect(census.complaint(standing(counted: 99, rows: 100)) == nil)
    }

    @Test func `counts that were apart before are not apart now`() {
        var census = Census(counted: 103, rows: 100)
        census.listed(fromBeginning: false)
        #expect(census.complaint(standing(counted: 105, rows: 102)) == nil)
        #expect(!census.wantsWhole)
    }

    @Test func `a server that counts nothing, or conversations too, is not held to it`() {
        var silent = Census(counted: nil, rows: 0)
        silent.listed(fromBeginning: false)
        #expect(silent.complaint(standing(counted: nil, rows: 9)) == nil)
        var talkative = Census(counted: 100, rows: 90, hasConversations: true)
        talkative.listed(fromBeginning: false)
        #expect(talkative.complaint(standing(counted: 120, rows: 90)) == nil)
    }
}
