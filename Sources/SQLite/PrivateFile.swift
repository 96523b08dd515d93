#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files and folders that only their owner can read, from the first byte.
public enum PrivateFile {
    /// Makes an empty file with mode 0600, whatever the umask allows more.
    ///
    /// **Errors**: `isAlreadyThere`, also where the path is a dangling link.
    public static func create(_ path: String) throws {
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SQLiteError.file("create", path, errno: errno) }
        close(descriptor)
    }

    /// Makes the folder and what is missing above it, each with mode 0700.
    public static func createFolder(_ path: String) throws {
        guard mkdir(path, 0o700) != 0 else { return }
        switch errno {
        case EEXIST:
            guard isFolder(path) else { throw SQLiteError.file("create", path, errno: ENOTDIR) }
        case ENOENT:
            guard let parent = parent(of: path) else { throw SQLiteError.file("create", path, errno: ENOENT) }
            try createFolder(parent)
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw SQLiteError.file("create", path, errno: errno)
            }
        default:
            throw SQLiteError.file("create", path, errno: errno)
        }
    }

    /// The folder that holds `path`; nil where the path names none.
    public static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Takes every right from everybody but the owner.
    public static func restrict(_ path: String) throws {
        guard chmod(path, 0o600) == 0 else { throw SQLiteError.file("restrict", path, errno: errno) }
    }

    /// Bytes; nil where there is no such file.
    public static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The first bytes of a file; fewer where it is shorter.
    public static func head(_ path: String, bytes count: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SQLiteError.file("open", path, errno: errno) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        let length = read(descriptor, &bytes, count)
        guard length >= 0 else { throw SQLiteError.file("read", path, errno: errno) }
        return Array(bytes.prefix(length))
    }

    public static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw SQLiteError.file("remove", path, errno: errno)
        }
    }
}
