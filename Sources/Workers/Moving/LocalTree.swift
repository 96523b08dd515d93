import Journal
import LettaModel
import WorkerTree

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The source tree where it stands on this machine, and the proof that its
/// workers have stopped.
struct LocalTree: Sendable {
    /// As given, absolute.
    let path: String
    /// nil for a tree of this machine; else the machine it was mirrored from.
    var remote: RemoteTree?

    func look(_ engine: WorkersEngine, _ order: WorkersOrder) throws -> TreeView {
        var host = order.host
        // What ran a moment ago may have stopped since.
        if host.processes != .none { host.processes = .live() }
        // Files around a mirror are this machine's, and none of the tree's own.
        if let remote { host.elsewhere = [remote.root, remote.path] }
        var inventory = try engine.survey(path, host)
        if let remote { try Self.keepInside(remote, &inventory) }
        var names = [inventory.root]
        if let remote {
            names = [remote.path, remote.root]
        } else if path != inventory.root {
            names.append(path)
        }
        return TreeView(
            inventory: inventory, names: names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    }

    /// Paths of the other machine may exist here too: a database that the
    /// tree names is the mirror's, and a dotenv file of this machine is none
    /// of its own.
    private static func keepInside(_ remote: RemoteTree, _ inventory: inout WorkerInventory) throws {
        for place in inventory.workers.indices {
            let worker = inventory.workers[place]
            for root in [remote.root, remote.path] {
                guard let path = worker.database?.path, TreeStage.relative(path, to: inventory.root) == nil,
                    let inside = TreeStage.relative(path, to: root)
                else { continue }
                inventory.workers[place].database?.path = "\(inventory.root)/\(inside)"
            }
            if let path = inventory.workers[place].database?.path,
                TreeStage.relative(path, to: inventory.root) == nil
            {
                throw Failure(
                    .databaseMissing, subject: "\(worker.name)'s database \(path)",
                    reason:
                        "lies outside of \(remote.root) on \(remote.host.name), so it was not copied from "
                        + "there; a file of that name on this machine is another's",
                    remedy: "name the folder that holds it too: \(remote.host.name):"
                        + "\(Self.common(path, remote.root)); or put it into the tree and set DB_PATH there",
                    end: .source)
            }
            let read = worker.envFiles.first(where: \.isRead)
            if let read, TreeStage.relative(read.path, to: inventory.root) == nil {
                throw Failure(
                    .envUnreadable, subject: worker.name,
                    reason: "has no .env in its tree, so it would read one above it, which was not copied",
                    remedy: "name the folder above: \(remote.host.name):\(remote.root)/..", end: .source)
            }
        }
    }

    /// The narrowest folder that holds both.
    private static func common(_ one: String, _ other: String) -> String {
        let parts = zip(one.split(separator: "/"), other.split(separator: "/")).prefix { $0 == $1 }
        return "/" + parts.map { String($0.0) }.joined(separator: "/")
    }

    /// What speaks against a copy now; nil where everything stands still.
    func refusal(_ view: TreeView) throws -> Failure? {
        if let remote { return try remote.refusal(view) }
        return try Stillness(view: view).refusal()
    }

    /// The same at the end, and that no byte was written meanwhile.
    func proveStill(_ view: TreeView, _ built: StageBuilder.Built) throws {
        if let refusal = try refusal(view) {
            throw Refusals.changed(refusal.subject, "its worker was started again")
        }
        if let remote { return try remote.proveUnchanged() }
        for (path, stamp) in built.databases.sorted(by: { $0.key < $1.key }) where FileStamp(path) != stamp {
            throw Refusals.changed(path, "it was written")
        }
        for path in view.databases.map(\.path) + view.stores.map(\.path)
        where PrivateCopy.parts(of: path).contains(where: { built.databases[$0] == nil }) {
            throw Refusals.changed(path, "it was opened")
        }
        let stage = TreeStage(source: view.root, destination: "", run: "", moved: [])
        try stage.checkUnchanged(built.copied)
    }

    /// The user's own command, by the shell, there where the tree is.
    func run(_ command: String) throws -> Command.Result {
        try remote?.run(command) ?? Command(words: ["/bin/sh", "-c", command]).run()
    }
}

/// The folder that the result becomes.
struct TargetEnd: Sendable {
    /// Absolute, on whatever machine.
    let path: String
    var remote: RemoteHost?
    /// Where a result for another machine is built.
    var spool: String

    func stage(of view: TreeView, run: RunID) -> TreeStage {
        TreeStage(
            source: view.root, destination: path, run: run.description, moved: view.names.map { ($0, path) },
            folder: remote == nil ? nil : spool + "/stage")
    }

    func checkIsFree() throws {
        if let remote { return try remote.checkIsFree(path) }
        switch FileKind.at(path) {
        case nil: return
        case .folder: if try FileKind.names(in: path).isEmpty { return }
        default: break
        }
        throw Refusals.notEmpty(path)
    }

    /// In one step: a reader sees nothing, or the whole.
    func publish(_ stage: TreeStage) throws {
        if let remote { return try remote.publish(stage.folder, at: path, run: stage.run) }
        try checkIsFree()
        try PrivateTree.sync(stage.folder)
        guard rename(stage.folder, path) == 0 else {
            throw errno == ENOTEMPTY || errno == EEXIST
                ? Refusals.notEmpty(path) : DiskFailure.unwritable(path)
        }
        if let slash = path.lastIndex(of: "/") {
            try PrivateTree.sync(slash == path.startIndex ? "/" : String(path[..<slash]))
        }
    }

    /// Of what stands there now; nil where nothing does.
    func manifest() throws -> Manifest? {
        if let remote { return try remote.manifest(path) }
        return FileKind.at(path) == .folder ? try Manifest(of: path) : nil
    }
}
