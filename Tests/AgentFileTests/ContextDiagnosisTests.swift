import LettaModel
import LosslessJSON
import Testing

@testable import AgentFile

/// The rows of docs/heal.md's table, each with the list that chats again.
@Suite struct ContextDiagnosisTests {
    @Test func `a sound context is left alone`() throws {
        let result = try Self.look([
            Self.system, Self.user, Self.call("a", "b"), Self.back("a"), Self.back("b"), Self.reply,
        ])
        #expect(result.findings.isEmpty && result.healed.count == 6 && !result.lacksSystemRow)
    }

    @Test func `a call that is never answered goes, wherever it stands`() throws {
        try Self.expect([Self.system, Self.user, Self.call("a")], [.openCall], keeps: [0, 1])
        try Self.expect(
            [Self.system, Self.user, Self.call("a"), Self.user, Self.reply], [.openCall], keeps: [0, 1, 3, 4])
    }

    @Test func `half of a parallel call takes the other half along`() throws {
        try Self.expect(
            [Self.system, Self.user, Self.call("a", "b"), Self.back("a"), Self.reply],
            [.openCall, .orphanReturn], keeps: [0, 1, 4])
    }

    @Test func `a pair with a user row in between is broken on both sides`() throws {
        try Self.expect(
            [Self.system, Self.user, Self.call("a"), Self.user, Self.back("a"), Self.reply],
            [.openCall, .orphanReturn], keeps: [0, 1, 3, 5])
    }

    @Test func `a return without its call goes`() throws {
        try Self.expect(
            [Self.system, Self.user, Self.back("z"), Self.reply], [.orphanReturn], keeps: [0, 1, 3])
    }

    @Test func `a poisoned return takes its call along`() throws {
        let raw: JSONNode = [
            "role": "tool", "content": [["type": "text", "text": "raw words"]], "tool_call_id": "a",
            "tool_returns": [],
        ]
        try Self.expect(
            [Self.system, Self.user, Self.call("a"), raw, Self.reply], [.openCall, .poison], keeps: [0, 1, 4])
    }

    @Test func `a reply and a question without content go`() throws {
        let reply: JSONNode = ["role": "assistant", "content": []]
        let question: JSONNode = ["role": "user", "content": []]
        try Self.expect([Self.system, question, reply], [.poison, .emptyReply], keeps: [0])
    }

    @Test func `a request that waits for approval is told from an open call`() throws {
        var request = Self.call("a")
        request["role"] = "approval"
        try Self.expect([Self.system, Self.user, request], [.pendingApproval], keeps: [0, 1])
        let denied: JSONNode = [
            "role": "approval", "content": [],
            "approvals": [["type": "approval", "tool_call_id": "a", "approve": false]],
        ]
        try Self.expect(
            [Self.system, request, denied, Self.back("a"), Self.reply], [], keeps: [0, 1, 2, 3, 4])
    }

    @Test func `a row that only spoils listings stays, and an unknown id is told`() throws {
        let two: JSONNode = [
            "role": "system", "content": [["type": "text", "text": "a"], ["type": "text", "text": "b"]],
        ]
        try Self.expect([two, nil, Self.user], [.unknownRow], keeps: [0, 2])
    }

    @Test func `a context without a system row in front is told`() throws {
        #expect(try Self.look([]).lacksSystemRow)
        #expect(try Self.look([Self.user, Self.system]).lacksSystemRow)
    }

    @Test func `what is healed is sound`() throws {
        let broken = [
            Self.system, Self.back("x"), Self.call("a", "b"), Self.back("b"), Self.call("c"), Self.user,
        ]
        let healed = try Self.look(broken).healed.compactMap { Int($0.dropFirst(2)) }
        #expect(try Self.look(healed.map { broken[$0] }).findings.isEmpty)
    }

    // MARK: Rows

    private static let system: JSONNode = [
        "role": "system", "content": [["type": "text", "text": "Be brief."]],
    ]
    private static let user: JSONNode = ["role": "user", "content": [["type": "text", "text": "Hi"]]]
    private static let reply: JSONNode = ["role": "assistant", "content": [["type": "text", "text": "Ho"]]]

    private static func call(_ ids: String...) -> JSONNode {
        let calls = ids.map { id -> JSONNode in
            ["id": .string(id), "type": "function", "function": ["name": "look", "arguments": "{}"]]
        }
        return ["role": "assistant", "content": [], "tool_calls": .array(calls)]
    }

    private static func back(_ id: String) -> JSONNode {
        let packed = #"{"status": "OK", "message": "fine"}"#
        return [
            "role": "tool", "content": [["type": "text", "text": .string(packed)]],
            "tool_call_id": .string(id),
            "tool_returns": [
                ["tool_call_id": .string(id), "status": "success", "func_response": .string(packed)]
            ],
        ]
    }

    private static func look(_ rows: [JSONNode?]) throws -> ContextDiagnosis.Result {
        var diagnosis = ContextDiagnosis()
        for (place, row) in rows.enumerated() { try diagnosis.note("m-\(place)", row?.bytes()) }
        return diagnosis.result()
    }

    private static func expect(
        _ rows: [JSONNode?], _ kinds: [ContextDiagnosis.Kind], keeps: [Int],
        at place: SourceLocation = #_sourceLocation
    ) throws {
        let result = try look(rows)
        #expect(result.findings.map(\.kind) == kinds, sourceLocation: place)
        #expect(result.healed == keeps.map { "m-\($0)" }, sourceLocation: place)
    }
}
