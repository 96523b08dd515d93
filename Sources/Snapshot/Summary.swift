/// How far the file itself has come.
public enum SnapshotState: String, Sendable {
    /// A run has it open, or was killed: the `-wal` beside it belongs to it.
    case writing
    /// Closed in order before the run was finished; whole in one file.
    case paused
    case complete
}

/// What `ferry show FILE` prints.
public struct SnapshotSummary: Sendable, Equatable {
    public let path: String
    public let state: SnapshotState
    public let formatVersion: Int
    /// Oldest first.
    public let generations: [Generation]
    public let threads: [ThreadProgress]
    /// Of the newest generation, by kind, in order of the kinds' names.
    public let documents: [DocumentCount]
    public let passages: Int
    public let gonePassages: Int
    /// Names of secret values that were not stored.
    public let cuts: [String]
    /// Sum of the stored bodies.
    public let bodyBytes: Int
    public let fileBytes: Int
}

/// How many documents of one kind.
public struct DocumentCount: Sendable, Equatable {
    public let kind: String
    public let count: Int
}
