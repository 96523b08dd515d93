import CSQLite

extension Database {
    /// Copies the whole database, as it is now, into a new file while others
    /// may go on using it.
    ///
    /// - Parameters:
    ///   - path: must not exist; made with mode 0600.
    ///   - pagesPerStep: between two calls of `progress`.
    ///   - progress: pages done and pages in all; a throw stops the copy.
    public func backup(
        to path: String, pagesPerStep: Int32 = 1_000,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws {
        try PrivateFile.create(path)
        do {
            try copy(into: Database(path, .readWrite), pagesPerStep, progress)
        } catch {
            try PrivateFile.remove(path)
            throw error
        }
    }

    private func copy(into target: Database, _ pages: Int32, _ progress: (Int, Int) throws -> Void) throws {
        guard let backup = sqlite3_backup_init(target.connection, "main", connection, "main") else {
            throw Statement.error(sqlite3_errcode(target.connection), target.connection, "backup")
        }
        var code = SQLITE_OK
        var refusal: (any Error)?
        while refusal == nil {
            code = sqlite3_backup_step(backup, pages)
            let isBusy = code == SQLITE_BUSY || code == SQLITE_LOCKED
            guard code == SQLITE_OK || code == SQLITE_DONE || isBusy else { break }
            if isBusy { sqlite3_sleep(20) }
            let total = Int(sqlite3_backup_pagecount(backup))
            do { try progress(total - Int(sqlite3_backup_remaining(backup)), total) } catch {
                refusal = error
            }
            if code == SQLITE_DONE { break }
        }
        let end = sqlite3_backup_finish(backup)
        if let refusal { throw refusal }
        guard code == SQLITE_DONE, end == SQLITE_OK else {
            throw Statement.error(end == SQLITE_OK ? code : end, target.connection, "backup")
        }
    }
}
