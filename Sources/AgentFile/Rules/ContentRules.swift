import LosslessJSON

extension RowRule {
    /// `content` as a list of parts.
    static let contentRules: [RowRule] = [
        RowRule(
            "null-content", .refused, title: "`content` is null or missing",
            why: "400 from the importer's schema: the whole file is refused",
            remedy: "an empty list; rules of the role follow",
            detect: { row, _ in !row.hasValue("content") },
            fix: { row, _ in row.with("content", []) }),
        RowRule(
            "string-content", .orphan, title: "`content` is no list",
            why:
                "a plain string passes the schema, then 400, and the agent stays behind; anything else is a 400",
            remedy: "one part of type text, or the lone part as a list",
            detect: { row, _ in row["content"].map { $0.kind != .array && !$0.isNull } ?? false },
            fix: { row, _ in row["content"].map { row.with("content", .array([Self.part(of: $0)])) } }),
    ]

    /// Parts that are damaged or that no server can show again.
    static let partRules: [RowRule] = [
        RowRule(
            "part-unknown", .refused, title: "a content part of a type that Letta does not know",
            why: "400 from the importer's schema: the whole file is refused",
            remedy: "a text part that holds the part's JSON, or its text if it is a text without a type",
            detect: { row, _ in row.parts.contains { !RowView.partTypes.contains($0.type) } },
            fix: { row, _ in row.mapping("content", Self.part) }),
        RowRule(
            "part-incomplete", .refused, title: "a content part without what its type needs",
            why: "400 from the importer's schema, or from the database model, which leaves an agent behind",
            remedy: "a missing text becomes empty; any other part becomes a text part that holds its JSON",
            detect: { row, _ in row.parts.contains(where: Self.isIncomplete) },
            fix: { row, _ in
                row.mapping("content") { Self.isIncomplete($0) ? Self.completed($0) : JSONNode($0) }
            }),
        RowRule(
            "reasoning-is-native", .refused, title: "a reasoning part without `is_native`",
            why: "400 from the importer's schema: the whole file is refused",
            remedy: "`is_native` true is added",
            detect: { row, _ in row.parts.contains(where: Self.lacksNative) },
            fix: { row, _ in
                row.mapping("content") { Self.lacksNative($0) ? $0.with("is_native", true) : JSONNode($0) }
            }),
        RowRule(
            "image-url", .poison, title: "an image that is only a link",
            why: "taken; afterwards listing and export of the agent answer 500",
            remedy: "a text part that names the link",
            detect: { row, _ in row.parts.contains(where: Self.isLinkedImage) },
            fix: { row, _ in
                row.mapping("content") { part in
                    guard Self.isLinkedImage(part) else { return JSONNode(part) }
                    return .textPart("[image: \(part["source"]?["url"]?.string ?? "no address")]")
                }
            }),
    ]

    private static func isLinkedImage(_ part: JSONValue) -> Bool {
        part.type == "image" && part["source"]?.type == "url"
    }

    private static func lacksNative(_ part: JSONValue) -> Bool {
        part.type == "reasoning" && part["is_native"]?.bool == nil
    }

    /// What stands for a value that is no part of a known type.
    private static func part(of value: JSONValue) -> JSONNode {
        if RowView.partTypes.contains(value.type) { return JSONNode(value) }
        return .textPart(value.string ?? value["text"]?.string ?? String(decoding: value.raw, as: UTF8.self))
    }

    private static func isIncomplete(_ part: JSONValue) -> Bool {
        switch part.type {
        case "text": part["text"]?.kind != .string
        case "reasoning": part["reasoning"]?.kind != .string
        case "redacted_reasoning": part["data"]?.kind != .string
        case "summarized_reasoning":
            part["encrypted_content"]?.kind != .string || part["summary"]?.kind != .array
                || part["id"]?.kind != .string
        case "tool_call":
            part["id"]?.kind != .string || part["name"]?.kind != .string || part["input"]?.kind != .object
        case "tool_return":
            part["tool_call_id"]?.kind != .string || part["content"]?.kind != .string
                || part["is_error"]?.bool == nil
        case "image": !hasSource(part["source"])
        default: false
        }
    }

    private static func hasSource(_ source: JSONValue?) -> Bool {
        switch source?.type {
        case "base64": source?["data"]?.kind == .string && source?["media_type"]?.kind == .string
        case "letta": source?["file_id"]?.kind == .string
        case "url": source?["url"]?.kind == .string
        default: false
        }
    }

    private static func completed(_ part: JSONValue) -> JSONNode {
        switch part.type {
        case "text": return part.with("text", "")
        case "reasoning": return part.with("reasoning", "")
        case "summarized_reasoning" where part["summary"]?.kind == .array:
            var node = JSONNode.shallow(part)
            if part["encrypted_content"]?.kind != .string { node["encrypted_content"] = "" }
            if part["id"]?.kind != .string { node["id"] = "" }
            return node
        default: return .textPart(String(decoding: part.raw, as: UTF8.self))
        }
    }
}
