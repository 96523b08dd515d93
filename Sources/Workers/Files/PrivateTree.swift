import Hashing
import LettaModel
import SQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder of ferry's own: 0700, its files 0600 (0700 where they are run).
enum PrivateTree {
    static func makeFolder(_ path: String) throws {
        do { try PrivateFile.createFolder(path) } catch let error as SQLiteError {
            throw DiskFailure.unwritable(path, error.systemError)
        }
    }

    /// Copies a file's bytes; the copy is new and nobody else's.
    static func copy(_ source: String, to target: String, isExecutable: Bool) throws -> ContentDigest {
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard input >= 0 else { throw DiskFailure.unreadable(source) }
        defer { close(input) }
        let output = try create(target, isExecutable: isExecutable)
        defer { close(output) }
        var hash = SHA256()
        var piece = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = piece.withUnsafeMutableBytes { readSome(input, $0) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw DiskFailure.unreadable(source) }
            if count == 0 { break }
            hash.update(piece[..<count])
            try write(piece[..<count], to: output, target)
        }
        guard fsync(output) == 0 else { throw DiskFailure.unwritable(target) }
        return hash.finish()
    }

    /// Writes a new file.
    static func write(_ bytes: [UInt8], to path: String, isExecutable: Bool = false) throws {
        let output = try create(path, isExecutable: isExecutable)
        defer { close(output) }
        try write(bytes[...], to: output, path)
        guard fsync(output) == 0 else { throw DiskFailure.unwritable(path) }
    }

    /// Puts new bytes in the place of a file in one step; its mode stays.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t? = nil) throws {
        var status = stat()
        let old = lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0o600
        let temporary = path + ".ferry-new"
        unlink(temporary)
        do {
            try write(bytes, to: temporary)
            guard chmod(temporary, mode ?? old) == 0, rename(temporary, path) == 0 else {
                throw DiskFailure.unwritable(path)
            }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    static func read(_ path: String, upTo bound: Int = 16 << 20) throws -> [UInt8] {
        let input = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard input >= 0 else { throw DiskFailure.unreadable(path) }
        defer { close(input) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = piece.withUnsafeMutableBytes { Self.readSome(input, $0) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw DiskFailure.unreadable(path) }
            if count == 0 { return bytes }
            guard bytes.count + count <= bound else {
                throw Failure(
                    .fileUnreadable, subject: path, reason: "is larger than \(bound) bytes",
                    remedy: "move it out of the folder, then run the command again")
            }
            bytes += piece[..<count]
        }
    }

    private static func readSome(_ file: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(file, buffer.baseAddress, buffer.count)
        #else
            Darwin.read(file, buffer.baseAddress, buffer.count)
        #endif
    }

    private static func create(_ path: String, isExecutable: Bool) throws -> Int32 {
        let mode: mode_t = isExecutable ? 0o700 : 0o600
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode)
        guard file >= 0 else { throw DiskFailure.unwritable(path) }
        return file
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to file: Int32, _ path: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw DiskFailure.unwritable(path) }
            rest = rest.dropFirst(count)
        }
    }

    /// Removes a folder with everything in it; links are removed, not
    /// followed. The caller says why it is ferry's own.
    static func remove(_ path: String) throws {
        switch FileKind.at(path) {
        case nil: return
        case .folder:
            chmod(path, 0o700)
            for name in try FileKind.names(in: path) { try remove("\(path)/\(name)") }
            guard rmdir(path) == 0 else { throw DiskFailure.unwritable(path) }
        default:
            guard unlink(path) == 0 else { throw DiskFailure.unwritable(path) }
        }
    }

    /// On disk, names too: before a rename that makes it somebody's.
    static func sync(_ path: String) throws {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw DiskFailure.unwritable(path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw DiskFailure.unwritable(path) }
    }
}
