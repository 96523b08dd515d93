import SQLite

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

extension AgentSnapshot {
    public func summary() throws -> SnapshotSummary {
        let threads = try threads()
        let cuts = try cuts().map(\.name)
        return try wrap {
            let newest = try newestGeneration()
            let documents = try database.all(
                "SELECT kind, count(*) FROM documents WHERE last_generation = ? GROUP BY kind ORDER BY kind",
                .int(newest)
            ) { DocumentCount(kind: $0.text(0), count: $0.int(1)) }
            return SnapshotSummary(
                path: path, state: try SnapshotFile.state(of: database) ?? .writing,
                formatVersion: try database.number("PRAGMA user_version"), generations: try allGenerations(),
                threads: threads, documents: documents,
                passages: try database.number(
                    "SELECT count(*) FROM passages WHERE last_generation = ?", .int(newest)),
                gonePassages: try database.number(
                    "SELECT count(*) FROM passages WHERE last_generation < ?", .int(newest)),
                cuts: cuts, bodyBytes: try database.number("SELECT sum(size) FROM bodies"),
                fileBytes: PrivateFile.size(path) ?? 0)
        }
    }
}
