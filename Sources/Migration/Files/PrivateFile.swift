import Glibc
import LettaModel

/// Files that only their owner may read: 0600 in 0700 folders from the
/// first byte.
public enum PrivateFile {
    /// Makes the folder and its missing parents, each 0700.
    public static func makeFolder(_ path: String) throws {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            prefix += "/" + part
            if mkdir(prefix, 0o700) != 0 && errno != EEXIST { throw failure(path, "make the folder") }
        }
    }

    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The whole file; for small ones (config, token, spool head).
    public static func read(_ path: String, upTo bound: Int = 16 << 20) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return bytes }
            guard bytes.count + count <= bound else {
                throw Failure(
                    .fileUnreadable, subject: path, reason: "is larger than \(bound) bytes",
                    remedy: "name the right file")
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Replaces the file in one step: a reader sees the old or the new one.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        let temporary = path + ".new-\(getpid())"
        do {
            let file = try PrivateFileWriter(creating: temporary)
            try file.write(bytes)
            try file.finish()
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            defer { unlink(temporary) }
            throw failure(path, "write")
        }
    }

    /// A copy beside it first, so that the name never stands for half a file.
    static func copy(_ source: String, to path: String) throws {
        let descriptor = open(source, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(source) }
        defer { close(descriptor) }
        let temporary = path + ".new-\(getpid())"
        do {
            let file = try PrivateFileWriter(creating: temporary)
            var chunk = [UInt8](repeating: 0, count: 1 << 18)
            while true {
                let count = Glibc.read(descriptor, &chunk, chunk.count)
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw unreadable(source) }
                if count == 0 { break }
                try file.write(Array(chunk[..<count]))
            }
            try file.finish()
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            defer { unlink(temporary) }
            throw failure(path, "write")
        }
    }

    /// Makes a new name in the folder survive a power cut.
    static func syncFolder(of path: String) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    public static func remove(_ path: String) { unlink(path) }

    /// Gives a finished file its name in one step, where no file has it yet.
    ///
    /// **Errors**: `file-exists`; then nothing has changed.
    static func publish(_ temporary: String, as path: String) throws {
        guard link(temporary, path) != 0 else {
            unlink(temporary)
            return
        }
        // Some file systems have no hard links: there the name is taken first.
        guard [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(errno) else {
            throw errno == EEXIST ? exists(failing: path) : failure(path, "write")
        }
        try PrivateFileWriter(creating: path).finish()
        guard rename(temporary, path) == 0 else { throw failure(path, "write") }
    }

    static func exists(failing path: String) -> Failure {
        Failure(
            .fileExists, subject: path, reason: "exists already, and ferry overwrites nothing",
            remedy: "name another file with -o, or move this one away")
    }

    /// Removes a folder of ferry's own, and the files in it.
    static func removeFolder(_ path: String) {
        removeFiles(in: path, endingWith: "")
        rmdir(path)
    }

    /// Removes what a process that was killed left in a folder of its own.
    static func removeFiles(in folder: String, endingWith suffix: String) {
        guard let listing = opendir(folder) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(suffix) && name != "." && name != ".." { unlink(folder + "/" + name) }
        }
    }

    static func failure(_ path: String, _ verb: String) -> Failure {
        let isFull = errno == ENOSPC || errno == EDQUOT || errno == EFBIG
        return Failure(
            isFull ? .diskFull : .fileUnwritable, subject: path,
            reason: "cannot \(verb): \(String(cString: strerror(errno)))",
            remedy: isFull
                ? "make room on that disk, then run the command again"
                : "check the path and its permissions: ls -ld \(verb == "create" ? folder(of: path) : path)")
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func unreadable(_ path: String) -> Failure {
        Failure(
            .fileUnreadable, subject: path, reason: "cannot read: \(String(cString: strerror(errno)))",
            remedy: "check the path and its permissions: ls -l \(path)")
    }
}

/// A new file, written front to back.
public final class PrivateFileWriter {
    /// As failures name it.
    private let path: String
    private var descriptor: Int32
    private var buffer: WriteBuffer
    public private(set) var byteCount = 0

    /// - Parameters:
    ///   - path: must not exist yet.
    ///   - final: the name that the user gave, where the file gets it later.
    public init(creating path: String, meaning final: String? = nil) throws {
        self.path = final ?? path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        buffer = WriteBuffer(into: descriptor, of: self.path)
        guard descriptor >= 0 else {
            guard errno == EEXIST else { throw PrivateFile.failure(self.path, "create") }
            throw PrivateFile.exists(failing: path)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    public func write(_ bytes: [UInt8]) throws {
        try buffer.write(bytes)
        byteCount += bytes.count
    }

    /// Flushes to the disk itself and closes.
    public func finish() throws {
        try buffer.flush()
        guard fsync(descriptor) == 0 else { throw PrivateFile.failure(path, "write") }
        close(descriptor)
        descriptor = -1
    }
}

/// A file that no folder names: gone with the process, however that ends.
final class NamelessFile {
    private let descriptor: Int32
    private var buffer: WriteBuffer

    /// `O_TMPFILE`, a macro that Swift does not see.
    private static let unnamed = 0o20_000_000 | O_DIRECTORY

    /// - Parameter path: of the file that will be made of it; it lies on the
    ///   same disk.
    init(beside path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var opened = open(folder.isEmpty ? "/" : folder, Self.unnamed | O_RDWR | O_CLOEXEC, 0o600)
        if opened < 0 {
            // Not every file system can; then the name goes at once.
            let name = "\(path).part-\(getpid())"
            opened = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard opened >= 0 else { throw PrivateFile.failure(path, "create") }
            unlink(name)
        }
        descriptor = opened
        buffer = WriteBuffer(into: opened, of: path)
    }

    deinit { close(descriptor) }

    /// Where this process reads it.
    var path: String { "/proc/self/fd/\(descriptor)" }

    func write(_ bytes: [UInt8]) throws { try buffer.write(bytes) }

    func flush() throws { try buffer.flush() }
}

/// Bytes on their way to a descriptor that somebody else closes, written in
/// large pieces.
private struct WriteBuffer {
    private let descriptor: Int32
    /// As failures name the file.
    private let name: String
    private var bytes: [UInt8] = []

    init(into descriptor: Int32, of name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    mutating func write(_ more: [UInt8]) throws {
        bytes.append(contentsOf: more)
        if bytes.count >= 1 << 18 { try flush() }
    }

    mutating func flush() throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw PrivateFile.failure(name, "write") }
            rest = rest.dropFirst(count)
        }
        bytes.removeAll(keepingCapacity: true)
    }
}
