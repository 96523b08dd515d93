/// Whether a worker runs, by what processes have open; never by a pid file.
public struct RunningFacts: Sendable, Equatable {
    public var processes: [RunningProcess] = []
    /// Locks on the database, by whomever.
    public var locks: [FileLock] = []
    /// Processes that could not be looked into: of other users, without root.
    public var hidden = 0
    /// A pid file that is there, and what it says; proves nothing.
    public var pidFile: PidFile?

    public init() {}

    public var isRunning: Bool { !processes.isEmpty || !locks.isEmpty }

    public struct PidFile: Sendable, Equatable {
        public var path: String
        public var pid: Int?
        /// The process that now has the number is this worker's.
        public var isTrue: Bool
    }
}

public struct RunningProcess: Sendable, Equatable {
    public var pid: Int
    /// The program's words, cut; arguments may hold secrets and are left out.
    public var program: String
    public var evidence: [Evidence]

    public enum Evidence: String, Sendable, CaseIterable {
        case databaseOpen = "database-open"
        /// The file was removed or replaced while it was open.
        case deletedDatabaseOpen = "deleted-database-open"
        case commandLine = "command-line"
    }
}

/// A line of `/proc/locks`.
public struct FileLock: Sendable, Equatable {
    public var pid: Int
    public var isWrite: Bool
    public var device: FileIdentity.Device
    public var inode: UInt64
    public var start: Int

    /// What SQLite means by a lock at that byte.
    public var meaning: String {
        switch start {
        case 1_073_741_824: "pending"
        case 1_073_741_825: "reserved"
        case 1_073_741_826...1_073_742_335: isWrite ? "exclusive" : "shared"
        default: isWrite ? "write" : "read"
        }
    }
}

/// Which file it is, whatever it is called.
public struct FileIdentity: Sendable, Equatable, Hashable {
    public struct Device: Sendable, Equatable, Hashable {
        public var major: UInt32
        public var minor: UInt32

        public init(major: UInt32, minor: UInt32) {
            self.major = major
            self.minor = minor
        }
    }

    public var device: Device
    public var inode: UInt64

    public init(device: Device, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}
