/// Everything below a folder, without following a link: a ring of links ends
/// nothing, and what lies outside stays outside.
///
/// **Bounds**: holds names and sizes; of caches and `.git` one entry each.
struct TreeWalk {
    let root: String
    private(set) var entries: [TreeEntry] = []
    private(set) var notes: [TreeNote] = []

    init(_ root: String) throws {
        self.root = root
        try walk(root)
    }

    private mutating func walk(_ folder: String) throws {
        for name in try SystemFile.names(in: folder) { visit(Paths.join(folder, name), name) }
    }

    private mutating func visit(_ path: String, _ name: String) {
        guard let status = SystemFile.status(path) else {
            return note(path, "cannot be looked at: its name is not UTF-8, or it is gone")
        }
        switch status.shape {
        case .file: add(path, status, .file)
        case .link: add(path, status, .link(SystemFile.linkTarget(path) ?? ""))
        case .special: add(path, status, .special)
        case .folder where Self.isLump(path, name): addWhole(path, status)
        case .folder:
            do { try walk(path) } catch { note(path, "cannot be read: \(error)") }
        }
    }

    private mutating func add(_ path: String, _ status: SystemFile.Status, _ shape: TreeFile.Shape) {
        entries.append(TreeEntry(path: path, shape: shape, bytes: status.bytes, count: 1, mode: status.mode))
    }

    /// A folder whose files are never looked at one by one.
    private mutating func addWhole(_ path: String, _ status: SystemFile.Status) {
        var count = 0
        var bytes = 0
        measure(path, &count, &bytes)
        entries.append(
            TreeEntry(path: path, shape: .folder, bytes: bytes, count: count, mode: status.mode))
    }

    private func measure(_ folder: String, _ count: inout Int, _ bytes: inout Int) {
        for name in (try? SystemFile.names(in: folder)) ?? [] {
            let path = Paths.join(folder, name)
            guard let status = SystemFile.status(path) else { continue }
            if status.shape == .folder {
                measure(path, &count, &bytes)
            } else {
                count += 1
                bytes += status.shape == .file ? status.bytes : 0
            }
        }
    }

    private static func isLump(_ path: String, _ name: String) -> Bool {
        name == ".git" || FileClassifier.cacheFolders.contains(name)
            || SystemFile.status(path + "/pyvenv.cfg") != nil
    }

    private mutating func note(_ path: String, _ text: String) {
        notes.append(TreeNote("not-looked-at", .warning, subject: path, text: text))
    }
}

/// A file, a link, or a folder that counts as one thing.
struct TreeEntry: Sendable, Equatable {
    var path: String
    var shape: TreeFile.Shape
    var bytes: Int
    var count: Int
    var mode: Int

    var name: String { Paths.name(path) }
}
