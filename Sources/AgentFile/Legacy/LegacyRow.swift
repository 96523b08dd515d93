import LettaModel
import LosslessJSON

/// One row of the old loop, read.
enum LegacyRow {
    /// A call of `send_message` that somebody could read.
    struct Speech {
        let id: String
        let message: String
        /// Thoughts that older servers left among the arguments.
        let thoughts: [String]
    }

    private static let thoughtKeys = ["thinking", "inner_thoughts"]

    /// Nil for a call of another tool, and for one without readable words.
    static func speech(_ call: JSONValue) -> Speech? {
        guard calls(LegacyConversion.speech, call), let id = call["id"]?.string,
            let arguments = call["function"]?["arguments"]?.string,
            let root = (try? JSONDocument(arguments))?.root,
            let message = root["message"]?.string, !message.isEmpty
        else { return nil }
        let thoughts = thoughtKeys.compactMap { root[$0]?.string }.filter { !$0.isEmpty }
        return Speech(id: id, message: message, thoughts: thoughts)
    }

    static func calls(_ tool: String, _ call: JSONValue) -> Bool {
        call["function"]?["name"]?.string == tool
    }

    /// `{"type":"heartbeat",…}` and nothing else: how the old loop woke itself.
    static func isHeartbeat(_ row: RowView) -> Bool {
        guard row.role == "user", row.parts.count == 1, row.parts[0].isText,
            let text = row.parts[0]["text"]?.string, text.contains("heartbeat"),
            let root = (try? JSONDocument(text))?.root
        else { return false }
        return root.kind == .object && root["type"]?.string == "heartbeat"
    }

    // MARK: Returns

    /// Calls that a tool row answers, with whether the call failed.
    static func answers(_ row: RowView) -> [String: Bool] {
        guard row.role == "tool" else { return [:] }
        var answers: [String: Bool] = [:]
        for back in row.returns {
            guard let id = back["tool_call_id"]?.string else { continue }
            answers[id] = back["status"]?.string == "error" || failed(back["func_response"]?.string)
        }
        if row.returns.isEmpty, let id = row.text("tool_call_id") { answers[id] = failed(row.soleText) }
        return answers
    }

    private static func failed(_ body: String?) -> Bool {
        guard let body, let root = (try? JSONDocument(body))?.root else { return false }
        return root["status"].map { $0.string == "Failed" || ToolBody.meansFailure($0) } ?? false
    }

    /// The row without its returns to these calls; nil where nothing is left.
    static func without(_ ids: Set<String>, _ row: RowView) -> JSONNode? {
        let kept = row.returns.enumerated().filter { place, back in
            back["tool_call_id"]?.string.map { !ids.contains($0) } ?? true
        }
        guard !kept.isEmpty else { return nil }
        var node = row.with("tool_returns", .array(kept.map { JSONNode($0.element) }))
        if row.parts.count == row.returns.count {
            node["content"] = .array(kept.map { JSONNode(row.parts[$0.offset]) })
        }
        if let id = row.text("tool_call_id"), ids.contains(id) {
            node["tool_call_id"] = kept[0].element["tool_call_id"].map { JSONNode($0) } ?? .null
            // The name is that of the first call.
            if row.text("name") == LegacyConversion.speech { node["name"] = .null }
        }
        return node
    }

    // MARK: What an assistant row becomes

    /// Its texts as reasoning; an empty one says nothing and goes.
    static func thoughtful(_ row: RowView) -> JSONNode {
        row.with(
            "content",
            .array(
                row.parts.compactMap { part in
                    guard part.isText else { return JSONNode(part) }
                    guard let text = part["text"]?.string, !text.isEmpty else { return nil }
                    return reasoning(text, signature: part["signature"].flatMap(\.present))
                }))
    }

    private static func reasoning(_ text: String, signature: JSONNode? = nil) -> JSONNode {
        var part: JSONNode = ["type": "reasoning", "is_native": true, "reasoning": .string(text)]
        part["signature"] = signature ?? .null
        return part
    }

    /// The row with these calls as its reply: texts stand before calls, as the
    /// new loop writes them.
    static func speaking(_ speeches: [Speech], _ row: RowView) -> JSONNode {
        let ids = Set(speeches.map(\.id))
        let others = row.calls.filter { call in
            !(calls(LegacyConversion.speech, call) && call["id"]?.string.map(ids.contains) ?? false)
        }
        let thoughts = speeches.flatMap(\.thoughts).map { reasoning($0) }
        // Listings put neighbouring texts together without a gap.
        let reply = speeches.map(\.message).joined(separator: "\n\n")
        var node = row.with(
            "content", .array(row.parts.map { JSONNode($0) } + thoughts + [.textPart(reply)]))
        node["tool_calls"] = others.isEmpty ? .null : .array(others.map { JSONNode($0) })
        if let id = row.text("tool_call_id"), ids.contains(id) {
            node["tool_call_id"] = others.first?["id"].map { JSONNode($0) } ?? .null
        }
        return node
    }

    /// A thought without a signature, on a row that names a model of Anthropic.
    static func needsNoModel(_ row: RowView) -> Bool {
        row.text("model")?.lowercased().contains("claude") == true
            && row.parts.contains { $0.type == "reasoning" && $0["signature"]?.string == nil }
    }

    static func isThoughtAlone(_ row: RowView) -> Bool {
        row.role == "assistant" && row.calls.isEmpty && !row.parts.isEmpty
            && row.parts.allSatisfy(\.isReasoning)
    }
}
