public import LettaModel

/// How far a run has come.
public enum RunStatus: String, Sendable, CaseIterable {
    case planned, running, incomplete
    /// Read into a snapshot; nothing was loaded, so nothing was verified.
    case captured
    case verified
    case verifiedWithChanges = "verified-with-changes"
    case different, failed, undone
    /// Its undo was begun and not ended.
    case undoing

    /// Nothing more will happen unless someone undoes it.
    public var isEnded: Bool { ![.planned, .running, .incomplete, .undoing].contains(self) }
}

/// One end of a run as it was resolved: no user, no password, no token.
public struct RunAddress: Sendable, Equatable {
    public var name: String
    public var url: String
    public var project: String?
    public var version: String?

    public init(name: String, url: String, project: String? = nil, version: String? = nil) {
        self.name = name
        self.url = url
        self.project = project
        self.version = version
    }
}

/// What is known of a run before it begins.
public struct RunDraft: Sendable, Equatable {
    public var id: RunID
    /// `move`, `snapshot`, `load`, `heal` …
    public var job: String
    public var source: RunAddress?
    public var target: RunAddress?
    public var agentID: String?
    public var agentName: String?
    public var snapshotPath: String?
    public var choices: RunChoices
    /// Of ferry, for whoever reads the journal later.
    public var version: String

    public init(
        id: RunID, job: String, source: RunAddress? = nil, target: RunAddress? = nil, agentID: String? = nil,
        agentName: String? = nil, snapshotPath: String? = nil, choices: RunChoices = RunChoices(),
        version: String = ""
    ) {
        self.id = id
        self.job = job
        self.source = source
        self.target = target
        self.agentID = agentID
        self.agentName = agentName
        self.snapshotPath = snapshotPath
        self.choices = choices
        self.version = version
    }
}

/// A run as the journal has it.
public struct RunRecord: Sendable, Equatable {
    public let draft: RunDraft
    public let status: RunStatus
    /// The sentence that a person can quote.
    public let verdict: String?
    public let createdAt: Instant
    public let updatedAt: Instant
    public let endedAt: Instant?
    /// A living process has it.
    public let isClaimed: Bool
    /// Absolute or relative as the journal's own path is; for spool and
    /// report.
    public let folder: String

    public var id: RunID { draft.id }
}

/// What the user chose, to be chosen again on resume. Holds names of secrets,
/// never values.
public struct RunChoices: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case flag(Bool)
        case text(String)
        case list([String])
    }

    /// By the option's name, without dashes.
    public let values: [String: Value]
    /// Names of the secrets that were given; asked for again on resume.
    public let secretNames: [String]

    public init() {
        values = [:]
        secretNames = []
    }

    /// **Errors**: `internal` where an option that carries a secret, or a
    /// URL with a password, was passed as a plain value.
    public init(_ values: [String: Value], secretNames: [String] = []) throws {
        for (option, value) in values { try SecretGuard.check(option: option, value) }
        self.values = values
        self.secretNames = secretNames.sorted()
    }
}
