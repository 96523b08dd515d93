import LosslessJSON
import Testing

@testable import AgentFile

/// Calls and returns in context that do not fit together, dropped or closed.
@Suite struct ToolPairTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let rows: [String]
        /// Places of the rows in context; 0 is the system row.
        let context: [Int]
        let dropped: [Int]
        /// 100 and above: a row that is added.
        let closed: [Int]

        var testDescription: String { name }
    }

    private static func call(_ ids: String..., role: String = "assistant") -> String {
        let calls = ids.map {
            #"{"id": "\#($0)", "type": "function", "function": {"name": "look", "arguments": "{}"}}"#
        }
        return #""role": "\#(role)", "content": [], "tool_calls": [\#(calls.joined(separator: ", "))]"#
    }

    private static func back(_ ids: String...) -> String {
        let returns = ids.map {
            #"{"tool_call_id": "\#($0)", "status": "success", "func_response": "{\"status\":\"OK\",\"message\":\"m\"}"}"#
        }
        return #""role": "tool", "content": [], "tool_returns": [\#(returns.joined(separator: ", "))]"#
    }

    private static let user = #""role": "user", "content": [{"type": "text", "text": "Hm?"}]"#
    private static let approval =
        #""role": "approval", "content": [], "approvals": [{"type": "approval", "tool_call_id": "a", "approve": true}]"#

    static let cases = [
        Case(
            name: "fits", rows: [user, call("a"), back("a")], context: [0, 1, 2, 3], dropped: [0, 1, 2, 3],
            closed: [0, 1, 2, 3]),
        Case(
            name: "never answered", rows: [user, call("a")], context: [0, 1, 2], dropped: [0, 1],
            closed: [0, 1, 2, 100]),
        Case(
            name: "never answered, in the middle", rows: [call("a"), user], context: [0, 1, 2],
            dropped: [0, 2], closed: [0, 1, 100, 2]),
        Case(
            name: "answered in the history", rows: [call("a"), back("a"), user], context: [0, 1, 3],
            dropped: [0, 3], closed: [0, 1, 2, 3]),
        Case(
            name: "called in the history", rows: [call("a"), back("a"), user], context: [0, 2, 3],
            dropped: [0, 3], closed: [0, 1, 2, 3]),
        Case(
            name: "called nowhere", rows: [back("z"), user], context: [0, 1, 2], dropped: [0, 2],
            closed: [0, 2]),
        Case(
            name: "one of two", rows: [call("a", "b"), back("a"), user], context: [0, 1, 2, 3],
            dropped: [0, 3], closed: [0, 1, 2, 100, 3]),
        Case(
            name: "called in the history, with another call",
            rows: [call("a", "b"), back("a"), back("b"), user], context: [0, 2, 4], dropped: [0, 4],
            closed: [0, 1, 2, 3, 4]),
        Case(
            name: "somebody speaks in between", rows: [call("a"), user, back("a")], context: [0, 1, 2, 3],
            dropped: [0, 2], closed: [0, 1, 3, 2]),
        Case(
            name: "return before its call", rows: [call("a"), back("a")], context: [0, 2, 1], dropped: [0],
            closed: [0, 1, 2]),
        Case(
            name: "waiting for approval", rows: [user, call("a", role: "approval")], context: [0, 1, 2],
            dropped: [0, 1], closed: [0, 1]),
        Case(
            name: "approved and answered", rows: [call("a", role: "approval"), approval, back("a")],
            context: [0, 1, 2, 3], dropped: [0, 1, 2, 3], closed: [0, 1, 2, 3]),
        Case(
            name: "approved, answered in the history",
            rows: [call("a", role: "approval"), approval, back("a")], context: [0, 1, 2], dropped: [0],
            closed: [0, 1, 2, 3]),
        Case(
            name: "two rows, two calls", rows: [call("a"), call("b")], context: [0, 1, 2], dropped: [0],
            closed: [0, 1, 100, 2, 101]),
    ]

    private static func file(_ test: Case) -> String {
        let rows = [#""role": "system", "content": [{"type": "text", "text": "Be kind."}]"#] + test.rows
        let messages = rows.enumerated().map {
            #"{"id": "message-\#($0.offset)", "created_at": "2026-05-02T10:11:12Z", \#($0.element)}"#
        }
        let context = test.context.map { #""message-\#($0)""# }
        return """
            {"agents": [{"id": "agent-0", "name": "Ada", "agent_type": "letta_v1_agent", "llm_config":
            {"model": "m", "model_endpoint_type": "openai", "context_window": 8192}, "in_context_message_ids":
            [\(context.joined(separator: ", "))], "messages": [\(messages.joined(separator: ",\n"))]}],
            "groups": [], "blocks": [], "files": [], "sources": [], "tools": [], "mcp_servers": []}
            """
    }

    @Test(arguments: cases)
    func `pairs are dropped or closed, and nothing is left to find`(test: Case) throws {
        let text = Self.file(test)
        let lookedAt = try LintTests.lint(text).map(\.rule.id)
        #expect(lookedAt.isEmpty == (test.name == "fits" || test.name == "approved and answered"))
        for (pairs, wanted) in [(ToolPairs.drop, test.dropped), (.close, test.closed)] {
            let mended = try Mended(text, pairs: pairs)
            let new = mended.ids.filter { id in !text.contains("\"\(id)\"") }
            let places = mended.context.map { id in
                new.firstIndex(of: id).map { 100 + $0 } ?? Int(id.dropFirst("message-".count)) ?? -1
            }
            #expect(places == wanted, "\(pairs)")
            #expect(try LintTests.lint(mended.text).map(\.rule.id) == [], "\(pairs): \(mended.text)")
            #expect(mended.changes.isEmpty == (lookedAt.isEmpty || pairs == .close && wanted == test.context))
            #expect(mended.ids.filter { !new.contains($0) }.count == test.rows.count + 1, "no row is lost")
        }
    }

    @Test func `a return that is added follows its turn in the history and says that it failed`() throws {
        let test = try #require(Self.cases.first { $0.name == "one of two" })
        let mended = try Mended(Self.file(test), pairs: .close)
        #expect(mended.ids == ["message-0", "message-1", "message-2", "message-4", "message-3"])
        let row = mended.rows[3]
        #expect(row["role"]?.string == "tool")
        #expect(row["name"]?.string == "look")
        #expect(row["created_at"]?.string == "2026-05-02T10:11:12Z")
        #expect(row["tool_returns"]?[0]?["tool_call_id"]?.string == "b")
        #expect(row["tool_returns"]?[0]?["status"]?.string == "error")
        #expect(row["content"]?[0]?["text"]?.string?.contains("\"Failed\"") == true)
    }

    @Test func `without a word nothing is dropped or closed`() throws {
        for test in Self.cases {
            let mended = try Mended(Self.file(test))
            #expect(mended.changes == [])
            #expect(mended.context == test.context.map { "message-\($0)" })
        }
    }
}
