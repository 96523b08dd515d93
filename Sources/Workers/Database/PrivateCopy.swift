import LettaModel
import SQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A copy of Broca's database, taken without opening the original through
/// SQLite: even a reader may write its `-shm`, and the last one that closes a
/// WAL database rewrites it.
///
/// What lies beside the file (`-wal`, `-journal`) is copied with it, and SQLite
/// puts them together in the copy; so a writer that was killed loses nothing.
/// The proof that nobody writes meanwhile is the caller's.
enum PrivateCopy {
    /// Files that belong to a database, itself first.
    static func parts(of path: String) -> [String] {
        [path, path + "-wal", path + "-journal"].filter { FileKind.at($0) != nil }
    }

    /// A copy through SQLite's own locks, for a plan of workers that still
    /// run: their database may change at any moment, and has its `-shm`.
    static func takeLive(_ source: String, to target: String) throws {
        try DiskFailure.wrap(source) {
            let database = try Database(source, .readOnly)
            try database.backup(to: target)
        }
    }

    /// Whichever of the two fits.
    static func takeAsItIs(_ source: String, to target: String, isHeld: Bool) throws {
        guard !isHeld else { return try takeLive(source, to: target) }
        try take(source, to: target, scratch: target + ".parts")
    }

    /// - Parameters scratch: a folder that is made, and removed again.
    ///   target: must not exist; one file without side files.
    static func take(_ source: String, to target: String, scratch: String) throws {
        try PrivateTree.remove(scratch)
        try PrivateTree.makeFolder(scratch)
        defer { try? PrivateTree.remove(scratch) }
        let name = "copy.db"
        for part in parts(of: source) {
            let ending = part.dropFirst(source.count)
            _ = try PrivateTree.copy(part, to: "\(scratch)/\(name)\(ending)", isExecutable: false)
        }
        try DiskFailure.wrap(source) {
            let database = try Database("\(scratch)/\(name)", .readWrite)
            try database.execute("PRAGMA trusted_schema = OFF")
            try database.backup(to: target)
        }
    }
}
