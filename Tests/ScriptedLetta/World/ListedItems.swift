import LosslessJSON

/// What the listing makes of one row: one to several items that share its
/// id, or none. Rows that the real server cannot list throw what it answers.
/// Source: 0.16.8 `GET /v1/agents/{id}/messages`.
struct ListedItems {
    let id: String
    /// Whole seconds.
    let date: String
    let storedOTID: String?
    let senderID: String?
    let body: JSONNode
    /// The otid of the n-th item of an assistant or tool row.
    let itemOTID: (Int) -> String
    var style = ListingStyle()

    func make() throws -> [JSONNode] {
        switch body["role"]?.string ?? "" {
        case "system": [try systemItem()]
        case "user": [try userItem()]
        case "summary": [summaryItem()]
        case "assistant": assistantItems()
        case "tool": try toolItems()
        case "approval": try approvalItems()
        default: throw Refused(500, "An unknown error occurred")
        }
    }

    // MARK: roles

    private var content: [JSONNode] { body["content"]?.elements ?? [] }

    private func item(_ type: String, otid: String?, _ own: [JSONMember]) -> JSONNode {
        let common: JSONNode = [
            "id": .string(id), "date": .string(date), "name": body["name"] ?? .null,
            "message_type": .string(type),
            "otid": .optional(otid), "sender_id": .optional(senderID), "step_id": nil, "is_err": nil,
            "seq_id": nil,
            "run_id": nil,
        ]
        return .object((common.members ?? []) + own)
    }

    private func systemItem() throws -> JSONNode {
        guard content.count == 1, let text = content[0]["text"] else {
            throw Refused(400, "Invalid system message: expected exactly one text part")
        }
        return item("system_message", otid: storedOTID, [JSONMember(key: "content", value: text)])
    }

    private func userItem() throws -> JSONNode {
        guard !content.isEmpty else {
            throw Refused(400, "Invalid user message (no text object on message): []")
        }
        if content.contains(where: { $0["type"]?.string == "image" && $0["source"]?["type"]?.string == "url" }
        ) {
            throw Refused(500, "An unknown error occurred")
        }
        if content.count == 1, let text = content[0]["text"]?.string {
            let shown = Self.unwrapped(text)
            return item("user_message", otid: storedOTID, [JSONMember(key: "content", value: .string(shown))])
        }
        return item("user_message", otid: storedOTID, [JSONMember(key: "content", value: .array(content))])
    }

    /// `{"type":"user_message","message":…}` shows its message.
    private static func unwrapped(_ text: String) -> String {
        guard text.hasPrefix("{"), let packed = JSONNode(parsing: text),
            packed["type"]?.string == "user_message"
        else { return text }
        return packed["message"]?.string ?? text
    }

    private func summaryItem() -> JSONNode {
        item(
            "user_message", otid: nil,
            [JSONMember(key: "content", value: content.first?["text"] ?? .string(""))])
    }

    private func assistantItems() -> [JSONNode] {
        var items = spokenItems()
        let calls = body.given("tool_calls")?.elements ?? []
        var rest: [JSONNode] = []
        for call in calls {
            if let said = visibleText(of: call) {
                items.append(assistantItem(said, otid: itemOTID(items.count)))
            } else {
                rest.append(call)
            }
        }
        if !rest.isEmpty {
            items.append(item("tool_call_message", otid: itemOTID(items.count), Self.calls(rest)))
        }
        return items
    }

    private func assistantItem(_ text: String, otid: String) -> JSONNode {
        item("assistant_message", otid: otid, [JSONMember(key: "content", value: .string(text))])
    }

    /// What `send_message` says, where the request wants it as a message.
    private func visibleText(of call: JSONNode) -> String? {
        guard style.usesAssistantMessage, call["function"]?["name"]?.string == style.toolName else {
            return nil
        }
        let arguments = call["function"]?["arguments"]?.string.flatMap { JSONNode(parsing: $0) }
        return arguments?[style.toolArgument]?.string
    }

    private static func calls(_ calls: [JSONNode]) -> [JSONMember] {
        let shown = calls.map { call -> JSONNode in
            [
                "name": call["function"]?["name"] ?? .null,
                "arguments": call["function"]?["arguments"] ?? .null,
                "tool_call_id": call["id"] ?? .null,
            ]
        }
        return [
            JSONMember(key: "tool_call", value: shown[0]),
            JSONMember(key: "tool_calls", value: .array(shown)),
        ]
    }

    // MARK: content of an assistant

    private struct Spoken {
        var kind: String
        var text: String
        var signature: JSONNode
    }

    /// Consecutive parts of one kind flow together, as the server does it.
    private func spokenItems() -> [JSONNode] {
        var runs: [Spoken] = []
        for part in content {
            let kind = part["type"]?.string ?? ""
            let text =
                part[kind == "redacted_reasoning" ? "data" : kind == "text" ? "text" : "reasoning"]?.string
                ?? ""
            if let last = runs.last, last.kind == kind, kind == "text" || kind == "reasoning" {
                runs[runs.count - 1].text += text
            } else {
                runs.append(Spoken(kind: kind, text: text, signature: part["signature"] ?? .null))
            }
        }
        return runs.enumerated().compactMap { place, run in shown(run, otid: itemOTID(place)) }
    }

    private func shown(_ run: Spoken, otid: String) -> JSONNode? {
        switch run.kind {
        case "text" where style.isLegacy: thought(run.text, "non_reasoner_model", nil, otid)
        case "text": assistantItem(run.text, otid: otid)
        case "reasoning": thought(run.text, "reasoner_model", run.signature, otid)
        case "redacted_reasoning": hidden("redacted", .string(run.text), otid)
        case "omitted_reasoning": hidden("omitted", .null, otid)
        default: nil
        }
    }

    private func thought(_ text: String, _ source: String, _ signature: JSONNode?, _ otid: String) -> JSONNode
    {
        item(
            "reasoning_message", otid: otid,
            [
                JSONMember(key: "source", value: .string(source)),
                JSONMember(key: "reasoning", value: .string(text)),
                JSONMember(key: "signature", value: signature ?? .null),
            ])
    }

    private func hidden(_ state: String, _ data: JSONNode, _ otid: String) -> JSONNode {
        item(
            "hidden_reasoning_message", otid: otid,
            [
                JSONMember(key: "state", value: .string(state)),
                JSONMember(key: "hidden_reasoning", value: data),
            ])
    }

    // MARK: tools

    private func toolItems() throws -> [JSONNode] {
        if style.usesAssistantMessage, body["name"]?.string == style.toolName { return [] }
        let returns = body.given("tool_returns")?.elements ?? []
        let shown = returns.isEmpty ? [try packedReturn()] : try returns.map(shownReturn)
        var own = ["tool_return", "status", "tool_call_id", "stdout", "stderr"].map {
            JSONMember(key: $0, value: shown[0][$0] ?? .null)
        }
        own.append(JSONMember(key: "tool_returns", value: .array(shown)))
        return [item("tool_return_message", otid: itemOTID(0), own)]
    }

    private func packedReturn() throws -> JSONNode {
        guard let text = content.first?["text"]?.string else {
            throw Refused(400, "No valid tool returns to convert")
        }
        return try Self.shownReturn(text, callID: body["tool_call_id"] ?? .null, stdout: .null, stderr: .null)
    }

    private func shownReturn(_ entry: JSONNode) throws -> JSONNode {
        if let parts = entry["func_response"], parts.isArray {
            return [
                "type": "tool", "tool_return": parts, "status": "success",
                "tool_call_id": entry["tool_call_id"] ?? .null,
                "stdout": entry["stdout"] ?? .null, "stderr": entry["stderr"] ?? .null,
            ]
        }
        guard let text = entry["func_response"]?.string else {
            throw Refused(500, "An unknown error occurred")
        }
        return try Self.shownReturn(
            text, callID: entry["tool_call_id"] ?? .null, stdout: entry["stdout"] ?? .null,
            stderr: entry["stderr"] ?? .null)
    }

    private static func shownReturn(
        _ text: String, callID: JSONNode, stdout: JSONNode, stderr: JSONNode
    ) throws -> JSONNode {
        guard let packed = JSONNode(parsing: text) else { throw Refused(500, "An unknown error occurred") }
        guard packed.isObject else { throw Refused(400, "'list' object has no attribute 'get'") }
        return [
            "type": "tool", "tool_return": .string(packed["message"].map(pythonText) ?? text),
            "status": .string(try status(packed)), "tool_call_id": callID, "stdout": stdout, "stderr": stderr,
        ]
    }

    /// As Python's `str`, but for what holds other values.
    private static func pythonText(_ value: JSONNode) -> String {
        switch value {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        default: value.string ?? value.text()
        }
    }

    private static func status(_ packed: JSONNode) throws -> String {
        switch packed.given("status")?.string {
        case nil, "OK": return "success"
        case "Failed": return "error"
        case let other?: throw Refused(400, "Invalid status: \(other)")
        }
    }

    // MARK: approvals

    private func approvalItems() throws -> [JSONNode] {
        if let calls = body.given("tool_calls")?.elements, !calls.isEmpty {
            return spokenItems() + [
                item("approval_request_message", otid: storedOTID ?? id, Self.calls(calls))
            ]
        }
        let approvals = body.given("approvals")?.elements ?? []
        let first = approvals.first
        guard first != nil || body.given("approve") != nil else {
            throw Refused(400, "Invalid approval message: neither calls nor approvals")
        }
        return [
            item(
                "approval_response_message", otid: storedOTID,
                [
                    JSONMember(key: "approvals", value: .array(approvals)),
                    JSONMember(key: "approve", value: first?["approve"] ?? body["approve"] ?? .null),
                    JSONMember(
                        key: "approval_request_id",
                        value: body.given("approval_request_id") ?? first?["tool_call_id"] ?? .null),
                    JSONMember(key: "reason", value: first?["reason"] ?? body["denial_reason"] ?? .null),
                ])
        ]
    }
}

/// How a request wants `send_message`, and what kind of agent it is.
struct ListingStyle: Sendable, Equatable {
    var usesAssistantMessage = false
    var toolName = "send_message"
    var toolArgument = "message"
    /// Text of a memgpt agent is a thought, not a word to the user.
    var isLegacy = false
}
