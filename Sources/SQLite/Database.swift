import CSQLite

/// One connection, owned by one task or one actor, closed when it goes.
public final class Database {
    public enum Access: Sendable {
        /// Makes the file, mode 0600, where it is missing.
        case create
        case readWrite
        case readOnly
        /// For a file that nobody changes meanwhile: no locks, no `-wal`.
        case immutable
    }

    /// Limits for files that somebody else wrote.
    public enum Limit: Sendable {
        /// Bytes of a string, blob or row.
        case length
        /// Bytes of a statement.
        case statementLength
        case attachedDatabases
        case triggerDepth
    }

    public let path: String
    let connection: OpaquePointer
    private var statements: [String: Statement] = [:]
    private var transactionDepth = 0

    /// - Parameter busyTimeout: milliseconds to wait for another connection.
    public init(_ path: String, _ access: Access, busyTimeout: Int32 = 5_000) throws {
        if access == .create { try Self.createIfMissing(path) }
        var connection: OpaquePointer?
        let code = sqlite3_open_v2(Self.uri(path, access), &connection, Self.flags(access), nil)
        guard code == SQLITE_OK, let connection else {
            let error = Statement.error(code, connection, nil)
            sqlite3_close_v2(connection)
            throw error
        }
        self.path = path
        self.connection = connection
        sqlite3_extended_result_codes(connection, 1)
        sqlite3_busy_timeout(connection, busyTimeout)
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(connection)
    }

    private static func createIfMissing(_ path: String) throws {
        do {
            try PrivateFile.create(path)
        } catch let error as SQLiteError where error.isAlreadyThere {
            // SQLite opens what is there.
        }
    }

    private static func flags(_ access: Access) -> Int32 {
        let common = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE
        switch access {
        case .create, .readWrite: return common | SQLITE_OPEN_READWRITE
        case .readOnly, .immutable: return common | SQLITE_OPEN_READONLY
        }
    }

    private static func uri(_ path: String, _ access: Access) -> String {
        let digits = Array("0123456789ABCDEF")
        let escaped = path.utf8.reduce(into: "") { text, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return "file:" + (path.hasPrefix("/") ? "//" : "") + escaped
            + (access == .immutable ? "?immutable=1" : "")
    }

    // MARK: Statements

    /// Runs statements that take and answer nothing.
    public func execute(_ sql: String) throws {
        let code = sqlite3_exec(connection, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw Statement.error(code, connection, sql) }
    }

    /// Compiled the first time, kept until the connection goes.
    public func prepare(_ sql: String) throws -> Statement {
        if let statement = statements[sql] {
            return statement.isRunning ? try Statement(sql, on: connection) : statement
        }
        let statement = try Statement(sql, on: connection)
        statements[sql] = statement
        return statement
    }

    public func run(_ sql: String, _ values: Value...) throws {
        try prepare(sql).each(values) { _ in }
    }

    public func each(_ sql: String, _ values: Value..., body: (Row) throws -> Void) throws {
        try prepare(sql).each(values, body)
    }

    public func first<Result>(
        _ sql: String, _ values: Value..., body: (Row) throws -> Result
    ) throws -> Result? {
        try prepare(sql).first(values, body)
    }

    public func all<Result>(
        _ sql: String, _ values: Value..., body: (Row) throws -> Result
    ) throws -> [Result] {
        var results: [Result] = []
        try prepare(sql).each(values) { results.append(try body($0)) }
        return results
    }

    /// The first column of the first row as a number; 0 where there is none.
    public func number(_ sql: String, _ values: Value...) throws -> Int {
        try prepare(sql).first(values) { $0.int(0) } ?? 0
    }

    public func text(_ sql: String, _ values: Value...) throws -> String? {
        try prepare(sql).first(values) { $0.optionalText(0) } ?? nil
    }

    public var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(connection) }
    /// Rows that the last statement inserted, updated or deleted.
    public var changes: Int { Int(sqlite3_changes64(connection)) }

    @discardableResult
    public func setLimit(_ limit: Limit, _ value: Int32) -> Int32 {
        let category =
            switch limit {
            case .length: SQLITE_LIMIT_LENGTH
            case .statementLength: SQLITE_LIMIT_SQL_LENGTH
            case .attachedDatabases: SQLITE_LIMIT_ATTACHED
            case .triggerDepth: SQLITE_LIMIT_TRIGGER_DEPTH
            }
        return sqlite3_limit(connection, category, value)
    }

    // MARK: Transactions

    /// All of `body` or nothing. Takes the write lock at once; inside another
    /// transaction it is a savepoint.
    public func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        let isOuter = transactionDepth == 0
        let name = "nested\(transactionDepth)"
        try run(isOuter ? "BEGIN IMMEDIATE" : "SAVEPOINT \(name)")
        transactionDepth += 1
        defer { transactionDepth -= 1 }
        do {
            let result = try body()
            try run(isOuter ? "COMMIT" : "RELEASE \(name)")
            return result
        } catch {
            undo(isOuter ? "ROLLBACK" : "ROLLBACK TO \(name); RELEASE \(name)")
            throw error
        }
    }

    /// A full disk may have rolled back by itself; then there is nothing left
    /// to undo, and the error that matters is the first one.
    private func undo(_ sql: String) {
        guard sqlite3_get_autocommit(connection) == 0 else { return }
        sqlite3_exec(connection, sql, nil, nil, nil)
    }
}

extension Database {
    /// Whether the `-wal` stays when the connection closes: a program that
    /// ends in disorder then leaves the pair that belongs together.
    public func keepsWALOnClose(_ keeps: Bool) throws {
        var value: Int32 = keeps ? 1 : 0
        let code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_PERSIST_WAL, &value)
        guard code == SQLITE_OK else { throw Statement.error(code, connection, nil) }
    }
}
