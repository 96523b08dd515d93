import CSQLite

/// A statement that was compiled once and is run many times, by the one task
/// that owns its database.
public final class Statement {
    let handle: OpaquePointer
    let connection: OpaquePointer
    let sql: String
    /// In the middle of its rows.
    private(set) var isRunning = false

    init(_ sql: String, on connection: OpaquePointer) throws {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw Self.error(code, connection, sql) }
        self.handle = handle
        self.connection = connection
        self.sql = sql
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Runs to the end; rows are dropped.
    public func run(_ values: Value...) throws {
        try each(values) { _ in }
    }

    /// Runs to the end, row by row.
    public func each(_ values: [Value], _ body: (Row) throws -> Void) throws {
        try start(values)
        defer { stop() }
        while try step() { try body(Row(statement: handle)) }
    }

    /// Runs row by row as long as `body` answers true.
    public func eachWhile(_ values: [Value], _ body: (Row) throws -> Bool) throws {
        try start(values)
        defer { stop() }
        while try step(), try body(Row(statement: handle)) {}
    }

    /// Reads the first row; nil where there is none.
    public func first<Result>(_ values: [Value], _ body: (Row) throws -> Result) throws -> Result? {
        try start(values)
        defer { stop() }
        return try step() ? body(Row(statement: handle)) : nil
    }

    private func start(_ values: [Value]) throws {
        guard !isRunning else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "used inside its rows", sql: sql)
        }
        isRunning = true
        for (index, value) in values.enumerated() {
            let code = bind(value, at: Int32(index + 1))
            guard code == SQLITE_OK else {
                stop()
                throw Self.error(code, connection, sql)
            }
        }
    }

    private func step() throws -> Bool {
        let code = sqlite3_step(handle)
        guard code == SQLITE_ROW || code == SQLITE_DONE else { throw Self.error(code, connection, sql) }
        return code == SQLITE_ROW
    }

    private func stop() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        isRunning = false
    }

    private func bind(_ value: Value, at index: Int32) -> Int32 {
        // SQLite's "copy it now", which is a cast in C that Swift can't import.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let number): return sqlite3_bind_int64(handle, index, number)
        case .real(let number): return sqlite3_bind_double(handle, index, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    guard let start = $0.baseAddress else {
                        return sqlite3_bind_text(handle, index, "", 0, copies)
                    }
                    return sqlite3_bind_text64(
                        handle, index, start, UInt64($0.count), copies, UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), copies)
            }
        }
    }

    static func error(_ code: Int32, _ connection: OpaquePointer?, _ sql: String?) -> SQLiteError {
        let message = sqlite3_errmsg(connection).map { String(cString: $0) } ?? "unknown error"
        let extended = sqlite3_extended_errcode(connection)
        return SQLiteError(
            code: extended & 0xff == code & 0xff ? extended : code, message: message, sql: sql,
            systemError: sqlite3_system_errno(connection))
    }
}
