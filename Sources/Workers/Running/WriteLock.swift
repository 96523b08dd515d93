import LettaModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Whether a writer could begin on a database now, asked without beginning:
/// the bytes that SQLite's `BEGIN IMMEDIATE` would lock are tried, and nothing
/// of the file or beside it is touched.
///
/// Source: SQLite's file format, "locking": PENDING, RESERVED and 510 SHARED
/// bytes from 0x40000000; a WAL's own locks are bytes 120 to 127 of the `-shm`.
enum WriteLock {
    static func isFree(_ path: String) throws -> Bool {
        guard try isFree(path, from: 0x4000_0000, count: 512) else { return false }
        let shm = path + "-shm"
        guard FileKind.at(shm) != nil else { return true }
        return try isFree(shm, from: 120, count: 8)
    }

    private static func isFree(_ path: String, from start: off_t, count: off_t) throws -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw DiskFailure.unreadable(path) }
        defer { close(file) }
        var wanted = flock()
        wanted.l_type = Int16(F_WRLCK)
        wanted.l_whence = Int16(SEEK_SET)
        wanted.l_start = start
        wanted.l_len = count
        guard fcntl(file, F_GETLK, &wanted) == 0 else { throw DiskFailure.unreadable(path) }
        return wanted.l_type == Int16(F_UNLCK)
    }
}
