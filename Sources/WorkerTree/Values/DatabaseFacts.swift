/// What Broca's database holds, in figures; users and rows are streamed by
/// `BrocaDatabase`.
public struct DatabaseFacts: Sendable, Equatable {
    /// Without links.
    public var path: String
    /// As the worker calls it, where that is a link or goes through one.
    public var linkedFrom: String?
    public var foundBy: Discovery
    public var bytes: Int
    /// 0 where there is no `-wal` or an empty one.
    public var walBytes: Int
    public var hasShm: Bool
    public var hasJournal: Bool
    public var journalMode: JournalMode
    /// Lines of `integrity_check`, at most ten; empty for a sound database.
    public var damage: [String]
    /// Rows whose references lead nowhere.
    public var brokenReferences: Int
    /// In the order of Broca's schema.
    public var tables: [TableFacts]
    public var queue: [QueueTally]
    public var users: UserTally
    /// Users with a profile, at most `listedUsers` of them, by id.
    public var listed: [BrocaUser]

    public static let listedUsers = 500

    public enum Discovery: Sendable, Equatable {
        /// `DB_PATH` or `TEST_DB_PATH`.
        case setting(key: String)
        case codeFolder
        /// A running Broca has it open.
        case openFile(pid: Int)
    }

    public enum JournalMode: String, Sendable { case delete, wal }

    public struct TableFacts: Sendable, Equatable {
        public var name: String
        public var rows: Int
        public var maxID: Int
        /// The highest id that was ever given; ids are not used again.
        public var sequence: Int
    }
}

/// Rows of the queue in one state that a move treats alike.
public struct QueueTally: Sendable, Equatable {
    public var state: QueueState
    public var rows: Int
    /// The highest number of attempts among them.
    public var maxAttempts: Int
}

/// A queue row's state, together with its message's where that decides.
public enum QueueState: Sendable, Equatable, Hashable {
    /// Not seen by the agent.
    case pending
    /// Tried before: the agent may have it in its history.
    case pendingTried
    /// Answered and stored, not marked, perhaps not sent.
    case processingAnswered
    /// The agent may be at work on it.
    case processing
    case completed
    /// Completed, and the channel says that it was not delivered.
    case completedUndelivered
    case failed
    case flushed
    /// A word that Broca never writes.
    case unknown(String)

    public var name: String {
        switch self {
        case .pending: "pending"
        case .pendingTried: "pending-tried"
        case .processingAnswered: "processing-answered"
        case .processing: "processing"
        case .completed: "completed"
        case .completedUndelivered: "completed-undelivered"
        case .failed: "failed"
        case .flushed: "flushed"
        case .unknown(let word): word
        }
    }

    /// - Parameters:
    ///   - hasAnswer: the message's `agent_response` is not empty.
    ///   - isUndelivered: it begins with the words of a failed sending, and
    ///     the message is not marked as processed.
    public init(status: String, attempts: Int, hasAnswer: Bool, isUndelivered: Bool) {
        self =
            switch status {
            case "pending": attempts > 0 ? .pendingTried : .pending
            case "processing": hasAnswer ? .processingAnswered : .processing
            case "completed": isUndelivered ? .completedUndelivered : .completed
            case "failed": .failed
            case "flushed": .flushed
            default: .unknown(status)
            }
    }
}

public struct UserTally: Sendable, Equatable {
    public var all = 0
    public var withProfile = 0
    /// Nobody ever writes as them: no profile.
    public var orphans = 0
    /// With a profile, and no identity id.
    public var withoutIdentity = 0
    /// With a profile, and no block id.
    public var withoutBlock = 0

    public init() {}
}

/// A person as Broca knows them.
public struct BrocaUser: Sendable, Equatable {
    public var id: Int
    /// `identity-UUID` on the source server; empty is nil.
    public var identityID: String?
    /// `block-UUID` of their own memory block, which is detached at rest.
    public var blockID: String?
    public var isActive: Bool
    public var profiles: [Profile]

    public var isOrphan: Bool { profiles.isEmpty }

    public struct Profile: Sendable, Equatable {
        public var id: Int
        public var platform: String
        public var platformUserID: String
        public var username: String?
        public var displayName: String?
    }
}

/// A row of the queue with what its message says of itself.
public struct QueueRow: Sendable, Equatable {
    public var id: Int
    public var userID: Int?
    public var messageID: Int?
    public var status: String
    public var attempts: Int
    /// As stored; Broca writes several forms, all UTC.
    public var timestamp: String?
    public var state: QueueState
}
