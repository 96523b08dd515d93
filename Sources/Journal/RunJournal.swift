public import LettaModel
import SQLite

/// Opens the journal for the time of `body`; makes it, and its folder, where
/// they are missing.
///
/// - Parameter path: `$XDG_STATE_HOME/ferry/journal.db`; run folders lie
///   beside it in `runs/`.
/// **Errors**: `journal-unreadable`, `file-unwritable`, `disk-full`.
public func withJournal<Result: Sendable>(
    at path: String, clock: @escaping @Sendable () -> Instant = { Instant.now() },
    _ body: (RunJournal) async throws -> Result
) async throws -> Result {
    try await body(try RunJournal(path, clock: clock, processes: .live))
}

/// Every run on this machine: what was intended, what came of it, which id
/// stands for which. Several processes may have it open; a run belongs to
/// one at a time.
///
/// **Effects**: every verb that changes something is on disk when it returns.
public actor RunJournal {
    /// Of its database.
    public nonisolated let path: String
    let database: Database
    let clock: @Sendable () -> Instant
    let processes: ProcessTable

    init(_ path: String, clock: @escaping @Sendable () -> Instant, processes: ProcessTable) throws {
        self.path = path
        self.clock = clock
        self.processes = processes
        database = try JournalFailures.wrap(path) { try Self.open(path) }
    }

    private static func open(_ path: String) throws -> sending Database {
        if let folder = PrivateFile.parent(of: path) { try PrivateFile.createFolder(folder) }
        let database = try Database(path, .create, busyTimeout: 10_000)
        let version = try database.number("PRAGMA user_version")
        let application = try database.number("PRAGMA application_id")
        let isEmpty = try database.number("SELECT count(*) FROM sqlite_schema") == 0
        guard isEmpty || application == JournalSchema.applicationID else {
            throw JournalFailures.unreadable(path, "the file is a database, but no journal")
        }
        guard version <= JournalSchema.version else { throw JournalFailures.newer(path, version: version) }
        try database.execute("PRAGMA trusted_schema = OFF")
        try database.execute("PRAGMA foreign_keys = ON")
        _ = try database.text("PRAGMA journal_mode = WAL")
        try database.execute("PRAGMA synchronous = FULL")
        try JournalSchema.prepare(database)
        return database
    }

    func wrap<Result>(_ body: () throws -> Result) throws -> Result {
        try JournalFailures.wrap(path, body)
    }

    func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try wrap { try database.transaction(body) }
    }

    func record(_ kind: String, _ text: String, _ run: RunID) throws {
        try database.run(
            "INSERT INTO events (run, at, kind, text) VALUES (?, ?, ?, ?)", .text(run.raw),
            .integer(clock().microseconds), .text(kind), .text(text))
    }
}
