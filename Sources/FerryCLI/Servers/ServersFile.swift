import LettaModel
import LettaServer
import LosslessJSON
import Migration

/// `servers.json` in the config folder: the names that `--from`, `--to` and
/// `--at` take.
struct ServersFile {
    let path: String
    private(set) var entries: [ServerEntry]

    init(in folder: String) throws {
        path = folder + "/servers.json"
        entries = PrivateFile.exists(path) ? try Self.read(path) : []
    }

    func entry(named name: String) -> ServerEntry? { entries.first { $0.name == name } }

    mutating func add(_ entry: ServerEntry) throws {
        guard self.entry(named: entry.name) == nil else {
            throw Failure(
                .serverExists, subject: entry.name, reason: "a server of that name is in the config already",
                remedy: "remove it first: ferry servers rm \(entry.name)")
        }
        entries.append(entry)
        try save()
    }

    mutating func remove(_ name: String) throws {
        guard entry(named: name) != nil else { throw Self.unknown(name, among: entries) }
        entries.removeAll { $0.name == name }
        try save()
    }

    static func unknown(_ name: String, among entries: [ServerEntry]) -> Failure {
        let names = entries.map(\.name)
        let shown = ServerURL.redacted(name)
        let near = Suggestion.nearest(to: name, among: names).map { "did you mean \($0)? " } ?? ""
        let known = names.isEmpty ? "no server is configured yet" : "known: \(names.joined(separator: ", "))"
        return Failure(
            .unknownServer, subject: shown, reason: "is no server of the config (\(known))",
            remedy: near + "add it: ferry servers add \(shown) --url https://… --token-env NAME")
    }

    private func save() throws {
        try PrivateFile.makeFolder(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)))
        var root: JSONNode = [:]
        root["servers"] = .array(entries.map(\.json))
        try PrivateFile.write(root.bytes() + [0x0A], to: path)
    }

    private static func read(_ path: String) throws -> [ServerEntry] {
        let broken = Failure(
            .configUnreadable, subject: path, reason: "is not the list of servers that ferry writes",
            remedy: "mend the file, or move it away and add the servers again: ferry servers add NAME --url …"
        )
        guard let root = try? JSONDocument(try PrivateFile.read(path)).root, let list = root["servers"] else {
            throw broken
        }
        return try list.elements.map { value in
            guard let entry = ServerEntry(value) else { throw broken }
            return entry
        }
    }
}
