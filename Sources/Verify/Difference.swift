/// The kinds of things that are compared, in the order of a report.
public enum ComparedKind: String, Sendable, CaseIterable {
    case messages
    /// The list of messages that the model sees.
    case context = "in-context"
    case agent, blocks, tools
    case toolRules = "tool-rules"
    case tags, passages, identities, conversations, secrets
    /// The checklist: a failed line is a difference too.
    case checks

    /// `message`, `block`; what one of them is called.
    public var singular: String {
        switch self {
        case .messages: "message"
        case .context: "place in context"
        case .agent: "setting"
        case .blocks: "block"
        case .tools: "tool"
        case .toolRules: "tool rule"
        case .tags: "tag"
        case .passages: "passage"
        case .identities: "identity"
        case .conversations: "conversation"
        case .secrets: "secret"
        case .checks: "check"
        }
    }
}

/// One thing that is not as it has to be.
public struct Difference: Sendable, Equatable {
    /// What happened to the item; stable, in JSON.
    public enum Damage: String, Sendable, CaseIterable {
        case missing, extra, changed, moved, split
        case tagLost = "tag-lost"
        case timeShifted = "time-shifted"
        case textChanged = "text-changed"
        case metadataChanged = "metadata-changed"
        /// A change that the plan announced and that did not happen.
        case notChanged = "not-changed"
        /// Nobody looked; never counts as equal.
        case notCompared = "not-compared"
        case checkFailed = "check-failed"
    }

    public let kind: ComparedKind
    public let damage: Damage
    /// `message 17 of 312 (2026-05-02 user)`; no content.
    public let item: String
    /// `text changed`, `lost`, `created_at shifted by +2 h`; no content.
    public let what: String
    /// The fields, where they are known; these hold short excerpts.
    public let fields: [FieldDifference]

    init(_ kind: ComparedKind, _ damage: Damage, item: String, what: String, fields: [FieldDifference] = []) {
        self.kind = kind
        self.damage = damage
        self.item = item
        self.what = what
        self.fields = fields
    }

    /// `message 17 of 312 (2026-05-02 user): text changed`.
    public var sentence: String { "\(item): \(what)" }
}

/// One field of one item that is not as it has to be.
public struct FieldDifference: Sendable, Equatable {
    /// `content[0].text`, `limit`.
    public let path: String
    /// Shortened JSON; nil where the field is absent. Content: shown only
    /// where the reader asked for excerpts.
    public let expected: String?
    public let found: String?

}
