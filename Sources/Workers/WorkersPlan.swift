public import LettaModel
public import WorkerTree

/// Everything that a move of workers would do, and what it would not.
public struct WorkersPlan: Sendable {
    /// As given, without links.
    public var source: String
    public var destination: String
    /// The server that the workers will speak to.
    public var server: String
    public var workers: [PlannedWorker] = []
    public var copied: [FileTally] = []
    public var rewrites: [Rewrite] = []
    public var users: [PlannedThing] = []
    /// Users that no profile names, over all databases.
    public var orphans = 0
    public var omissions: [Omission] = []
    public var refusals: [Failure] = []
    public var notes: [String] = []
    /// What a person does around the move, in this order.
    public var steps: [String] = []

    public init(source: String, destination: String, server: String) {
        self.source = source
        self.destination = destination
        self.server = server
    }

    public func unaccepted(_ order: WorkersOrder) -> [Omission] {
        omissions.filter { $0.class == .loss && !order.accepts($0.id) }
    }
}

/// One program, and whom it will serve.
public struct PlannedWorker: Sendable, Equatable {
    public var name: String
    public var kind: WorkerKind
    /// Relative to the tree; empty for the tree itself.
    public var codeFolder: String
    /// nil for a kind that serves none.
    public var oldAgent: String?
    public var newAgent: String?
    /// Relative to the tree, at the target; nil where it has none.
    public var database: String?
    public var counts: BrocaCounts?
    /// As its rows will be.
    var ledger: RowLedger?
    /// Rows that are not simply carried, or that need a word.
    public var queue: [QueueFate] = []
    public var commit: String?
    public var packages: [String] = []
}

/// An identity or a block of a user, and where it leads.
public struct PlannedThing: Sendable, Equatable {
    public enum Kind: String, Sendable { case identity, block }

    public var kind: Kind
    public var user: Int64
    public var name: String
    public var oldID: String
    public var fate: UserThing
    /// Known already; nil where it has to be made.
    public var newID: String?
    /// Of a block that the source shows.
    public var label: String?
}
