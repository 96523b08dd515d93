/// Looks at a tree of workers. The one entry that reads files, processes and
/// databases; all below it that decides something is pure.
public enum WorkerSurvey {
    /// - Parameters:
    ///   - path: a tree of any layout, an agent's folder, or a code folder.
    ///   - host: what is known of the machine around the tree.
    /// **Effects**: none on the tree: no byte, mode or time of it changes.
    /// **Errors**: `fileUnreadable` where there is no such folder,
    /// `workerNotFound` where it holds no worker. What is wrong with one
    /// worker is among its `refusals`.
    public static func of(_ path: String, on host: HostView) throws -> WorkerInventory {
        WorkerInventory(root: path)
    }
}

/// The machine around a tree: passed in, so that a tree of another machine,
/// or of a test, is not mixed up with this one.
public struct HostView: Sendable {
    /// Folders with systemd's unit files.
    public var unitFolders: [String]
    public var cronFiles: [String]
    /// The home folder that the workers run with; nil where it is not known.
    public var home: String?
    /// For private copies of databases.
    public var temporaryFolder: String

    public init(
        unitFolders: [String] = [], cronFiles: [String] = [], home: String? = nil,
        temporaryFolder: String = "/tmp"
    ) {
        self.unitFolders = unitFolders
        self.cronFiles = cronFiles
        self.home = home
        self.temporaryFolder = temporaryFolder
    }
}
