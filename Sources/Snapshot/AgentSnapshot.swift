import LettaModel
import SQLite

/// What may happen to the file.
public enum SnapshotMode: Sendable {
    /// The file must not exist: else `file-exists`.
    case create
    /// A new run into the file, which is made where it does not exist.
    case resumeOrCreate
    /// A complete snapshot; the file is never changed.
    case read
    /// As `read`, whatever the state: for `ferry show`.
    case inspect

    var writes: Bool { self == .create || self == .resumeOrCreate }
}

/// Opens the snapshot for the time of `body`.
///
/// Left with the newest generation finished, the file is `complete`; left
/// otherwise it is `paused`. Either way it is whole in one file. Killed, it
/// is `writing` and needs the `-wal` beside it.
///
/// **Errors**: `Failure` `file-exists`, `file-unwritable`, `file-unreadable`,
/// `snapshot-unreadable`, `snapshot-newer`, `snapshot-unfinished`,
/// `disk-full`.
public func withSnapshot<Result: Sendable>(
    at path: String, _ mode: SnapshotMode, _ body: (AgentSnapshot) async throws -> Result
) async throws -> Result {
    let snapshot = try AgentSnapshot(path, mode)
    let result: Result
    do {
        result = try await body(snapshot)
    } catch {
        // The first error is the one to tell; a file that could not be closed
        // in order is found `writing` with its `-wal` beside it.
        try? await snapshot.close()
        throw error
    }
    try await snapshot.close()
    return result
}

/// One agent as the source returned it, in one file. One writer; readers see
/// the state at which they opened it.
///
/// **Bounds**: holds one batch and the page cache (8 MB); bodies are read
/// when asked for.
public actor AgentSnapshot {
    let path: String
    let mode: SnapshotMode
    let database: Database
    var currentGeneration: Generation?
    /// By thread, the ordinal before which no native form is missing.
    var nativeLowWater: [Int64: Int] = [:]
    /// Passages of earlier runs are in the file.
    var hasOlderPassages = false
    private var isClosed = false

    init(_ path: String, _ mode: SnapshotMode) throws {
        self.path = path
        self.mode = mode
        database = try SnapshotFailures.wrap(path) { try SnapshotFile.open(path, mode) }
    }

    func close() throws {
        guard !isClosed, mode.writes else { return }
        isClosed = true
        try wrap {
            let isFinished = try allGenerations().last?.isFinished ?? false
            try SnapshotFile.closeWriting(database, as: isFinished ? .complete : .paused)
        }
    }

    /// Says every error of a verb in the snapshot's own words.
    func wrap<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try SnapshotFailures.wrap(path, body)
        } catch let error as DamagedItem {
            throw SnapshotFailures.unreadable(path, "an item in the file is damaged (\(error))")
        }
    }

    func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try wrap { try database.transaction(body) }
    }

    var bodies: Bodies { Bodies(database: database) }

    /// The run that is being written.
    func generation() throws -> Generation {
        guard let currentGeneration else {
            throw Failure(
                .internal, subject: path, reason: "nothing can be stored before a run has begun",
                remedy: "report this as a bug")
        }
        return currentGeneration
    }
}
