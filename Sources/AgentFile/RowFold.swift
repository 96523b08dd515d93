public import LettaModel
import LosslessJSON

/// A row in export form, rebuilt from its listed messages.
public struct FoldedRow: Sendable, Equatable {
    /// As `agents[].messages[n]` of an export, without `id` and `agent_id`.
    public let json: VerbatimJSON
    public let role: String
}

/// Listed messages of one row -> the row.
/// Source: 0.16.8 `Message.to_letta_messages`, with `use_assistant_message=false`.
public enum RowFold {
    /// - Parameter items: a JSON array of the listed messages that share one
    ///   id, in order.
    ///
    /// Throws `answer-not-understood`.
    public static func fold(_ items: VerbatimJSON) throws(Failure) -> FoldedRow {
        let listed = try ListedItems(items).items
        let types = listed.map { $0["message_type"]?.string ?? "" }
        guard let kind = FoldKind(types) else {
            throw ListedItems.failure(
                "message \(listed[0]["id"]?.string ?? "without id")",
                "no row is listed as \(types.joined(separator: ", "))")
        }
        var row = FoldedMembers(listed)
        switch kind {
        case .system: row.foldText(listed[0], role: "system")
        case .user: row.foldText(listed[0], role: FoldedMembers.isSummary(listed[0]) ? "summary" : "user")
        case .summary: row.foldText(listed[0], role: "summary")
        case .assistant: row.foldAssistant(listed)
        case .tool: row.foldReturns(listed[0])
        case .approvalRequest: row.foldApprovalRequest(listed)
        case .approvalResponse: row.foldApprovalResponse(listed)
        }
        return FoldedRow(json: row.node.bytes(), role: row.role)
    }
}

/// What role a group of listed messages was, by their types.
enum FoldKind {
    case system, user, summary, assistant, tool, approvalRequest, approvalResponse

    private static let spoken: Set<String> = [
        "reasoning_message", "hidden_reasoning_message", "assistant_message", "tool_call_message",
    ]

    /// Nil for types that no row is listed as.
    init?(_ types: [String]) {
        let rest = types.filter { !Self.spoken.contains($0) }
        switch rest {
        case []: self = .assistant
        case ["system_message"] where types.count == 1: self = .system
        case ["user_message"] where types.count == 1: self = .user
        case ["summary_message"] where types.count == 1: self = .summary
        case ["tool_return_message"] where types.count == 1: self = .tool
        case ["approval_request_message"]: self = .approvalRequest
        case ["approval_response_message"]: self = .approvalResponse
        default: return nil
        }
    }
}

/// The members of a row that is being rebuilt, in the order of an export.
struct FoldedMembers {
    private(set) var role = "assistant"
    private var content: JSONNode = []
    private var calls: JSONNode = nil
    private var callID: JSONNode = nil
    private var returns: JSONNode = []
    private var approvals: JSONNode = []
    private var otid: JSONNode = nil
    private let name: JSONNode
    private let sender: JSONNode
    private let date: JSONNode

    init(_ items: [JSONValue]) {
        func first(_ key: String) -> JSONNode {
            items.lazy.compactMap { $0[key] }.first { !$0.isNull }.map { JSONNode($0) } ?? .null
        }
        name = first("name")
        sender = first("sender_id")
        date = first("date")
    }

    var node: JSONNode {
        [
            "type": "message", "otid": otid, "group_id": nil, "role": .string(role), "content": content,
            "name": name,
            "sender_id": sender, "batch_item_id": nil, "model": nil, "tool_calls": calls,
            "tool_call_id": callID,
            "tool_returns": returns, "created_at": date, "approve": nil, "approval_request_id": nil,
            "denial_reason": nil, "approvals": approvals,
        ]
    }

    mutating func foldText(_ item: JSONValue, role: String) {
        self.role = role
        otid = item["otid"].map { JSONNode($0) } ?? .null
        let value = item["content"] ?? item["summary"]
        switch value?.kind {
        case .string: content = [Self.text(value)]
        case .array: content = value.map { JSONNode($0) } ?? []
        default: content = []
        }
    }

    mutating func foldAssistant(_ items: [JSONValue]) {
        content = .array(items.flatMap(Self.parts))
        let made = items.filter { $0["message_type"]?.string == "tool_call_message" }.flatMap(Self.calls)
        if !made.isEmpty { calls = .array(made.map(\.node)) }
    }

    mutating func foldApprovalRequest(_ items: [JSONValue]) {
        role = "approval"
        content = .array(items.flatMap(Self.parts))
        let made = items.flatMap(Self.calls)
        calls = .array(made.map(\.node))
        callID = made.first.map(\.id) ?? .null
    }

    mutating func foldApprovalResponse(_ items: [JSONValue]) {
        role = "approval"
        content = .array(items.flatMap(Self.parts))
        let response = items.first { $0["message_type"]?.string == "approval_response_message" }
        let given = response?["approvals"]?.elements ?? []
        let time = response?["date"]?.string
        approvals = .array(
            given.map {
                $0["tool_return"] == nil ? JSONNode($0) : ToolReturnForm(listed: $0, time: time).node
            })
    }

    mutating func foldReturns(_ item: JSONValue) {
        role = "tool"
        let listed = item["tool_returns"]?.elements ?? []
        let backs = (listed.isEmpty ? [item] : listed)
        let nodes = backs.map { ToolReturnForm(listed: $0, time: item["date"]?.string).node }
        returns = .array(nodes)
        callID = nodes.first?["tool_call_id"] ?? .null
        let texts = nodes.compactMap { node -> JSONNode? in
            guard case .string(let body)? = node["func_response"] else { return nil }
            return ["type": "text", "text": .string(body), "signature": nil]
        }
        // One text beside a return of parts would be read instead of the parts.
        content = texts.count == nodes.count ? .array(texts) : []
    }

    /// A compaction's summary is stored as role `summary` and listed as a
    /// user's message.
    static func isSummary(_ item: JSONValue) -> Bool {
        guard let text = item["content"]?.string, text.hasPrefix("{"), item["step_id"]?.isNull ?? true,
            item["run_id"]?.isNull ?? true, let packed = try? JSONDocument(text)
        else { return false }
        return packed.root["type"]?.string == "system_alert"
            && (packed.root["message"]?.string ?? "").hasPrefix(
                "Note: prior messages have been hidden from view")
    }

    private static func text(_ value: JSONValue?) -> JSONNode {
        ["type": "text", "text": value.map { JSONNode($0) } ?? "", "signature": nil]
    }

    /// The content part that a listed message was.
    private static func parts(of item: JSONValue) -> [JSONNode] {
        switch item["message_type"]?.string {
        case "assistant_message":
            if item["content"]?.kind == .array { return item["content"]?.elements.map { JSONNode($0) } ?? [] }
            return [text(item["content"])]
        case "reasoning_message" where item["source"]?.string == "non_reasoner_model":
            return [text(item["reasoning"])]
        case "reasoning_message":
            return [
                [
                    "type": "reasoning", "is_native": true,
                    "reasoning": item["reasoning"].map { JSONNode($0) } ?? "",
                    "signature": item["signature"].map { JSONNode($0) } ?? .null,
                ]
            ]
        case "hidden_reasoning_message" where item["state"]?.string == "redacted":
            return [
                [
                    "type": "redacted_reasoning",
                    "data": item["hidden_reasoning"].flatMap(\.present) ?? "",
                ]
            ]
        case "hidden_reasoning_message": return [["type": "omitted_reasoning", "signature": nil]]
        default: return []
        }
    }

    /// The calls of a tool call or of a request for approval.
    private static func calls(of item: JSONValue) -> [(id: JSONNode, node: JSONNode)] {
        let type = item["message_type"]?.string
        guard type == "tool_call_message" || type == "approval_request_message" else { return [] }
        let listed = item["tool_calls"]?.elements ?? []
        let calls = listed.isEmpty ? [item["tool_call"]].compactMap(\.self).filter { !$0.isNull } : listed
        return calls.map { call in
            func kept(_ key: String) -> JSONNode { call[key].map { JSONNode($0) } ?? .null }
            let function: JSONNode = ["name": kept("name"), "arguments": kept("arguments")]
            return (
                kept("tool_call_id"), ["id": kept("tool_call_id"), "function": function, "type": "function"]
            )
        }
    }
}
