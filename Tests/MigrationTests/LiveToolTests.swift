import LosslessJSON
import Testing
import Verify

@testable import Migration

@Suite struct LiveToolTests {
    @Test func `a search that the agent has is called`() {
        let tool = LiveTool.base(among: ["piano_log", "archival_memory_search"])
        #expect(tool.name == "archival_memory_search" && !tool.isLent)
    }

    @Test func `an agent without a tool of Letta's lends its copy one`() {
        let tool = LiveTool.base(among: ["piano_log"])
        #expect(tool.name == "conversation_search" && tool.isLent)
    }

    private static let called = #"{"message_type":"tool_return_message","status":"success"}"#
    private static let failed = #"{"message_type":"tool_return_message","status":"error"}"#
    private static let replied = #"{"message_type":"assistant_message"}"#

    @Test(
        arguments: [
            ([called, replied], "end_turn", true), ([called], "tool_rule", true),
            ([called], "end_turn", false),
            ([replied], "end_turn", false), ([failed, replied], "end_turn", false), ([], "end_turn", false),
        ])
    func `a call and a reply are asked for, but where a rule ends the turn`(
        _ messages: [String], _ stop: String, _ works: Bool
    ) throws {
        let text =
            #"{"messages":[\#(messages.joined(separator: ","))],"stop_reason":{"stop_reason":"\#(stop)"}}"#
        let live = LiveAnswer(try JSONDocument(text).root).judged("f")
        if case .worked = live { #expect(works) } else { #expect(!works) }
    }
}
