import Glibc

/// Reading that leaves no trace: no access time where that can be helped, no
/// waiting at a pipe, no following of links unless asked for.
enum SystemFile {
    struct Status: Equatable {
        var shape: Shape
        var bytes: Int
        var mode: Int
        var identity: FileIdentity
        /// Nanoseconds since 1970.
        var changed: Int
        var owner: UInt32

        enum Shape: Equatable { case file, folder, link, special }
    }

    struct Refused: Error, CustomStringConvertible {
        let reason: String
        let isAbsent: Bool
        var description: String { reason }

        static var current: Refused {
            Refused(
                reason: strerror(errno).map { String(cString: $0) } ?? "error \(errno)",
                isAbsent: errno == ENOENT || errno == ENOTDIR)
        }
    }

    static func status(_ path: String, followsLinks: Bool = false) -> Status? {
        var found = stat()
        guard (followsLinks ? stat(path, &found) : lstat(path, &found)) == 0 else { return nil }
        return status(found)
    }

    static func status(_ found: stat) -> Status {
        let shape: Status.Shape =
            switch found.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .special
            }
        return Status(
            shape: shape, bytes: Int(found.st_size), mode: Int(found.st_mode & 0o7777),
            identity: FileIdentity(device: .init(number: found.st_dev), inode: UInt64(found.st_ino)),
            changed: found.st_mtim.tv_sec * 1_000_000_000 + found.st_mtim.tv_nsec, owner: found.st_uid)
    }

    static func isFile(_ path: String) -> Bool { status(path, followsLinks: true)?.shape == .file }

    static func isFolder(_ path: String) -> Bool { status(path, followsLinks: true)?.shape == .folder }

    /// Sorted by bytes.
    static func names(in folder: String) throws -> [String] {
        let descriptor = try opened(folder, O_DIRECTORY)
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            throw Refused.current
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// At most `limit` bytes of a regular file; links are followed.
    static func bytes(of path: String, limit: Int) throws -> [UInt8] {
        let descriptor = try opened(path, O_NONBLOCK)
        defer { close(descriptor) }
        var found = stat()
        guard fstat(descriptor, &found) == 0 else { throw Refused.current }
        guard found.st_mode & S_IFMT == S_IFREG else {
            throw Refused(reason: "is no regular file", isAbsent: false)
        }
        return try all(of: descriptor, limit: limit)
    }

    /// For `/proc`, whose files have no size.
    static func all(of descriptor: Int32, limit: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while result.count < limit {
            let count = read(descriptor, &piece, min(piece.count, limit - result.count))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Refused.current }
            if count == 0 { break }
            result += piece[..<count]
        }
        return result
    }

    /// Without touching the access time where the file is ours.
    static func opened(_ path: String, _ flags: Int32) throws -> Int32 {
        let common = O_RDONLY | O_CLOEXEC | flags
        // O_NOATIME, which Swift does not import.
        let quiet = open(path, common | 0o1_000_000)
        if quiet >= 0 { return quiet }
        let descriptor = open(path, common)
        guard descriptor >= 0 else { throw Refused.current }
        return descriptor
    }

    static func linkTarget(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 4_097)
        let count = readlink(path, &bytes, 4_096)
        guard count >= 0 else { return nil }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// With every link resolved; an error where it leads nowhere or in a ring.
    static func realPath(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw Refused.current }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

extension FileIdentity.Device {
    /// As glibc packs it into one number.
    init(number: UInt) {
        self.init(
            major: UInt32(truncatingIfNeeded: number >> 8 & 0xFFF | number >> 32 & 0xFFFF_F000),
            minor: UInt32(truncatingIfNeeded: number & 0xFF | number >> 12 & 0xFFFF_FF00))
    }
}
