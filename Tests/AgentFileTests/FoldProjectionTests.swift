import LettaModel
import LosslessJSON
import Testing

@testable import AgentFile

struct ProjectionCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Members of the row as an export has it.
    let native: String
    /// Members of the projected row that are looked at.
    let kept: [String: String]
    var agentType = "letta_v1_agent"
}

private func thought(_ text: String, _ signature: String = "null") -> String {
    "{'type':'reasoning','is_native':true,'reasoning':'\(text)','signature':\(signature)}"
}

private func said(_ text: String, _ signature: String = "null") -> String {
    "{'type':'text','text':'\(text)','signature':\(signature)}"
}

private func packed(_ members: String) -> String { "'{" + members.replacing("'", with: #"\""#) + "}'" }

private let packedHi =
    #"{\n  \"status\": \"OK\",\n  \"message\": \"hi\",\n"#
    + #"  \"time\": \"2026-05-02 01:11:12 PM UTC+0000\"\n}"#

let projectionCases: [ProjectionCase] = [
    ProjectionCase(
        testDescription: "time, model, group and batch item",
        native: "'content':[\(text)],'model':'m','group_id':'g','batch_item_id':'b','id':'message-4'",
        kept: [
            "created_at": "'2026-05-02T13:11:12+00:00'", "model": "null", "group_id": "null",
            "batch_item_id": "null", "content": "[\(text)]",
        ]),
    ProjectionCase(
        testDescription: "who said it, and the otid of a user row",
        native: "'content':[\(text)],'sender_id':'identity-1','otid':'o','name':'n'",
        kept: ["sender_id": "'identity-1'", "otid": "'o'", "name": "'n'"]),
    ProjectionCase(
        testDescription: "no otid of an assistant row",
        native: "'role':'assistant','content':[\(text)],'otid':'o'",
        kept: ["otid": "null", "role": "'assistant'"]),
    ProjectionCase(
        testDescription: "the envelope of a user's message goes",
        native: "'content':[{'type':'text','text':\(packed("'type':'user_message','message':'hi'"))}]",
        kept: ["content": "[\(said("hi"))]"]),
    ProjectionCase(
        testDescription: "a heartbeat stays packed",
        native: "'content':[{'type':'text','text':\(packed("'type':'heartbeat','reason':'x'"))}]",
        kept: [
            "content":
                "[{'type':'text','signature':null,'text':\(packed("'type':'heartbeat','reason':'x'"))}]"
        ]),
    ProjectionCase(
        testDescription: "a summary in other words becomes a user row",
        native: "'role':'summary','content':[\(text)]", kept: ["role": "'user'"]),
    ProjectionCase(
        testDescription: "neighbouring parts become one, with the first signature",
        native: "'role':'assistant','content':[\(thought("a", "'s'")),\(thought("b", "'t'")),"
            + "\(said("c", "'u'")),\(said("d"))]",
        kept: ["content": "[\(thought("ab", "'s'")),\(said("cd"))]"]),
    ProjectionCase(
        testDescription: "texts of an old agent stay apart, and a thought behind one joins it",
        native: "'role':'assistant','content':[\(said("a")),\(said("b")),\(thought("c", "'s'"))]",
        kept: ["content": "[\(said("a")),\(said("bc"))]"], agentType: "memgpt_v2_agent"),
    ProjectionCase(
        testDescription: "summarised reasoning becomes reasoning; without words it is lost",
        native: "'role':'assistant','content':[{'type':'summarized_reasoning','id':'r','summary':"
            + "[{'index':0,'text':'a'},{'index':1,'text':'b'}],'encrypted_content':'e'},"
            + "{'type':'summarized_reasoning','id':'q','summary':[],'encrypted_content':'f'},\(text)]",
        kept: [
            "content": #"[{'type':'reasoning','is_native':true,'reasoning':'a\n\nb','signature':'e'},"#
                + "\(text)]"
        ]),
    ProjectionCase(
        testDescription: "calls that are parts are left out",
        native: "'role':'assistant','content':[{'type':'tool_call','id':'c1','name':'f','input':{}}],"
            + "'tool_calls':[\(call)],'tool_call_id':'c1'",
        kept: ["content": "[]", "tool_calls": "[\(call)]", "tool_call_id": "null"]),
    ProjectionCase(
        testDescription: "a packed answer keeps status and message",
        native:
            "'role':'tool','name':'f','tool_call_id':'c0','content':[\(text)],'tool_returns':[{'tool_call_id':'c1',"
            + "'status':'success','stdout':['x'],'stderr':null,'func_response':"
            + packed("'message':'hi','time':'then','status':'OK','more':1") + "}]",
        kept: [
            "tool_call_id": "'c1'", "name": "'f'",
            "tool_returns": "[{'tool_call_id':'c1','status':'success','stdout':['x'],'stderr':null,"
                + "'func_response':'\(packedHi)'}]",
            "content": "[{'type':'text','text':'\(packedHi)','signature':null}]",
        ]),
    ProjectionCase(
        testDescription: "a tool row without returns gets one",
        native: "'role':'tool','tool_call_id':'c1','content':[{'type':'text','text':"
            + packed("'status':'OK','message':'hi'") + "}]",
        kept: [
            "tool_returns": "[{'tool_call_id':'c1','status':'success','stdout':null,'stderr':null,"
                + "'func_response':'\(packedHi)'}]"
        ]),
    ProjectionCase(
        testDescription: "an old answer to a request becomes an approval",
        native:
            "'role':'approval','content':[],'approve':false,'approval_request_id':'c1','denial_reason':'no'",
        kept: [
            "approvals": "[{'type':'approval','tool_call_id':'c1','approve':false,'reason':'no'}]",
            "approve": "null",
            "denial_reason": "null", "approval_request_id": "null",
        ]),
    ProjectionCase(
        testDescription: "a request for approval names its first call",
        native: "'role':'approval','content':[\(reasoning)],'tool_calls':[\(call)]",
        kept: ["tool_call_id": "'c1'", "content": "[\(reasoning)]", "approvals": "[]"]),
]

struct FoldProjectionTests {
    @Test(arguments: projectionCases) func `what folding keeps`(_ example: ProjectionCase) throws {
        let native = try row(example.native)
        let kept = try #require(try FoldProjection.of(native, agentType: example.agentType))
        let root = try JSONDocument(kept.json).root
        for (key, value) in example.kept {
            let found = String(decoding: Canonical.bytes(try #require(root[key])), as: UTF8.self)
            #expect(try found == canonical(json(value)), "\(key)")
        }
    }

    @Test func `a row that no listing shows is not kept`() throws {
        let empty = try row("'role':'assistant','content':[],'tool_calls':null")
        #expect(try FoldProjection.of(empty, agentType: "letta_v1_agent") == nil)
    }
}
