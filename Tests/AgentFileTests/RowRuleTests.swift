import LettaModel
import LosslessJSON
import Testing

@testable import AgentFile

/// A row that a rule finds, what becomes of it, and a neighbour that it leaves alone.
struct RuleCase: Sendable, CustomTestStringConvertible {
    let id: String
    let found: String
    /// Members afterwards; nil: the row stays behind.
    let becomes: [String: String]?
    let left: String

    var testDescription: String { id }
}

private let ok = #"{\"status\":\"OK\",\"message\":\"m\"}"#
private let failed = #"{\"status\":\"Failed\",\"message\":\"m\"}"#

private func packed(_ status: String, _ message: String) -> String {
    #"{\n  \"status\": \"\#(status)\",\n  \"message\": \#(message),\n"#
        + #"  \"time\": \"2026-05-02 01:11:12 PM UTC+0000\"\n}"#
}

private func tool(_ text: String, returns: String = "[]") -> String {
    "'role':'tool','tool_call_id':'c1','content':[{'type':'text','text':'\(text)'}],'tool_returns':\(returns)"
}

private func back(_ response: String, status: String = "success") -> String {
    "{'tool_call_id':'c1','status':'\(status)','stdout':null,'stderr':null,'func_response':\(response)}"
}

let ruleCases: [RuleCase] = [
    RuleCase(
        id: "nul-character", found: #"'content':[{'type':'text','text':'a\u0000b'}]"#,
        becomes: ["content": "[{'type':'text','text':'ab'}]"],
        left: #"'content':[{'type':'text','text':'a\\u0000b'}]"#),
    RuleCase(
        id: "lone-surrogate", found: #"'content':[{'type':'text','text':'a\ud83dz \udE00'}]"#,
        becomes: ["content": "[{'type':'text','text':'a\u{FFFD}z \u{FFFD}'}]"],
        left: #"'content':[{'type':'text','text':'\ud83d\ude00 \\ud83d'}]"#),
    RuleCase(
        id: "row-type", found: "'type':'approval','content':[\(text)]", becomes: ["type": "'message'"],
        left: "'type':null,'content':[\(text)]"),
    RuleCase(
        id: "role-function",
        found: "'role':'function','tool_call_id':'c1','content':[{'type':'text','text':'\(ok)'}]",
        becomes: ["role": "'tool'"], left: tool(ok)),
    RuleCase(
        id: "role-unknown", found: "'role':'developer','content':[\(text)]", becomes: nil,
        left: "'role':'summary','content':[\(text)]"),
    RuleCase(
        id: "field-not-text", found: "'name':5,'otid':1.50,'content':[\(text)]",
        becomes: ["name": "'5'", "otid": "'1.50'"], left: "'name':null,'otid':'5','content':[\(text)]"),
    RuleCase(
        id: "created-at-missing", found: "'created_at':null,'content':[\(text)]",
        becomes: ["created_at": "'2026-01-01T00:00:00Z'"],
        left: "'created_at':'2026-01-01T05:00:00','content':[\(text)]"),
    RuleCase(
        id: "null-content", found: "'role':'assistant','content':null,'tool_calls':[\(call)]",
        becomes: ["content": "[]"], left: "'role':'assistant','content':[],'tool_calls':[\(call)]"),
    RuleCase(
        id: "string-content", found: "'content':'plain'",
        becomes: ["content": "[{'type':'text','text':'plain'}]"],
        left: "'content':[\(text)]"),
    RuleCase(
        id: "part-unknown", found: "'role':'assistant','content':[{'type':'video','url':'u'},'bare',\(text)]",
        becomes: [
            "content": #"[{'type':'text','text':'{\"type\":\"video\",\"url\":\"u\"}'},"#
                + "{'type':'text','text':'bare'},\(text)]"
        ],
        left: "'role':'assistant','content':[{'type':'omitted_reasoning'},\(text)]"),
    RuleCase(
        id: "part-incomplete",
        found: "'role':'assistant','content':[{'type':'text','text':null},"
            + "{'type':'summarized_reasoning','id':'r','summary':[],'encrypted_content':null}]",
        becomes: [
            "content": "[{'type':'text','text':''},"
                + "{'type':'summarized_reasoning','id':'r','summary':[],'encrypted_content':''}]"
        ],
        left: "'role':'assistant','content':[{'type':'redacted_reasoning','data':'x'},\(text)]"),
    RuleCase(
        id: "reasoning-is-native",
        found: "'role':'assistant','content':[{'type':'reasoning','reasoning':'r'},\(text)]",
        becomes: ["content": "[{'type':'reasoning','reasoning':'r','is_native':true},\(text)]"],
        left: "'role':'assistant','content':[{'type':'reasoning','reasoning':'r','is_native':false},\(text)]"),
    RuleCase(
        id: "image-url",
        found: "'content':[{'type':'image','source':{'type':'url','url':'https://x/y.png'}}]",
        becomes: ["content": "[{'type':'text','text':'[image: https://x/y.png]'}]"],
        left: "'content':[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'AA'}}]"),
    RuleCase(
        id: "user-part", found: "'content':[\(text),\(reasoning)]",
        becomes: ["content": "[\(text),{'type':'text','text':'hm'}]"],
        left: "'role':'assistant','content':[\(text),\(reasoning)]"),
    RuleCase(
        id: "user-empty", found: "'content':[]", becomes: ["content": "[{'type':'text','text':''}]"],
        left: "'content':[{'type':'text','text':''}]"),
    RuleCase(
        id: "system-one-text",
        found:
            "'role':'system','content':[\(text),{'type':'image','source':{'type':'letta','file_id':'f'}},\(text)]",
        becomes: [
            "content": #"[{'type':'text','text':'hello\n\n[image: of an unknown kind]\n\nhello'}]"#
        ],
        left: "'role':'system','content':[\(text)]"),
    RuleCase(
        id: "tool-call-type",
        found: "'role':'assistant','tool_calls':[{'id':'c','function':{'name':'f','arguments':'{}'}}]",
        becomes: ["tool_calls": "[{'id':'c','type':'function','function':{'name':'f','arguments':'{}'}}]"],
        left: "'role':'assistant','tool_calls':[\(call)]"),
    RuleCase(
        id: "tool-call-arguments",
        found:
            "'role':'assistant','tool_calls':[{'id':'c','type':'function','function':{'name':'f','arguments':{'n':1.0}}}]",
        becomes: [
            "tool_calls": #"[{'id':'c','type':'function','function':{'name':'f','arguments':'{\"n\":1.0}'}}]"#
        ],
        left: "'role':'assistant','tool_calls':[\(call)]"),
    RuleCase(
        id: "tool-call-id",
        found:
            "'role':'assistant','tool_calls':[{'id':null,'type':'function','function':{'name':'f','arguments':'{}'}}]",
        becomes: [
            "tool_calls": "[{'id':'call-7-0','type':'function','function':{'name':'f','arguments':'{}'}}]"
        ],
        left: "'role':'assistant','tool_calls':[\(call)]"),
    RuleCase(
        id: "approval-return-listed",
        found:
            "'role':'approval','approvals':[{'type':'tool','tool_call_id':'c1','status':'error','tool_return':'no'}]",
        becomes: [
            "approvals":
                "[{'tool_call_id':'c1','status':'error','stdout':null,'stderr':null,'func_response':'"
                + packed("Failed", #"\"no\""#) + "'}]"
        ],
        left:
            "'role':'approval','approvals':[{'type':'approval','tool_call_id':'c1','approve':true,'reason':null}]"
    ),
    RuleCase(
        id: "approval-legacy-half", found: "'role':'approval','approve':false,'denial_reason':'no'",
        becomes: ["role": "'approval'", "approval_request_id": "'c1'"],
        left: "'role':'approval','approve':false,'approval_request_id':'message-1'"),
    RuleCase(
        id: "approval-empty", found: "'role':'approval','content':[\(text)],'tool_calls':[]",
        becomes: ["role": "'assistant'", "content": "[\(text)]"],
        left: "'role':'approval','tool_calls':[\(call)]"),
    RuleCase(
        id: "approval-empty", found: "'role':'approval','approvals':[]", becomes: nil,
        left: "'role':'approval','approve':true,'approval_request_id':'c1'"),
    RuleCase(
        id: "tool-output-list",
        found: tool(
            ok, returns: "[{'tool_call_id':'c1','status':'success','stdout':'out','func_response':'\(ok)'}]"),
        becomes: [
            "tool_returns":
                "[{'tool_call_id':'c1','status':'success','stdout':['out'],'func_response':'\(ok)'}]"
        ],
        left: tool(ok, returns: "[\(back("'\(ok)'"))]")),
    RuleCase(
        id: "tool-return-status", found: tool(failed, returns: "[\(back("'\(failed)'", status: "FAILED"))]"),
        becomes: ["tool_returns": "[\(back("'\(failed)'", status: "error"))]"],
        left: tool(ok, returns: "[\(back("'\(ok)'", status: "error"))]")),
    RuleCase(
        id: "tool-return-response",
        found: "'role':'tool','tool_call_id':'c1','tool_returns':[\(back("null")),\(back("{'a':1}"))]",
        becomes: [
            "tool_returns": "[\(back("'" + packed("OK", #"\"\""#) + "'")),"
                + "\(back("'" + packed("OK", #"{\"a\":1}"#) + "'"))]"
        ],
        left: tool(ok, returns: "[\(back("null"))]")),
    RuleCase(
        id: "tool-call-id-missing",
        found: "'role':'tool','content':[{'type':'text','text':'\(ok)'}],'tool_returns':[]",
        becomes: ["tool_call_id": "'c1'"], left: tool(ok)),
    RuleCase(
        id: "tool-call-id-missing",
        found: "'role':'tool','content':[],'tool_returns':[\(back("'\(ok)'")),"
            + "{'status':'success','func_response':'\(ok)'}]",
        becomes: [
            "tool_returns":
                "[\(back("'\(ok)'")),{'status':'success','func_response':'\(ok)','tool_call_id':'c2'}]"
        ],
        left: "'role':'tool','content':[],'tool_returns':[\(back("'\(ok)'"))]"),
    RuleCase(
        id: "tool-parts-without-return",
        found: "'role':'tool','tool_call_id':'c1','content':[\(text),\(text)]",
        becomes: [
            "content": "[\(text),\(text)]",
            "tool_returns": "[{'tool_call_id':'c1','status':'success','func_response':[\(text),\(text)]}]",
        ],
        left: "'role':'tool','tool_call_id':'c1','content':[],'tool_returns':[\(back("'\(ok)'"))]"),
    RuleCase(
        id: "tool-parts-without-return", found: "'role':'tool','tool_call_id':'c1','content':[]",
        becomes: ["content": "[{'type':'text','text':'" + packed("OK", #"\"\""#) + "'}]"], left: tool(ok)),
    RuleCase(
        id: "tool-body-empty", found: tool(""),
        becomes: ["content": "[{'type':'text','text':'" + packed("OK", #"\"\""#) + "'}]"], left: tool(ok)),
    RuleCase(
        id: "tool-body-not-json",
        found: tool("It rains.", returns: "[\(back("'It rains.'", status: "error"))]"),
        becomes: [
            "content": "[{'type':'text','text':'" + packed("Failed", #"\"It rains.\""#) + "'}]",
            "tool_returns": "[\(back("'" + packed("Failed", #"\"It rains.\""#) + "'", status: "error"))]",
        ],
        left: tool(ok)),
    RuleCase(
        id: "tool-body-not-object", found: tool("[1,2]"),
        becomes: ["content": "[{'type':'text','text':'" + packed("OK", #"\"[1,2]\""#) + "'}]"],
        left: tool(#"{\"rows\":[1,2]}"#)),
    RuleCase(
        id: "tool-status-error",
        found: tool(#"{\"status\": \"error\", \"code\": 1.0}"#, returns: "[\(back("null"))]"),
        becomes: [
            "content": #"[{'type':'text','text':'{\"status\":\"Failed\",\"code\":1.0}'}]"#,
            "tool_returns": "[\(back("null", status: "error"))]",
        ],
        left: tool(failed)),
    RuleCase(
        id: "tool-status-other", found: tool(#"{\"status\":\"success\",\"message\":\"m\"}"#),
        becomes: ["content": "[{'type':'text','text':'\(ok)'}]"], left: tool(#"{\"state\":\"success\"}"#)),
]

@Suite struct RowRuleTests {
    private let preceding: Preceding = {
        var preceding = Preceding()
        preceding.ordinal = 7
        preceding.callIDs = ["c1", "c2"]
        preceding.createdAt = "2026-01-01T00:00:00Z"
        return preceding
    }()

    private func draft(_ members: String) throws -> RowDraft {
        var draft = RowDraft(try JSONDocument(try row(members)))
        try draft.apply(RowRule.table, preceding: preceding, item: "message 7")
        return draft
    }

    @Test(arguments: ruleCases) func `a rule finds its row and mends it`(_ rule: RuleCase) throws {
        let draft = try draft(rule.found)
        guard let becomes = rule.becomes else {
            #expect(draft.withheldBy?.id == rule.id)
            return
        }
        #expect(draft.withheldBy == nil)
        #expect(draft.changes.contains { $0.rule == rule.id && $0.item == "message 7" })
        for (key, value) in becomes {
            let found = try #require(draft.view[key])
            #expect(try canonical(JSONNode(found)) == canonical(json(value)), "\(key)")
        }
    }

    @Test(arguments: ruleCases) func `a mended row needs no rule any more`(_ rule: RuleCase) throws {
        let once = try draft(rule.found)
        guard once.withheldBy == nil else { return }
        var twice = RowDraft(once.view.document)
        try twice.apply(RowRule.table, preceding: preceding, item: "message 7")
        #expect(twice.changes.isEmpty)
        #expect(twice.view.document.bytes == once.view.document.bytes)
    }

    @Test(arguments: ruleCases) func `a rule leaves its neighbour byte for byte`(_ rule: RuleCase) throws {
        let draft = try draft(rule.left)
        #expect(draft.changes.map(\.rule) == [])
        #expect(draft.withheldBy == nil)
        #expect(draft.view.document.bytes == (try row(rule.left)))
    }

    @Test func `every rule on rows has a case`() {
        #expect(Set(RowRule.table.map(\.rule.id)) == Set(ruleCases.map(\.id)))
    }

    @Test func `ids of rules are unique and speakable`() {
        let ids = Rule.table.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } })
    }

    @Test func `a change shows the members before and after, and no others`() throws {
        let draft = try draft("'content':'plain'")
        let change = try #require(draft.changes.first)
        #expect(change.before == #"{"content":"plain"}"#)
        #expect(change.after == #"{"content":[{"type":"text","text":"plain"}]}"#)
    }

    @Test func `a whole return says what the content beside it should`() throws {
        let draft = try draft(tool("raw", returns: "[\(back("'\(ok)'"))]"))
        #expect(draft.view.parts[0]["text"]?.string == "{\"status\":\"OK\",\"message\":\"m\"}")
        #expect(draft.changes.map(\.rule) == ["tool-body-not-json"])
    }

    @Test func `a body that only a lenient reader forgives is packed`() throws {
        let draft = try draft(tool("{'status':'OK'}".replacing("'", with: "`")))
        #expect(draft.changes.map(\.rule) == ["tool-body-not-json"])
    }
}
