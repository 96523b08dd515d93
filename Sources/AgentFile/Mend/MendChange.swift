import LosslessJSON

/// One thing that `ferry mend` changed.
public struct MendChange: Sendable, Equatable {
    public let rule: Rule
    /// In the file that was read: `$.agents[0].messages[12].content`.
    public let path: String
    /// From 1, of that file; nil where its JSON lies inside a JSON string.
    public let line: Int?
    /// Shortened; never the value of a secret.
    public let before: String
    public let after: String

    init(_ rule: Rule, _ path: String, line: Int?, before: String, after: String) {
        self.rule = rule
        self.path = path
        self.line = line
        self.before = Self.short(before)
        self.after = Self.short(after)
    }

    /// In a file whose lines were not counted.
    public func standing(at path: String) -> MendChange {
        MendChange(rule, path, line: nil, before: before, after: after)
    }

    /// What a text around the JSON had, and the new file has not.
    static func wrapping(hasOrderMark: Bool, isWrapped: Bool) -> [MendChange] {
        let mark = MendChange(LintRule.orderMark, "$", line: 1, before: "a byte order mark", after: "none")
        let quotes = MendChange(
            LintRule.wrapped, "$", line: nil, before: "a text with JSON in it", after: "JSON")
        return (hasOrderMark ? [mark] : []) + (isWrapped ? [quotes] : [])
    }

    static let length = 100

    private static func short(_ text: String) -> String {
        let start = text.prefix(length)
        return start.endIndex == text.endIndex ? text : start + "…"
    }
}

/// What becomes of calls and returns in context that do not fit together.
public enum ToolPairs: String, Sendable, CaseIterable {
    /// Rows go out of context; the history keeps them.
    case drop
    /// Partners come back into context from the history; where there is
    /// none, a call gets a failed return.
    case close
}

/// Something was changed below a thing of the file.
struct Mended {
    let rule: Rule
    /// Below the thing; empty for the thing itself.
    let key: String
    let before: String
    let after: String

    init(_ rule: Rule, _ key: String, _ before: String, _ after: String) {
        self.rule = rule
        self.key = key
        self.before = before
        self.after = after
    }

    init(_ rule: Rule, _ key: String, _ before: JSONValue?, _ after: String) {
        self.init(rule, key, before.map { Credentials.shown($0, of: key) } ?? "none", after)
    }

    func change(_ place: String, line: Int?) -> MendChange {
        MendChange(
            rule, key.isEmpty ? place : "\(place).\(key)", line: line, before: before, after: after)
    }
}
