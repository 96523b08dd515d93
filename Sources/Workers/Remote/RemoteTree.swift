import LettaModel
import LosslessJSON
import WorkerTree

/// The source tree on another machine. It is mirrored into a private folder
/// here and read there; what proves that it stands still is asked of the
/// machine itself.
struct RemoteTree: Sendable {
    let host: RemoteHost
    /// As given.
    let path: String
    /// Without links.
    let root: String
    let home: String
    /// As it was before it was mirrored.
    let fingerprint: String

    /// Never mirrored: made anew, or nobody's.
    static let skipped = ["venv", ".venv", "__pycache__", ".pytest_cache", "htmlcov", "node_modules"]

    init(host: RemoteHost, path: String) throws {
        self.host = host
        self.path = path
        guard path.hasPrefix("/") else {
            throw Failure(
                .usage, subject: "\(host.name):\(path)", reason: "is not absolute",
                remedy: "write \(host.name):/path", end: .source)
        }
        let json = try Self.look(host, path)
        root = json["root"]?.string ?? path
        home = json["home"]?.string ?? ""
        fingerprint = json["digest"]?.string ?? ""
    }

    private static func look(_ host: RemoteHost, _ path: String) throws -> JSONValue {
        try host.call(
            RemoteProgram.fingerprint,
            ["path": .string(path), "skip": .array(skipped.map { .string($0) })])
    }

    func mirror(to folder: String, bringsLogs: Bool) throws {
        try PrivateTree.remove(folder)
        try PrivateTree.makeFolder(folder)
        let excluded = Self.skipped.map { "--exclude=/**/\($0)/" } + Self.skipped.map { "--exclude=/\($0)/" }
        try host.rsync(excluded + ["--exclude=core.*[0-9]"], from: "\(host.name):\(root)/", to: folder + "/")
    }

    /// What speaks against a copy now; nil where everything stands still.
    func refusal(_ view: TreeView) throws -> Failure? {
        let paths = view.databases.compactMap { view.relative($0.path) }.map { "\(root)/\($0)" }
        let json = try host.call(RemoteProgram.holders, ["databases": .array(paths.map { .string($0) })])
        let name = view.brocas.first?.name ?? "broca"
        if let holder = json["found"]?.elements.first {
            let words = "process \(holder["pid"]?.int ?? 0) (\(holder["program"]?.string ?? "")) has it open"
            return Refusals.running("\(host.name):\(holder["db"]?.string ?? root)", words, name: name)
        }
        if let hidden = json["hidden"]?.int, hidden > 0 {
            return Failure(
                .remoteUnable, subject: host.name,
                reason:
                    "the open files of \(hidden.counted("process", "processes")) cannot be read there, so nobody can "
                    + "prove that the workers have stopped",
                remedy: "log in as the user who owns the workers, or as root", end: .source)
        }
        if let locked = json["locked"]?.elements.first?.string {
            return Refusals.locked("\(host.name):\(locked)", name: name)
        }
        return nil
    }

    func proveUnchanged() throws {
        let now = try Self.look(host, path)["digest"]?.string
        guard now == fingerprint else { throw Refusals.changed("\(host.name):\(root)", "a file changed") }
    }

    func run(_ command: String) throws {
        let result = try Command(words: host.ssh + [host.name, command]).run()
        guard result.status == 0 else { throw LocalTree.stopFailed(command, result) }
    }

    // MARK: For --retire and its undo

    func write(_ bytes: [UInt8], to place: String, mustBeNew: Bool) throws {
        _ = try host.call(
            RemoteProgram.write,
            ["path": .string("\(root)/\(place)"), "hex": .string(Self.hex(bytes)), "new": .bool(mustBeNew)])
    }

    func read(_ place: String) throws -> [UInt8]? {
        let json = try host.call(RemoteProgram.read, ["path": .string("\(root)/\(place)")])
        return json["hex"]?.string.map(Self.bytes)
    }

    func remove(_ place: String) throws {
        _ = try host.call(RemoteProgram.remove, ["path": .string("\(root)/\(place)")])
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map { place in
            UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }
}
