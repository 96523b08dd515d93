import Hashing
import LettaModel
import WorkerTree

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The private sibling folder in which the result is built; its name says
/// which run it belongs to, so a killed run's stage is known as such.
struct TreeStage: Sendable {
    /// Of the tree that is copied, links resolved.
    let source: String
    /// Where the result will stand.
    let destination: String
    let run: String
    /// `DIR.ferry-RUN`; elsewhere where the result goes to another machine.
    let folder: String
    /// Prefixes of paths in the tree's own files, and what stands for them.
    let moved: [(from: String, to: String)]

    init(
        source: String, destination: String, run: String, moved: [(from: String, to: String)],
        folder: String? = nil
    ) {
        self.source = source
        self.run = run
        self.destination = destination
        self.folder = folder ?? "\(destination).ferry-\(run)"
        self.moved = moved
    }

    /// The path in the tree, without a leading slash; nil where it lies outside.
    func relative(_ path: String) -> String? { Self.relative(path, to: source) }

    static func relative(_ path: String, to root: String) -> String? {
        if path == root { return "" }
        guard path.hasPrefix(root + "/") else { return nil }
        return String(path.dropFirst(root.count + 1))
    }

    func path(_ relative: String) -> String { relative.isEmpty ? folder : "\(folder)/\(relative)" }

    // MARK: Building

    /// What was copied, and from what: to be looked at again at the end.
    struct Copied {
        var stamps: [String: FileStamp] = [:]
        /// Relative path -> digest of the bytes that were read.
        var digests: [String: ContentDigest] = [:]
    }

    func begin() throws {
        try PrivateTree.remove(folder)
        try PrivateTree.makeFolder(folder)
    }

    func copy(_ files: [TreeFile], _ order: WorkersOrder, leaving databases: Set<String>) throws -> Copied {
        var copied = Copied()
        for file in files {
            guard let place = relative(file.path), !place.isEmpty, !databases.contains(file.path) else {
                continue
            }
            if file.class != .cache { try makeParent(of: place) }
            guard order.brings(file.class) else { continue }
            try Task.checkCancellation()
            try copyItem(file.path, place, into: &copied)
        }
        let left = Set(files.filter { $0.shape == .folder && $0.class.fate != .moved }.map(\.path))
        try makeFolders(below: source, "", leaving: left)
        return copied
    }

    /// Empty ones too: programs expect `plugins/`, `logs/`, `run/`.
    private func makeFolders(below folder: String, _ prefix: String, leaving left: Set<String>) throws {
        for name in try FileKind.names(in: folder) {
            let path = "\(folder)/\(name)"
            guard FileKind.at(path) == .folder, !left.contains(path) else { continue }
            try PrivateTree.makeFolder(self.path(prefix + name))
            try makeFolders(below: path, prefix + name + "/", leaving: left)
        }
    }

    private func makeParent(of place: String) throws {
        guard let slash = place.lastIndex(of: "/") else { return }
        try PrivateTree.makeFolder(path(String(place[..<slash])))
    }

    private func copyItem(_ path: String, _ place: String, into copied: inout Copied) throws {
        let stamp = FileStamp(path)
        switch FileKind.at(path) {
        case .folder:
            try PrivateTree.makeFolder(self.path(place))
            for name in try FileKind.names(in: path) {
                try copyItem("\(path)/\(name)", "\(place)/\(name)", into: &copied)
            }
            return
        case .file(_, let isExecutable):
            copied.digests[place] = try PrivateTree.copy(
                path, to: self.path(place), isExecutable: isExecutable)
        case .link(let target):
            guard let target = link(target, at: path) else { return }
            guard symlink(target, self.path(place)) == 0 else {
                throw DiskFailure.unwritable(self.path(place))
            }
        case .other, nil: return
        }
        copied.stamps[path] = stamp
    }

    /// A link that stays in the tree, as it has to be written there; nil for
    /// one that leads out of it.
    func link(_ target: String, at path: String) -> String? {
        guard target.hasPrefix("/") else {
            let folder = path.split(separator: "/").dropLast()
            var parts = folder.map(String.init)
            for part in target.split(separator: "/") {
                switch part {
                case ".": continue
                case "..": _ = parts.popLast()
                default: parts.append(String(part))
                }
            }
            return relative("/" + parts.joined(separator: "/")) == nil ? nil : target
        }
        for (from, to) in moved {
            if let inside = Self.relative(target, to: from) { return inside.isEmpty ? to : "\(to)/\(inside)" }
        }
        return nil
    }

    /// Throws where a file changed, vanished or was replaced since.
    func checkUnchanged(_ copied: Copied) throws {
        for (path, stamp) in copied.stamps.sorted(by: { $0.key < $1.key }) where FileStamp(path) != stamp {
            throw Refusals.changed(path, "it changed")
        }
    }
}
