import Glibc
import Hashing
import LettaModel

/// What stands at a path of the host.
public enum SeenFile: Sendable, Equatable {
    case absent
    case file(bytes: [UInt8], mode: Int, owner: Int, group: Int)
    case link(to: String)
    /// A folder, a socket, a device, or a file that cannot be read.
    case other(String)

    public var text: String? {
        if case .file(let bytes, _, _, _) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
}

extension SeenFile {
    /// A line that differs where anything of it does.
    var essence: String {
        switch self {
        case .absent: "absent"
        case .file(let bytes, let mode, let owner, let group):
            "\(ContentDigest.ofBytes(bytes)) 0\(String(mode, radix: 8)) \(owner):\(group)"
        case .link(let target): "link \(target)"
        case .other(let what): what
        }
    }
}

/// Files of a host: read whole, replaced in one step.
enum HostDisk {
    private static let bound = 4 << 20

    static func see(_ path: String) -> SeenFile {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            return errno == ENOENT || errno == ENOTDIR
                ? .absent : .other("cannot be looked at: \(words(errno))")
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            guard let bytes = read(path) else { return .other("a file that cannot be read: \(words(errno))") }
            return .file(
                bytes: bytes, mode: Int(status.st_mode & 0o7777), owner: Int(status.st_uid),
                group: Int(status.st_gid))
        case S_IFLNK: return .link(to: target(of: path))
        case S_IFDIR: return .other("a folder")
        default: return .other("no file")
        }
    }

    /// Nil where it cannot be read, or is larger than 4 MiB.
    static func read(_ path: String) -> [UInt8]? {
        let input = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard input >= 0 else { return nil }
        defer { close(input) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(input, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, bytes.count + count <= bound else { return nil }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
    }

    private static func target(of path: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = readlink(path, &buffer, 4096)
        return String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static func words(_ number: Int32) -> String { String(cString: strerror(number)).lowercased() }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    // MARK: Changing

    /// New bytes beside the place, to disk, then in its place by one rename.
    ///
    /// **Errors**: `file-unwritable`, `disk-full`.
    static func put(_ bytes: [UInt8], at path: String, mode: Int, owner: Int? = nil, group: Int? = nil) throws
    {
        let temporary = temporary(path)
        unlink(temporary)
        let output = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard output >= 0 else { throw failed(path, "cannot be written") }
        do {
            defer { close(output) }
            try write(bytes[...], to: output, path)
            if geteuid() == 0 {
                guard fchown(output, uid_t(owner ?? 0), gid_t(group ?? 0)) == 0 else {
                    throw failed(path, "cannot be given its owner")
                }
            }
            guard fchmod(output, mode_t(mode)) == 0, fsync(output) == 0 else {
                throw failed(path, "cannot be written")
            }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let failure = failed(path, "cannot be put in its place")
            unlink(temporary)
            throw failure
        }
        sync(folder(of: path))
    }

    /// Where the bytes of a file are until they are whole; a kill leaves it.
    static func temporary(_ path: String) -> String {
        "\(folder(of: path))/.\(path.split(separator: "/").last ?? "").ferry-new"
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to file: Int32, _ path: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failed(path, "cannot be written") }
            rest = rest.dropFirst(count)
        }
    }

    static func makeFolder(_ path: String, mode: Int = 0o755) throws {
        guard mkdir(path, mode_t(mode)) == 0 || errno == EEXIST else { throw failed(path, "cannot be made") }
        guard chmod(path, mode_t(mode)) == 0 else { throw failed(path, "cannot be made") }
        sync(folder(of: path))
    }

    /// The folders above a path that are missing, the outermost first.
    static func missingFolders(above path: String) -> [String] {
        let parent = folder(of: path)
        return exists(parent) ? [] : missingFolders(above: parent) + [parent]
    }

    /// The first link among the folders between a root and a path below it.
    static func detour(to path: String, below base: String) -> (link: String, target: String)? {
        guard path.hasPrefix(base + "/") else { return nil }
        var place = base
        for name in folder(of: path).dropFirst(base.count).split(separator: "/") {
            place += "/\(name)"
            if case .link(let target) = see(place) { return (place, target) }
        }
        return nil
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func sync(_ path: String) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// Why nothing can be written there; nil where it can.
    static func obstacle(to path: String) -> String? {
        var place = folder(of: path)
        while !exists(place), place != "/" { place = folder(of: place) }
        return access(place, W_OK) == 0 ? nil : "\(place): \(words(errno))"
    }

    static func failed(_ path: String, _ what: String, _ number: Int32 = errno) -> Failure {
        let isFull = [ENOSPC, EDQUOT].contains(number)
        return Failure(
            isFull ? .diskFull : .fileUnwritable, subject: path, reason: "\(what): \(words(number))",
            remedy: isFull
                ? "make room on that disk, then run the command again"
                : "check the folder and its rights: ls -ld \(folder(of: path))")
    }
}
