import LettaModel
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
        let look = try host.look(path, skipping: Self.skipped)
        root = look.root
        home = look.home
        fingerprint = look.digest
    }

    func mirror(to folder: String) throws {
        try PrivateTree.remove(folder)
        try PrivateTree.makeFolder(folder)
        try host.rsync(Self.filters, from: "\(host.name):\(root)/", to: folder + "/")
    }

    /// Of an environment comes what says which packages it has, and no more;
    /// dumps of memory, `core.PID`, are not even read.
    private static var filters: [String] {
        let told = ["", "pyvenv.cfg", "lib/", "lib/python*/", "lib/python*/site-packages/"]
        let environments = ["venv", ".venv"].flatMap { name in
            (told + ["lib/python*/site-packages/*.dist-info/"]).map { "--include=\(name)/\($0)" }
                + ["--exclude=\(name)/**"]
        }
        let others = skipped.filter { !["venv", ".venv"].contains($0) }.map { "--exclude=\($0)/" }
        let dumps = (1...10).map { "--exclude=core." + String(repeating: "[0-9]", count: $0) }
        return environments + others + dumps
    }

    /// What speaks against a copy now; nil where everything stands still.
    func refusal(_ view: TreeView) throws -> Failure? {
        let all = view.databases.map(\.path) + view.stores.map(\.path)
        let paths = all.compactMap { view.relative($0) }.map { "\(root)/\($0)" }
        return try host.refusal(paths, name: view.brocas.first?.name ?? "broca", end: .source)
    }

    func proveUnchanged() throws {
        let now = try host.look(path, skipping: Self.skipped).digest
        guard now == fingerprint else { throw Refusals.changed("\(host.name):\(root)", "a file changed") }
    }

    func run(_ command: String) throws -> Command.Result {
        try Command(words: host.ssh + [host.name, command]).run()
    }

    // MARK: For --retire and its undo

    func write(_ bytes: [UInt8], to place: String, mustBeNew: Bool) throws {
        try host.write(bytes, to: "\(root)/\(place)", mustBeNew: mustBeNew)
    }

    func read(_ place: String) throws -> [UInt8]? { try host.read("\(root)/\(place)") }

    func remove(_ place: String) throws { try host.remove("\(root)/\(place)") }
}
