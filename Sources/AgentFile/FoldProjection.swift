public import LettaModel
import LosslessJSON

/// What folding keeps of a row: the form that the row's listing would be
/// folded to. Two readers of one history agree where this form of every
/// native row equals the folded row.
///
/// Each statement below is one of `FoldLoss.all`. What the export itself
/// lacks (`sender_id`, the otid of user and system rows) is to be merged into
/// the row before (`ListedExtras`).
/// **Bounds**: a packed answer whose message is no text is listed in Python's
/// notation; it is given here as JSON.
/// **Source**: 0.16.8 `Message.to_letta_messages`, with
/// `use_assistant_message=false`.
public enum FoldProjection {
    /// - Parameter agentType: listings of `letta_v1_agent` show texts as
    ///   replies and join neighbours; those of other types show each as a
    ///   thought.
    /// - Returns: nil for a row that the listing does not show.
    ///
    /// Throws `answer-not-understood`.
    public static func of(_ row: VerbatimJSON, agentType: String) throws(Failure) -> FoldedRow? {
        do {
            let projected = ProjectedRow(RowView(try JSONDocument(row)), agentType: agentType)
            guard projected.isListed else { return nil }
            return FoldedRow(json: projected.node.bytes(), role: projected.role)
        } catch {
            throw ListedItems.failure("a row in export form", error.description)
        }
    }
}

/// One row in export form, read as a listing reads it.
private struct ProjectedRow {
    let row: RowView
    let role: String
    private let parts: [JSONNode]

    init(_ row: RowView, agentType: String) {
        self.row = row
        role = Self.role(of: row)
        parts =
            switch row.role {
            case "assistant", "approval": Self.spoken(row.parts, joinsTexts: agentType == "letta_v1_agent")
            default: []
            }
    }

    /// A row of role assistant without anything to show has no item at all.
    var isListed: Bool { row.role != "assistant" || !parts.isEmpty || !row.calls.isEmpty }

    var node: JSONNode {
        let isResponse = row.role == "approval" && row.calls.isEmpty
        let returns = row.role == "tool" ? Self.returns(of: row, time) : []
        return [
            "type": "message", "otid": keepsOTID ? kept("otid") : nil, "group_id": nil,
            "role": .string(role), "content": .array(content(returns)),
            "name": isResponse && parts.isEmpty ? nil : kept("name"),
            "sender_id": isResponse && parts.isEmpty ? nil : kept("sender_id"), "batch_item_id": nil,
            "model": nil, "tool_calls": calls, "tool_call_id": callID(returns),
            "tool_returns": .array(returns), "created_at": .string(time), "approve": nil,
            "approval_request_id": nil, "denial_reason": nil,
            "approvals": .array(isResponse ? approvals : []),
        ]
    }

    private var keepsOTID: Bool { ["user", "system", "summary"].contains(row.role) }
    func kept(_ key: String) -> JSONNode { row[key].map { JSONNode($0) } ?? .null }

    /// To the second.
    private var time: String {
        let written = row["created_at"]?.string ?? ""
        guard let instant = Instant(written) else { return written }
        let rest = instant.microseconds % 1_000_000
        return Instant(microseconds: instant.microseconds - (rest < 0 ? rest + 1_000_000 : rest)).text
    }

    // MARK: role and content

    /// Summaries are known by Letta's own words for them, and by nothing else.
    private static func role(of row: RowView) -> String {
        guard ["user", "summary"].contains(row.role) else { return row.role }
        let text = soleText(row).map { JSONNode.string($0) } ?? .null
        let item: JSONNode = ["content": text]
        guard let document = try? JSONDocument(item.bytes()) else { return "user" }
        return FoldedMembers.isSummary(document.root) ? "summary" : "user"
    }

    private static func soleText(_ row: RowView) -> String? {
        row.parts.count == 1 && row.parts[0].isText ? row.parts[0]["text"]?.string : nil
    }

    private func content(_ returns: [JSONNode]) -> [JSONNode] {
        switch row.role {
        case "assistant", "approval": return parts
        case "tool":
            let texts = returns.compactMap { node -> JSONNode? in
                guard case .string(let body)? = node["func_response"] else { return nil }
                return .string(body)
            }
            return texts.count == returns.count ? texts.map { Self.text($0) } : []
        default:
            guard let text = Self.soleText(row) else { return row.parts.map { JSONNode($0) } }
            return [Self.text(.string(row.role == "user" ? Self.unpacked(text) : text))]
        }
    }

    private static func text(_ text: JSONNode) -> JSONNode {
        ["type": "text", "text": text, "signature": nil]
    }

    /// The envelope of a user's message is taken off.
    private static func unpacked(_ text: String) -> String {
        guard text.hasPrefix("{"), let packed = try? JSONDocument(text).root,
            packed["type"]?.string == "user_message", let message = packed["message"]?.string
        else { return text }
        return message
    }

    /// Neighbouring parts of one kind become one, with the first signature;
    /// calls kept as parts and summaries without words are left out.
    private static func spoken(_ parts: [JSONValue], joinsTexts: Bool) -> [JSONNode] {
        var spoken: [Spoken] = []
        for part in parts {
            switch part["type"]?.string {
            case "text":
                let text = part["text"]?.string ?? ""
                if joinsTexts, case .text(let before)? = spoken.last {
                    spoken[spoken.count - 1] = .text(before + text)
                } else {
                    spoken.append(.text(text))
                }
            case "reasoning":
                let text = part["reasoning"]?.string ?? ""
                switch spoken.last {
                case .reasoning(let before, let signature)?:
                    spoken[spoken.count - 1] = .reasoning(before + text, signature)
                case .text(let before)? where !joinsTexts:
                    spoken[spoken.count - 1] = .text(before + text)
                default: spoken.append(.reasoning(text, part["signature"].map { JSONNode($0) } ?? .null))
                }
            case "summarized_reasoning":
                let texts = part["summary"]?.elements.compactMap { $0["text"]?.string } ?? []
                guard !texts.isEmpty else { continue }
                let content = part["encrypted_content"].map { JSONNode($0) } ?? .null
                spoken.append(.reasoning(texts.joined(separator: "\n\n"), content))
            case "redacted_reasoning":
                let data = part["data"].map { JSONNode($0) } ?? ""
                spoken.append(.other(["type": "redacted_reasoning", "data": data]))
            case "omitted_reasoning": spoken.append(.other(["type": "omitted_reasoning", "signature": nil]))
            default: continue
            }
        }
        return spoken.map(\.node)
    }

    private enum Spoken {
        case text(String)
        case reasoning(String, JSONNode)
        case other(JSONNode)

        var node: JSONNode {
            switch self {
            case .text(let text): ProjectedRow.text(.string(text))
            case .reasoning(let text, let signature):
                ["type": "reasoning", "is_native": true, "reasoning": .string(text), "signature": signature]
            case .other(let node): node
            }
        }
    }

    // MARK: calls, returns, approvals

    private var calls: JSONNode {
        guard !row.calls.isEmpty else { return .null }
        return .array(
            row.calls.map { call in
                func kept(_ key: String) -> JSONNode { call["function"]?[key].map { JSONNode($0) } ?? .null }
                let function: JSONNode = ["name": kept("name"), "arguments": kept("arguments")]
                return [
                    "id": call["id"].map { JSONNode($0) } ?? .null, "function": function, "type": "function",
                ]
            })
    }

    private func callID(_ returns: [JSONNode]) -> JSONNode {
        switch row.role {
        case "tool": returns.first?["tool_call_id"] ?? .null
        case "approval": row.calls.first?["id"].map { JSONNode($0) } ?? .null
        default: .null
        }
    }

    private static func returns(of row: RowView, _ time: String) -> [JSONNode] {
        guard !row.returns.isEmpty else {
            let body = soleText(row).map { JSONNode.string($0) } ?? .null
            let id = row["tool_call_id"].map { JSONNode($0) } ?? .null
            return [repacked(["func_response": body, "tool_call_id": id], nil, time)]
        }
        return row.returns.map { back in
            var node = JSONNode.shallow(back)
            if back["tool_call_id"]?.string == nil, row.returns.count == 1 {
                node["tool_call_id"] = row["tool_call_id"].map { JSONNode($0) } ?? .null
            }
            return repacked(node, nil, time)
        }
    }

    /// The packed answer as folding packs it: message, status and the row's
    /// time. A listing takes the status from the packed answer; only where an
    /// approval carries the return it is the return's own.
    private static func repacked(_ back: JSONNode, _ status: String?, _ time: String) -> JSONNode {
        var listed: JSONNode = [:]
        for key in ["tool_call_id", "stdout", "stderr"] { listed[key] = back[key] }
        let response = back["func_response"].flatMap { try? JSONDocument($0.bytes()).root }
        var failed = false
        if let response, response.kind == .array {
            listed["tool_return"] = JSONNode(response)
        } else if let text = response?.string {
            let body = try? JSONDocument(text).root
            listed["tool_return"] = body?["message"].map(Self.words) ?? .string(text)
            failed = body?["status"]?.string == "Failed"
        }
        listed["status"] = .string(status ?? (failed ? "error" : "success"))
        guard let document = try? JSONDocument(listed.bytes()) else { return listed }
        return ToolReturnForm(listed: document.root, time: time).node
    }

    private static func words(_ message: JSONValue) -> JSONNode {
        switch message.kind {
        case .string: JSONNode(message)
        case .bool: .string(message.bool == true ? "True" : "False")
        case .null: .string("None")
        default: .string(String(decoding: message.raw, as: UTF8.self))
        }
    }

    private var approvals: [JSONNode] {
        guard row.approvals.isEmpty else {
            return row.approvals.map { given in
                guard given["func_response"] != nil else { return JSONNode(given) }
                return Self.repacked(JSONNode.shallow(given), given["status"]?.string, time)
            }
        }
        return [
            [
                "type": "approval", "tool_call_id": kept("approval_request_id"), "approve": kept("approve"),
                "reason": kept("denial_reason"),
            ]
        ]
    }
}
