import LettaModel
import SQLite
import WorkerTree

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// From `errno` to what a person reads.
enum DiskFailure {
    static func unreadable(_ path: String, _ number: Int32 = errno) -> Failure {
        Failure(
            .fileUnreadable, subject: path, reason: "cannot be read: \(words(number))",
            remedy:
                "run ferry as the user who owns the workers, or give it the right: ls -ld \(ShellWord.quoted(path))"
        )
    }

    static func unwritable(_ path: String, _ number: Int32 = errno) -> Failure {
        let isFull = [ENOSPC, EDQUOT, EFBIG].contains(number)
        return Failure(
            isFull ? .diskFull : .fileUnwritable, subject: path,
            reason: "cannot be written: \(words(number))",
            remedy: isFull
                ? "make room on that disk, then run the command again"
                : "check the folder and its permissions: ls -ld \(ShellWord.quoted(path))")
    }

    static func words(_ number: Int32) -> String { String(cString: strerror(number)).lowercased() }

    /// SQLite's and the disk's own errors at a path, as failures.
    static func wrap<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as SQLiteError {
            if error.isDiskFull { throw unwritable(path, ENOSPC) }
            if error.isReadOnly || error.isWriteFailure { throw unwritable(path, error.systemError) }
            throw Failure(
                .workerDatabaseUnreadable, subject: path, reason: error.message,
                remedy: "check it: sqlite3 -readonly \(ShellWord.quoted(path)) 'PRAGMA integrity_check'",
                underlying: error.description)
        }
    }
}
