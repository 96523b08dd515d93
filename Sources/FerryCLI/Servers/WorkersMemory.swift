import Glibc
import LettaModel
import LosslessJSON
import Migration

/// Trees that `ferry workers inspect` has looked at, so that a move of their
/// agent can name those that it leaves behind.
///
/// Shape: `workers.json` in the state folder, 0600: paths and nothing else of
/// a tree. **Bounds**: the last 200.
struct WorkersMemory {
    let path: String

    init(_ world: World) throws { path = try world.stateFolder() + "/workers.json" }

    private static let limit = 200

    /// Newest last. A file that cannot be understood is an error: what it
    /// names would be passed over.
    func trees() throws -> [String] {
        guard PrivateFile.exists(path) else { return [] }
        let bytes = try PrivateFile.read(path, upTo: 1 << 20)
        guard let root = try? JSONDocument(bytes).root, let trees = root["trees"] else {
            throw Failure(
                .fileUnreadable, subject: path, reason: "is not what ferry wrote there",
                remedy: "remove it, then inspect the trees again: rm \(path)")
        }
        return trees.elements.compactMap(\.string)
    }

    func remember(_ tree: String) throws {
        let known = try trees().filter { $0 != tree } + [tree]
        try write(known.suffix(Self.limit))
    }

    func forget(_ gone: [String]) throws {
        guard !gone.isEmpty else { return }
        try write(try trees().filter { !gone.contains($0) }[...])
    }

    private func write(_ trees: ArraySlice<String>) throws {
        guard let slash = path.lastIndex(of: "/") else { return }
        try PrivateFile.makeFolder(String(path[..<slash]))
        let node: JSONNode = [
            "schema": "ferry.workers-memory/1", "trees": .array(trees.map { .string($0) }),
        ]
        try PrivateFile.write(node.bytes(), to: path)
    }

    static func isThere(_ tree: String) -> Bool {
        var status = stat()
        return stat(tree, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
