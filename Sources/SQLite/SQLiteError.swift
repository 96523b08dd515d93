import CSQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What SQLite, or the file system below it, refused. Safe to log: holds the
/// text of the statement with its placeholders, never a value.
public struct SQLiteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Primary result code: `SQLITE_FULL`, `SQLITE_CORRUPT` …
    public let code: Int32
    public let extendedCode: Int32
    public let message: String
    /// With `?` for every value.
    public let sql: String?
    /// `errno` of the file operation below, 0 where there was none.
    public let systemError: Int32

    public init(code: Int32, message: String, sql: String? = nil, systemError: Int32 = 0) {
        self.code = code & 0xff
        extendedCode = code
        self.message = message
        self.sql = sql
        self.systemError = systemError
    }

    /// From the file system, not from SQLite.
    static func file(_ operation: String, _ path: String, errno: Int32) -> SQLiteError {
        let text = strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
        return SQLiteError(
            code: errno == ENOSPC ? SQLITE_FULL : SQLITE_CANTOPEN, message: "\(operation) \(path): \(text)",
            systemError: errno)
    }

    /// Also where a limit of file size was met.
    public var isDiskFull: Bool {
        code == SQLITE_FULL || [ENOSPC, EDQUOT, EFBIG].contains(systemError)
    }
    /// The disk refused, for another reason than being full.
    public var isWriteFailure: Bool { Self.writeFailures.contains(extendedCode) }
    /// `SQLITE_IOERR_WRITE`, `_FSYNC`, `_TRUNCATE`.
    private static let writeFailures = [3, 4, 6].map { SQLITE_IOERR | $0 << 8 }
    /// The bytes are no database, or no sound one.
    public var isCorrupt: Bool { code == SQLITE_CORRUPT || code == SQLITE_NOTADB }
    /// Another connection holds it.
    public var isBusy: Bool { code == SQLITE_BUSY || code == SQLITE_LOCKED }
    public var isReadOnly: Bool { code == SQLITE_READONLY || systemError == EROFS || systemError == EACCES }
    public var isAbsent: Bool { systemError == ENOENT }
    public var isAlreadyThere: Bool { systemError == EEXIST }
    public var isTooBig: Bool { code == SQLITE_TOOBIG }

    public var description: String {
        let statement = sql.map { " in \"\($0)\"" } ?? ""
        let system = systemError == 0 ? "" : ", errno \(systemError)"
        return "\(message) (\(extendedCode)\(system))\(statement)"
    }
}
