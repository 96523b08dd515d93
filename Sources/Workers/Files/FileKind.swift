#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What stands at a path, links not followed.
enum FileKind: Equatable {
    case folder
    case file(size: Int, isExecutable: Bool)
    case link(to: String)
    /// A socket, a pipe, a device: by name, never opened.
    case other(String)

    /// nil where nothing is there.
    static func at(_ path: String) -> FileKind? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFREG: return .file(size: Int(status.st_size), isExecutable: status.st_mode & 0o111 != 0)
        case S_IFLNK: return .link(to: target(of: path))
        case S_IFSOCK: return .other("a socket")
        case S_IFIFO: return .other("a pipe")
        default: return .other("a device")
        }
    }

    private static func target(of path: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = readlink(path, &buffer, 4096)
        return String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Names in a folder, sorted; throws where it cannot be read.
    static func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else { throw DiskFailure.unreadable(path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The absolute path without links, `.` and `..`; nil where a part of it
    /// is missing.
    static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}

/// What tells that a file was changed: never its content alone, since that
/// is what was copied.
struct FileStamp: Equatable, Sendable {
    let size: Int64
    let inode: UInt64
    let modified: Int64
    let changed: Int64

    /// nil where nothing is there.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        size = Int64(status.st_size)
        inode = UInt64(status.st_ino)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }
}
