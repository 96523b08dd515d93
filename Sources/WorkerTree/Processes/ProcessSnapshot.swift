/// The processes of a machine at one moment, as far as they may be looked at.
public struct ProcessSnapshot: Sendable, Equatable {
    public var processes: [ProcessFacts]
    public var locks: [FileLock]
    /// Processes that could not be looked into.
    public var hidden: Int

    public init(processes: [ProcessFacts] = [], locks: [FileLock] = [], hidden: Int = 0) {
        self.processes = processes
        self.locks = locks
        self.hidden = hidden
    }

    /// Nothing runs, or it is another machine's tree.
    public static let none = ProcessSnapshot()
}

public struct ProcessFacts: Sendable, Equatable {
    public var pid: Int
    /// The command line; never printed whole.
    public var words: [String]
    public var folder: String
    /// As the process was started; nil where it may not be read.
    public var environment: [String: String]?
    public var open: [OpenFile]

    public init(
        pid: Int, words: [String], folder: String, environment: [String: String]? = nil,
        open: [OpenFile] = []
    ) {
        self.pid = pid
        self.words = words
        self.folder = folder
        self.environment = environment
        self.open = open
    }

    public struct OpenFile: Sendable, Equatable {
        /// Without ` (deleted)`.
        public var path: String
        public var isDeleted: Bool
        public var identity: FileIdentity?

        public init(path: String, isDeleted: Bool = false, identity: FileIdentity? = nil) {
            self.path = path
            self.isDeleted = isDeleted
            self.identity = identity
        }
    }
}
