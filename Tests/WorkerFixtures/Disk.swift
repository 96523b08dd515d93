import Glibc

/// Files as a fixture needs them: any mode, any kind.
public enum Disk {
    public struct Refused: Error, CustomStringConvertible {
        public let description: String
    }

    /// Makes the folders above it.
    public static func write(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o600) throws {
        try makeFolder(parent(path))
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw refused("write", path) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw refused("write", path) }
            rest = rest.dropFirst(count)
        }
        guard fchmod(descriptor, mode) == 0 else { throw refused("chmod", path) }
    }

    public static func write(_ path: String, _ text: String, mode: UInt32 = 0o600) throws {
        try write(path, Array(text.utf8), mode: mode)
    }

    public static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw refused("read", path) }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count >= 0 else { throw refused("read", path) }
            if count == 0 { return result }
            result += piece[..<count]
        }
    }

    public static func makeFolder(_ path: String) throws {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path.contains("/") else { throw refused("mkdir", path) }
        try makeFolder(parent(path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw refused("mkdir", path) }
    }

    public static func link(_ path: String, to target: String) throws {
        try makeFolder(parent(path))
        guard symlink(target, path) == 0 else { throw refused("link", path) }
    }

    public static func makePipe(_ path: String) throws {
        try makeFolder(parent(path))
        guard mkfifo(path, 0o600) == 0 else { throw refused("mkfifo", path) }
    }

    public static func makeSocket(_ path: String) throws {
        try makeFolder(parent(path))
        guard mknod(path, S_IFSOCK | 0o600, 0) == 0 else { throw refused("mknod", path) }
    }

    /// A character device that reads as nothing; root's alone to make.
    public static func makeDevice(_ path: String) throws {
        try makeFolder(parent(path))
        guard mknod(path, S_IFCHR | 0o600, 1 << 8 | 3) == 0 else { throw refused("mknod", path) }
    }

    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    public static func remove(_ path: String) { unlink(path) }

    /// A folder of its own below `TMPDIR`.
    public static func temporaryFolder() throws -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var name = Array("\(base)/ferry-tree-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil, let real = realpath(&name, nil) else {
            throw refused("mkdtemp", base)
        }
        defer { free(real) }
        return String(cString: real)
    }

    public static func removeTree(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            chmod(path, 0o700)
            for name in names(in: path) { removeTree("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    public static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { found.append(name) }
        }
        return found.sorted()
    }

    static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    private static func refused(_ verb: String, _ path: String) -> Refused {
        Refused(description: "\(verb) \(path): \(String(cString: strerror(errno)))")
    }
}

/// Names, kinds, modes, sizes, times and bytes of everything below a folder.
public struct TreeFingerprint: Sendable, Equatable {
    public let lines: [String]

    public static func of(_ folder: String) -> TreeFingerprint {
        var lines: [String] = []
        add(folder, ".", &lines)
        return TreeFingerprint(lines: lines)
    }

    private static func add(_ path: String, _ shown: String, _ lines: inout [String]) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        let kind = status.st_mode & S_IFMT
        let time = "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
        let changed = "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
        var content = ""
        if kind == S_IFREG { content = digest((try? Disk.read(path)) ?? []) }
        lines.append("\(shown) \(status.st_mode) \(status.st_size) \(time) \(changed) \(content)")
        guard kind == S_IFDIR else { return }
        for name in Disk.names(in: path) { add("\(path)/\(name)", "\(shown)/\(name)", &lines) }
    }

    /// FNV-1a: it only has to notice a change.
    private static func digest(_ bytes: [UInt8]) -> String {
        let value = bytes.reduce(into: UInt64(14_695_981_039_346_656_037)) {
            $0 = ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        return String(value, radix: 16)
    }
}
