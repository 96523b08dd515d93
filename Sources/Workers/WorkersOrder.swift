public import LettaModel
public import WorkerTree

/// What the user ordered.
public struct WorkersOrder: Sendable {
    /// Absolute, or `user@host:path`.
    public var path: String
    /// Absolute, or `user@host:path`; does not exist, or is empty.
    public var destination: String
    /// Finished agent moves, by id; none: the newest that fits.
    public var runs: [String] = []
    /// `NEW` for the tree's one agent, or `OLD=NEW`.
    public var agents: [String] = []
    /// Of the new server, for the workers' own use; never printed.
    public var token: Secret?
    /// Where the token comes from, as typed: `--token-env NAME`.
    public var tokenSource: String?
    /// Never kept or printed: it may hold a password.
    public var stopCommand: String? { didSet { hasStopCommand = stopCommand != nil } }
    /// Whether there was one, though it is not known here.
    public internal(set) var hasStopCommand = false
    public var retires = false
    /// Also logs and backups.
    public var bringsLogs = false
    /// Also keys of a person or of the whole host: `.ssh`, `*.pass`.
    public var bringsSecrets = false
    public var accepted: Set<String> = []
    /// The web chat bridge's database, to be saved before the first start.
    public var bridgeDatabase: String?
    /// What is known of the machine around the tree.
    public var host: HostView

    public init(path: String, destination: String, host: HostView = HostView()) {
        self.path = path
        self.destination = destination
        self.host = host
    }

    public func accepts(_ id: String) -> Bool { accepted.contains("all") || accepted.contains(id) }
}

/// What of a move is going on; for a person.
public enum WorkersEvent: Sendable, Equatable {
    case stage(String)
    case note(String)
}

extension WorkersOrder {
    /// Whether files of a class come along.
    func brings(_ kind: FileClass) -> Bool {
        switch kind {
        case .log, .backup: bringsLogs
        case .key: bringsSecrets
        default: kind.fate == .moved
        }
    }
}
