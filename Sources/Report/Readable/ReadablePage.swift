import LettaModel
import LosslessJSON

/// One row in export form as a person reads it.
struct ReadablePage {
    let date: String?
    let speaker: String
    /// Markdown, block by block.
    let parts: [String]

    init(_ row: JSONValue, agentName: String) {
        date = row["created_at"]?.string
        let role = row["role"]?.string ?? "unknown"
        let content = row["content"].map { $0.kind == .array ? $0.elements : [$0] } ?? []
        let returns = (row["tool_returns"]?.elements ?? []).map(Self.returned)
        let envelope = ["user", "summary", "system"].contains(role) ? Self.envelope(content) : nil
        // The content of a tool's row says again what its returns say.
        let said =
            envelope.map { [MarkdownText.fenced($0.message)] }
            ?? (role == "tool" ? Self.toolWords(content, returns) : content.flatMap(Self.part))
        let asks = role == "approval" ? "asks to call" : "calls"
        let calls = (row["tool_calls"]?.elements ?? []).map { Self.call($0, verb: asks) }
        let all = said + calls + returns + Self.approvals(row)
        parts = all.isEmpty ? ["*without words*"] : all
        speaker = Self.speaker(row, role, envelope?.type, agentName)
    }

    private static func speaker(
        _ row: JSONValue, _ role: String, _ type: String?, _ agentName: String
    ) -> String {
        if role == "assistant" { return agentName }
        let name = row["name"]?.string.map { " (\($0))" } ?? ""
        guard let type, type != "user_message" else { return role + name }
        return "\(role), \(type.replacing("_", with: " "))"
    }

    // MARK: Words

    /// The wrapping in which Letta hands a user's words, or news of its own,
    /// to the model. Source: 0.16.8 `package_user_message`, `package_system_message`.
    /// An object that says more than that is somebody's own, and shown whole.
    private static func envelope(_ content: [JSONValue]) -> (type: String, message: String)? {
        guard content.count == 1, let text = content[0].string ?? content[0]["text"]?.string,
            text.hasPrefix("{"), let packed = try? JSONDocument(text).root,
            let type = packed["type"]?.string, let message = packed["message"]?.string,
            holdsOnly(["type", "message", "time"], packed)
        else { return nil }
        return (type, message)
    }

    private static func holdsOnly(_ keys: Set<String>, _ object: JSONValue) -> Bool {
        object.members.allSatisfy { keys.contains($0.key) }
    }

    private static func part(_ part: JSONValue) -> [String] {
        if let text = part.string { return text.isEmpty ? [] : [MarkdownText.fenced(text)] }
        switch part["type"]?.string {
        case "text":
            let text = part["text"]?.string ?? ""
            return text.isEmpty ? [] : [MarkdownText.fenced(text)]
        case "reasoning": return [reasoning(part["reasoning"]?.string ?? "")]
        case "summarized_reasoning":
            let texts = part["summary"]?.elements.compactMap { $0["text"]?.string } ?? []
            return [reasoning(texts.joined(separator: "\n\n"))]
        case "redacted_reasoning": return ["> *reasoning, encrypted by the model's provider*"]
        case "omitted_reasoning": return ["> *reasoning, held back by the model's provider*"]
        case "image": return [image(part["source"] ?? part)]
        case "tool_call": return [call(part, verb: "calls")]
        case "tool_return": return [returned(part)]
        default: return [MarkdownText.fenced(plain(part).text(), language: "json")]
        }
    }

    private static func reasoning(_ text: String) -> String {
        guard !text.isEmpty else { return "> *reasoning without words*" }
        return MarkdownText.quoted("*reasoning*\n\n\(MarkdownText.fenced(text))")
    }

    private static func image(_ source: JSONValue) -> String {
        let kind = MarkdownText.inline(source["media_type"]?.string ?? "image")
        if let url = source["url"]?.string { return "*image, \(kind)*: \(MarkdownText.span(url))" }
        if let file = source["file_id"]?.string { return "*image, \(kind)*: \(MarkdownText.span(file))" }
        let size = (source["data"]?.string ?? "").utf8.count * 3 / 4
        return "*image, \(kind), about \(size.grouped) bytes; whole in the form jsonl*"
    }

    // MARK: Calls and returns

    private static func call(_ call: JSONValue, verb: String) -> String {
        let function = call["function"] ?? call
        let name = function["name"]?.string ?? "a tool without name"
        let given = function["arguments"] ?? function["input"]
        let head = "*\(verb)* \(MarkdownText.span(name))"
        guard let given, !given.isNull else { return head }
        let written = given.string ?? String(decoding: given.raw, as: UTF8.self)
        guard let arguments = try? JSONDocument(written).root, arguments.kind == .object else {
            return compact(head, written)
        }
        let lines = arguments.members.map { "\($0.key): \(words($0.value))" }
        let joined = lines.joined(separator: "\n")
        let isShort = joined.utf8.count <= shortest && !lines.contains { $0.unicodeScalars.contains("\n") }
        return compact(head, isShort ? lines.joined(separator: ", ") : joined)
    }

    private static func returned(_ back: JSONValue) -> String {
        let response = back["func_response"] ?? back["content"]
        let packed = response?.string.flatMap { try? JSONDocument($0).root }
        let body = packed.flatMap { packed in
            packed.kind == .object && holdsOnly(["status", "message", "time"], packed)
                ? packed["message"] : nil
        }
        let said = body.map(words) ?? response.map(words) ?? ""
        let failed = back["status"]?.string == "error" || packed?["status"]?.string == "Failed"
        var text = compact(failed ? "*fails with*" : "*returns*", said)
        for name in ["stdout", "stderr"] {
            let output = (back[name]?.elements ?? []).compactMap(\.string).joined(separator: "\n")
            if !output.isEmpty { text += "\n\n" + compact("*\(name)*", output) }
        }
        return text
    }

    /// A tool's words where no return carries them, as old servers wrote them.
    private static func toolWords(_ content: [JSONValue], _ returns: [String]) -> [String] {
        guard returns.isEmpty else { return content.filter { $0["type"]?.string == "image" }.flatMap(part) }
        return content.flatMap { item -> [String] in
            guard let text = item.string ?? item["text"]?.string else { return part(item) }
            let body: JSONNode = ["func_response": .string(text)]
            return (try? JSONDocument(body.bytes())).map { [returned($0.root)] } ?? []
        }
    }

    private static func approvals(_ row: JSONValue) -> [String] {
        let given = row["approvals"]?.elements ?? []
        guard given.isEmpty else {
            return given.map {
                $0["func_response"] == nil ? answer($0["approve"], $0["reason"]) : returned($0)
            }
        }
        guard let approve = row["approve"], !approve.isNull else { return [] }
        return [answer(approve, row["denial_reason"])]
    }

    private static func answer(_ approve: JSONValue?, _ reason: JSONValue?) -> String {
        let word = approve?.bool == true ? "*approved*" : "*denied*"
        guard let reason = reason?.string, !reason.isEmpty else { return word }
        return compact(word, reason)
    }

    // MARK: Compactly

    /// Up to here a call or a return stands in one line.
    private static let shortest = 100

    private static func compact(_ head: String, _ text: String) -> String {
        guard !text.isEmpty else { return head }
        let fits = text.utf8.count <= shortest && !text.unicodeScalars.contains { $0 == "\n" || $0 == "\r" }
        return fits ? "\(head) \(MarkdownText.span(text))" : "\(head)\n\n\(MarkdownText.fenced(text))"
    }

    private static func words(_ value: JSONValue) -> String { value.string ?? plain(value).text() }

    /// With every `\u` escape written as the character it means.
    private static func plain(_ value: JSONValue) -> JSONNode {
        switch value.kind {
        case .object: .object(value.members.map { JSONMember(key: $0.key, value: plain($0.value)) })
        case .array: .array(value.elements.map(plain))
        case .string: .string(value.string ?? "")
        default: JSONNode(value)
        }
    }
}
