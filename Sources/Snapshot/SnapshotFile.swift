import LettaModel
import SQLite

/// Opens and closes the file under the rules of docs/snapshot-format.md.
enum SnapshotFile {
    /// A message of 256 MB is refused rather than believed.
    private static let longestValue: Int32 = 256 << 20
    private static let headBytes = 100

    static func open(_ path: String, _ mode: SnapshotMode) throws -> sending Database {
        switch mode {
        case .create:
            try PrivateFile.create(path)
            return try openForWriting(path)
        case .resumeOrCreate:
            if let size = PrivateFile.size(path) {
                if size > 0 { try checkIsWhole(path) }
                // Whoever made the file may have left it readable by others.
                try PrivateFile.restrict(path)
            }
            return try openForWriting(path)
        case .read, .inspect:
            return try openForReading(path, mode)
        }
    }

    // MARK: Writing

    private static func openForWriting(_ path: String) throws -> sending Database {
        let database = try Database(path, .create, busyTimeout: 250)
        try guardAgainstHostileContent(database)
        try database.execute("PRAGMA locking_mode = EXCLUSIVE")
        if try database.number("PRAGMA page_count") == 0 {
            try Schema.create(in: database)
        } else {
            try check(database, path)
        }
        try goWriting(database)
        return database
    }

    /// The main file says `writing` before the first row goes to the `-wal`.
    private static func goWriting(_ database: Database) throws {
        try database.keepsWALOnClose(true)
        _ = try database.text("PRAGMA journal_mode = WAL")
        try database.execute("PRAGMA synchronous = NORMAL")
        try database.execute("PRAGMA wal_autocheckpoint = 16000")
        try setState(.writing, in: database)
        try checkpoint(database)
    }

    /// Leaves one whole file. Only when every row lies in the main file does
    /// that cease to say `writing`, and only then goes the `-wal`.
    static func closeWriting(_ database: Database, as state: SnapshotState) throws {
        try checkpoint(database)
        try setState(.paused, in: database)
        try checkpoint(database)
        try database.keepsWALOnClose(false)
        _ = try database.text("PRAGMA journal_mode = DELETE")
        try database.execute("PRAGMA synchronous = FULL")
        try setState(state, in: database)
    }

    private static func setState(_ state: SnapshotState, in database: Database) throws {
        try database.run("UPDATE meta SET value = ? WHERE key = 'state'", .text(state.rawValue))
    }

    private static func checkpoint(_ database: Database) throws {
        _ = try database.first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.int(0) }
    }

    // MARK: Reading

    private static func openForReading(_ path: String, _ mode: SnapshotMode) throws -> sending Database {
        let state = try checkIsWhole(path)
        if state != .complete, mode == .read { throw SnapshotFailures.unfinished(path) }
        let database = try Database(path, .readOnly, busyTimeout: 250)
        try guardAgainstHostileContent(database)
        // One transaction from here to the end: readers see one state.
        try database.execute("BEGIN")
        try check(database, path)
        return database
    }

    // MARK: Checks

    /// Refuses a main file whose `-wal` was left behind. Answers what state
    /// the main file says, whatever a `-wal` holds; nil for one that was
    /// killed before it had tables.
    @discardableResult
    private static func checkIsWhole(_ path: String) throws -> SnapshotState? {
        let usesWAL = try checkHead(path)
        let state = try mainFileState(path)
        if state == .writing, usesWAL, PrivateFile.size(path + "-wal") == nil {
            throw SnapshotFailures.movedAlone(path)
        }
        return state
    }

    /// Before SQLite sees the file. Answers whether it expects a `-wal`.
    private static func checkHead(_ path: String) throws -> Bool {
        let head = try PrivateFile.head(path, bytes: headBytes)
        guard head.count == headBytes, head.starts(with: Array("SQLite format 3\u{0}".utf8)) else {
            throw SnapshotFailures.unreadable(path, "the file is no snapshot")
        }
        guard number(head, at: 68) == Schema.applicationID else {
            throw SnapshotFailures.unreadable(path, "the file is a database, but no snapshot")
        }
        let format = number(head, at: 60)
        if format > Schema.formatVersion { throw SnapshotFailures.newer(path, format: format) }
        return head[18] == 2
    }

    private static func number(_ head: [UInt8], at offset: Int) -> Int {
        head[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func mainFileState(_ path: String) throws -> SnapshotState? {
        let database = try Database(path, .immutable)
        try guardAgainstHostileContent(database)
        guard try database.number("SELECT count(*) FROM sqlite_schema") > 0 else { return nil }
        try checkTables(database, path)
        return try state(of: database)
    }

    static func state(of database: Database) throws -> SnapshotState? {
        try database.text("SELECT value FROM meta WHERE key = 'state'").flatMap(SnapshotState.init(rawValue:))
    }

    private static func guardAgainstHostileContent(_ database: Database) throws {
        database.setLimit(.length, longestValue)
        database.setLimit(.attachedDatabases, 0)
        database.setLimit(.triggerDepth, 0)
        try database.execute("PRAGMA trusted_schema = OFF")
        try database.execute("PRAGMA cell_size_check = ON")
        try database.execute("PRAGMA mmap_size = 0")
        try database.execute("PRAGMA cache_size = -8000")
    }

    private static func check(_ database: Database, _ path: String) throws {
        try checkTables(database, path)
        let complaint = try database.text("PRAGMA quick_check(1)")
        guard complaint == "ok" else { throw SnapshotFailures.unreadable(path, "the file is damaged") }
        for bound in Schema.bounds where try database.number("SELECT EXISTS (\(bound))") != 0 {
            throw SnapshotFailures.unreadable(path, "the file holds numbers that no ferry writes")
        }
        guard try state(of: database) != nil else {
            throw SnapshotFailures.unreadable(path, "the file does not say how far it has come")
        }
    }

    private static func checkTables(_ database: Database, _ path: String) throws {
        guard try Schema.found(in: database) == Schema.expected else {
            throw SnapshotFailures.unreadable(path, "the tables are not those of a snapshot")
        }
    }
}
