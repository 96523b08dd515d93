public import LettaModel

/// Which thing of the target stands for which thing of the source. Found by
/// both servers and the source id, whatever run made it.
public struct IDMapping: Sendable, Hashable {
    /// `ItemKind.name`: `agent`, `block` …; `shared-block`, `shared-archive`:
    /// what the run attached and another run made.
    public var kind: String
    /// URL of the server, as in `HomeAddress.url`; of an agent file its path.
    public var sourceServer: String
    public var sourceID: String
    public var targetServer: String
    public var targetID: String
    public var run: RunID

    public init(
        kind: String, sourceServer: String, sourceID: String, targetServer: String, targetID: String,
        run: RunID
    ) {
        self.kind = kind
        self.sourceServer = sourceServer
        self.sourceID = sourceID
        self.targetServer = targetServer
        self.targetID = targetID
        self.run = run
    }
}

/// An announced change as the journal keeps it: short texts, whole digests.
public struct RecordedChange: Sendable, Equatable {
    /// `message 17`.
    public let item: String
    public let rule: String
    public let beforeDigest: ContentDigest?
    /// Cut at 200 characters.
    public let before: String
    /// Cut at 200 characters.
    public let after: String

    public init(_ change: AnnouncedChange, beforeDigest: ContentDigest? = nil) {
        item = change.item
        rule = change.rule
        self.beforeDigest = beforeDigest
        before = Self.shortened(change.before)
        after = Self.shortened(change.after)
    }

    init(item: String, rule: String, beforeDigest: ContentDigest?, before: String, after: String) {
        self.item = item
        self.rule = rule
        self.beforeDigest = beforeDigest
        self.before = before
        self.after = after
    }

    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > 200, text.count > 200 else { return text }
        return String(text.prefix(199)) + "…"
    }
}

/// How many changes of one rule.
public struct ChangeCount: Sendable, Equatable {
    public let rule: String
    public let count: Int
}

/// An omission, and whether the user said that it may be.
public struct RecordedOmission: Sendable, Equatable {
    public let omission: Omission
    public let isAccepted: Bool

    public init(_ omission: Omission, isAccepted: Bool) {
        self.omission = omission
        self.isAccepted = isAccepted
    }
}

/// A line of a run's story.
public struct RunEvent: Sendable, Equatable {
    public let at: Instant
    /// `note`, `claim`, `status` …
    public let kind: String
    /// No content, no secret.
    public let text: String
}

/// What came of a request to forget a run.
public enum RunRemoval: Sendable, Equatable {
    /// - Parameter lost: what went with it.
    case removed(lost: [String])
    /// - Parameter losing: what would be lost.
    case refused(losing: [String])
}
