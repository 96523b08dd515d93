import LettaModel
import LosslessJSON
import Testing

@testable import AgentFile

struct FoldCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let items: [String]
    let role: String
    let becomes: [String: String]
}

private func item(_ type: String, _ members: String, otid: String = "'o'") -> String {
    "{'id':'message-9','date':'2026-05-02T13:11:12+00:00','name':null,'message_type':'\(type)','otid':\(otid),"
        + "'sender_id':null,'step_id':null,'is_err':null,'seq_id':null,'run_id':null,\(members)}"
}

private func packed(_ status: String, _ message: String) -> String {
    #"{\n  \"status\": \"\#(status)\",\n  \"message\": \#(message),\n"#
        + #"  \"time\": \"2026-05-02 01:11:12 PM UTC+0000\"\n}"#
}

private let listedCall = "{'name':'f','arguments':'{}','tool_call_id':'c1'}"

let foldCases: [FoldCase] = [
    FoldCase(
        testDescription: "system", items: [item("system_message", "'content':'You are Ada.'")],
        role: "system",
        becomes: [
            "content": "[{'type':'text','text':'You are Ada.','signature':null}]", "otid": "'o'",
            "created_at": "'2026-05-02T13:11:12+00:00'",
        ]),
    FoldCase(
        testDescription: "user", items: [item("user_message", "'content':'hi','sender_id':'identity-1'")],
        role: "user",
        becomes: ["content": "[{'type':'text','text':'hi','signature':null}]", "sender_id": "'identity-1'"]),
    FoldCase(
        testDescription: "user with a picture",
        items: [
            item(
                "user_message", "'content':[\(text),{'type':'image','source':{'type':'letta','file_id':'f'}}]"
            )
        ],
        role: "user",
        becomes: ["content": "[\(text),{'type':'image','source':{'type':'letta','file_id':'f'}}]"]),
    FoldCase(
        testDescription: "heartbeat of an old agent",
        items: [item("user_message", #"'content':'{\"type\":\"heartbeat\",\"reason\":\"x\"}'"#)],
        role: "user",
        becomes: [:]),
    FoldCase(
        testDescription: "summary of a compaction",
        items: [
            item(
                "user_message",
                #"'content':'{\"type\":\"system_alert\",\"message\":\"Note: prior messages have been hidden from view"#
                    + #" due to …\"}'"#, otid: "null")
        ], role: "summary", becomes: ["otid": "null"]),
    FoldCase(
        testDescription: "reasoning, reply and calls",
        items: [
            item("reasoning_message", "'reasoning':'hm','source':'reasoner_model','signature':'s'"),
            item("assistant_message", "'content':'Yes.'"),
            item("tool_call_message", "'tool_call':\(listedCall),'tool_calls':[\(listedCall)]"),
        ], role: "assistant",
        becomes: [
            "content": "[{'type':'reasoning','is_native':true,'reasoning':'hm','signature':'s'},"
                + "{'type':'text','text':'Yes.','signature':null}]",
            "tool_calls": "[{'id':'c1','function':{'name':'f','arguments':'{}'},'type':'function'}]",
            "otid": "null", "tool_call_id": "null",
        ]),
    FoldCase(
        testDescription: "inner thoughts of an old agent",
        items: [
            item("reasoning_message", "'reasoning':'inner','source':'non_reasoner_model','signature':null"),
            item("tool_call_message", "'tool_call':\(listedCall)"),
        ], role: "assistant",
        becomes: [
            "content": "[{'type':'text','text':'inner','signature':null}]",
            "tool_calls": "[{'id':'c1','function':{'name':'f','arguments':'{}'},'type':'function'}]",
        ]),
    FoldCase(
        testDescription: "calls without a word",
        items: [item("tool_call_message", "'tool_calls':[\(listedCall)]")], role: "assistant",
        becomes: ["content": "[]"]),
    FoldCase(
        testDescription: "hidden reasoning",
        items: [
            item("hidden_reasoning_message", "'state':'redacted','hidden_reasoning':'xx'"),
            item("hidden_reasoning_message", "'state':'omitted','hidden_reasoning':null"),
        ], role: "assistant",
        becomes: [
            "content":
                "[{'type':'redacted_reasoning','data':'xx'},{'type':'omitted_reasoning','signature':null}]",
            "tool_calls": "null",
        ]),
    FoldCase(
        testDescription: "two returns in one row",
        items: [
            item(
                "tool_return_message",
                "'name':'f','tool_return':'fine','status':'success','tool_call_id':'c1','stdout':null,'stderr':null,"
                    + "'tool_returns':[{'type':'tool','tool_return':'fine','status':'success','tool_call_id':'c1',"
                    + "'stdout':['a'],'stderr':null},{'type':'tool','tool_return':'no','status':'error',"
                    + "'tool_call_id':'c2','stdout':null,'stderr':['b']}]")
        ], role: "tool",
        becomes: [
            "tool_call_id": "'c1'", "name": "'f'",
            "tool_returns":
                "[{'tool_call_id':'c1','status':'success','stdout':['a'],'stderr':null,'func_response':'"
                + packed("OK", #"\"fine\""#) + "'},{'tool_call_id':'c2','status':'error','stdout':null,"
                + "'stderr':['b'],'func_response':'" + packed("Failed", #"\"no\""#) + "'}]",
            "content": "[{'type':'text','text':'" + packed("OK", #"\"fine\""#) + "','signature':null},"
                + "{'type':'text','text':'" + packed("Failed", #"\"no\""#) + "','signature':null}]",
        ]),
    FoldCase(
        testDescription: "a return of parts",
        items: [
            item("tool_return_message", "'tool_return':[\(text)],'status':'success','tool_call_id':'c1'")
        ], role: "tool",
        becomes: [
            "content": "[]",
            "tool_returns": "[{'tool_call_id':'c1','status':'success','stdout':null,'stderr':null,"
                + "'func_response':[\(text)]}]",
        ]),
    FoldCase(
        testDescription: "request for approval",
        items: [
            item("reasoning_message", "'reasoning':'may I','source':'reasoner_model','signature':null"),
            item("approval_request_message", "'tool_call':\(listedCall),'tool_calls':[\(listedCall)]"),
        ], role: "approval",
        becomes: [
            "content": "[{'type':'reasoning','is_native':true,'reasoning':'may I','signature':null}]",
            "tool_calls": "[{'id':'c1','function':{'name':'f','arguments':'{}'},'type':'function'}]",
            "tool_call_id": "'c1'",
        ]),
    FoldCase(
        testDescription: "answer to a request, with a return of the client's own",
        items: [
            item(
                "approval_response_message",
                "'approve':false,'approval_request_id':'c1','reason':'no','approvals':[{'type':'approval',"
                    + "'tool_call_id':'c1','approve':false,'reason':'no'},{'type':'tool','tool_call_id':'c2',"
                    + "'status':'success','tool_return':'done','stdout':null,'stderr':null}]")
        ], role: "approval",
        becomes: [
            "content": "[]", "tool_calls": "null",
            "approvals": "[{'type':'approval','tool_call_id':'c1','approve':false,'reason':'no'},"
                + "{'tool_call_id':'c2','status':'success','stdout':null,'stderr':null,'func_response':'"
                + packed("OK", #"\"done\""#) + "'}]",
        ]),
]

@Suite struct RowFoldTests {
    @Test(arguments: foldCases) func `listed messages fold into their row`(_ fold: FoldCase) throws {
        let folded = try RowFold.fold(json("[" + fold.items.joined(separator: ",") + "]"))
        #expect(folded.role == fold.role)
        let root = try JSONDocument(folded.json).root
        #expect(root["role"]?.string == fold.role)
        for (key, value) in fold.becomes {
            #expect(try canonical(JSONNode(try #require(root[key]))) == canonical(json(value)), "\(key)")
        }
    }

    @Test(arguments: foldCases) func `a folded row needs no rule`(_ fold: FoldCase) throws {
        let folded = try RowFold.fold(json("[" + fold.items.joined(separator: ",") + "]"))
        var draft = RowDraft(try JSONDocument(folded.json))
        var preceding = Preceding()
        preceding.callIDs = ["c1"]
        try draft.apply(RowRule.table, preceding: preceding, item: "message 0")
        #expect(draft.changes.map(\.rule) == [])
        #expect(draft.withheldBy == nil)
    }

    @Test(arguments: [
        "[]", "{}", "[1]", "nonsense",
        "[{'message_type':'user_message','content':'a'},{'message_type':'user_message','content':'b'}]",
        "[{'message_type':'event_message'}]",
    ])
    func `what no row is listed as is refused`(_ items: String) {
        #expect(throws: Failure.self) { try RowFold.fold(json(items)) }
    }

    @Test func `strings keep their escapes`() throws {
        let folded = try RowFold.fold(json("[" + item("user_message", #"'content':'caf\u00e9 \/'"#) + "]"))
        #expect(String(decoding: folded.json, as: UTF8.self).contains(#""caf\u00e9 \/""#))
    }

    @Test func `a packed return is escaped as the server does`() throws {
        let listed = item(
            "tool_return_message", #"'tool_return':'In\u00eas \/ \n','status':'success','tool_call_id':'c1'"#)
        let root = try JSONDocument(try RowFold.fold(json("[" + listed + "]")).json).root
        let body = try #require(root["content"]?[0]?["text"]?.string)
        #expect(body.contains(#""message": "Inês / \n""#))
    }

    @Test func `a listing gives a native row its sender and its true otid`() throws {
        let extras = try ListedExtras(
            json("[" + item("user_message", "'content':'hi','sender_id':'identity-1'", otid: "'true'") + "]"))
        let native = json("{'otid':'made-up','role':'user','content':[],'sender_id':null}")
        #expect(
            try extras.merge(into: native)
                == json("{'otid':'true','role':'user','content':[],'sender_id':'identity-1'}"))
    }

    @Test func `computed otids are not taken over`() throws {
        let extras = try ListedExtras(json("[" + item("assistant_message", "'content':'hi'") + "]"))
        let native = json("{'otid':'made-up','role':'assistant','content':[],'sender_id':null}")
        #expect(extras.otid == nil)
        #expect(try extras.merge(into: native) == native)
    }

    @Test func `a sender that the row has is left`() throws {
        let extras = try ListedExtras(
            json("[{'message_type':'user_message','sender_id':'identity-2','is_err':true}]"))
        let native = json("{'role':'user','sender_id':'identity-1'}")
        #expect(extras.isError)
        #expect(try extras.merge(into: native) == native)
    }

    @Test func `losses of folding have unique ids`() {
        #expect(Set(FoldLoss.all.map(\.id)).count == FoldLoss.all.count)
    }
}
