/// Something that does not arrive at the target, said aloud.
public struct Omission: Sendable, Equatable {
    public enum Class: String, Sendable {
        /// No server can keep it (ids, embeddings): listed, never changes the
        /// exit code.
        case inherent
        /// It exists at the source and this run does not bring it: needs
        /// `--accept`, else the exit code is 3.
        case loss
    }

    /// Stable, for `--accept ID`: `conversation:conv-…`, `secret:NAME`.
    public let id: String
    public let `class`: Class
    /// What it is, in words, with its name: `conversation "Rome" (41 messages)`.
    public let item: String
    public let reason: String
    /// What the user can do, imperative; a command where there is one.
    public let remedy: String

    public init(id: String, class: Class, item: String, reason: String, remedy: String) {
        self.id = id
        self.class = `class`
        self.item = item
        self.reason = reason
        self.remedy = remedy
    }
}

/// A difference between source and target that the plan said there would be.
public struct AnnouncedChange: Sendable, Equatable {
    /// `message 17`, `block persona`, `agent`.
    public let item: String
    /// The id of the rule or mapping: `tool-status-failed`, `model`, `name`.
    public let rule: String
    public let before: String
    public let after: String

    public init(item: String, rule: String, before: String, after: String) {
        self.item = item
        self.rule = rule
        self.before = before
        self.after = after
    }
}
