import Glibc
import LettaModel
import SQLite

/// Opens a database of the tree without changing a byte around it.
///
/// SQLite writes beside a database even where it only reads: a reader of a
/// WAL database makes and marks a `-shm`, and one that finds a journal of a
/// killed writer rolls it back. So the file itself is opened only where there
/// is neither, and then as immutable. Otherwise database, `-wal` and
/// `-journal` are copied into a folder of our own, opened there, and unlinked
/// at once, so that nothing of a user is left behind whatever ends ferry.
enum QuietDatabase {
    static let sides = ["-wal", "-journal"]

    /// - Parameter isLive: a process has it open.
    /// **Errors**: `databaseBusy` where it does not stand still for a copy,
    /// `diskFull`, `fileUnreadable`.
    static func open(_ path: String, isLive: Bool, temporaryFolder: String) throws -> Database {
        let hasSides = sides.contains { (SystemFile.status(path + $0)?.bytes ?? 0) > 0 }
        do {
            guard hasSides || isLive else { return try Database(path, .immutable) }
            return try openCopy(path, temporaryFolder)
        } catch let error as SQLiteError {
            throw DatabaseFailures.unreadable(path, "\(error.message)")
        } catch let error as SystemFile.Refused {
            throw DatabaseFailures.unreadable(path, error.reason)
        }
    }

    private static func openCopy(_ path: String, _ temporaryFolder: String) throws -> Database {
        let folder = try makeFolder(in: temporaryFolder)
        let copy = folder + "/copy.db"
        defer { remove(folder) }
        try copyWhileStill(path, to: copy)
        let database = try Database(copy, .readWrite)
        // SQLite opens `-wal` and `-shm` at the first read, and needs their
        // names no more after it.
        _ = try database.number("SELECT count(*) FROM sqlite_master")
        return database
    }

    /// A writer between two reads of ours would give a torn copy: the files
    /// must be the same before and after, and not have changed just now.
    private static func copyWhileStill(_ path: String, to copy: String) throws {
        for attempt in 0..<40 {
            if attempt > 0 { usleep(50_000) }
            let before = stamps(path)
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            let instant = now.tv_sec * 1_000_000_000 + now.tv_nsec
            guard before.allSatisfy({ $0.map { instant - $0.changed > 40_000_000 } ?? true }) else {
                continue
            }
            for side in [""] + sides {
                unlink(copy + side)
                if SystemFile.isFile(path + side) { try copyFile(path + side, to: copy + side) }
            }
            if stamps(path) == before { return }
        }
        throw DatabaseFailures.busy(path)
    }

    private static func stamps(_ path: String) -> [SystemFile.Status?] {
        ([""] + sides).map { SystemFile.status(path + $0, followsLinks: true) }
    }

    private static func copyFile(_ path: String, to copy: String) throws {
        let source = try SystemFile.opened(path, O_NONBLOCK)
        defer { close(source) }
        let target = Glibc.open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw SystemFile.Refused.current }
        defer { close(target) }
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(source, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemFile.Refused.current }
            if count == 0 { return }
            try writeAll(piece[..<count], to: target, path)
        }
    }

    private static func writeAll(_ bytes: ArraySlice<UInt8>, to target: Int32, _ path: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(target, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                guard errno == ENOSPC || errno == EDQUOT else { throw SystemFile.Refused.current }
                throw DatabaseFailures.noRoom(path)
            }
            rest = rest.dropFirst(count)
        }
    }

    private static func makeFolder(in parent: String) throws -> String {
        var name = Array("\(parent)/ferry-look-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw SystemFile.Refused.current }
        return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func remove(_ folder: String) {
        for name in (try? SystemFile.names(in: folder)) ?? [] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }
}
