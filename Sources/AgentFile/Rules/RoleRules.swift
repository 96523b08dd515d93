import LosslessJSON

extension RowRule {
    /// What each role's rows must hold.
    static let roleRules: [RowRule] = [
        RowRule(
            "user-part", .poison, title: "a user row with a part that is neither text nor image",
            why: "taken; afterwards every page that holds the row answers 400, and chat fails",
            remedy: "a text part that holds the part's words",
            detect: { row, _ in row.role == "user" && row.parts.contains { !Self.isForUsers($0) } },
            fix: { row, _ in
                row.mapping("content") { Self.isForUsers($0) ? JSONNode($0) : .textPart(Self.words(of: $0)) }
            }),
        RowRule(
            "user-empty", .poison, title: "a user row without content",
            why: "taken; afterwards every page that holds the row answers 400, and chat 500",
            remedy: "one empty text part, which lists, exports and chats",
            detect: { row, _ in row.role == "user" && row.parts.isEmpty },
            fix: { row, _ in row.with("content", [.textPart("")]) }),
        RowRule(
            "system-one-text", .poison, title: "a system or summary row that is not exactly one text",
            why: "taken; afterwards every page that holds the row answers 400",
            remedy:
                "the texts joined by an empty line, as the server joins them for models; an image becomes its name",
            detect: { row, _ in
                ["system", "summary"].contains(row.role) && !(row.parts.count == 1 && row.parts[0].isText)
            },
            fix: { row, _ in
                row.with("content", [.textPart(row.parts.map(Self.words).joined(separator: "\n\n"))])
            }),
    ]

    private static func isForUsers(_ part: JSONValue) -> Bool { part.isText || part.type == "image" }

    /// A part in words, for a place that takes text alone.
    static func words(of part: JSONValue) -> String {
        switch part.type {
        case "text": part["text"]?.string ?? ""
        case "reasoning": part["reasoning"]?.string ?? ""
        case "image": "[image: \(part["source"]?["media_type"]?.string ?? "of an unknown kind")]"
        default: String(decoding: part.raw, as: UTF8.self)
        }
    }
}
