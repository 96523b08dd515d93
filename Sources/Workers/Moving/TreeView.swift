import LettaModel
import WorkerTree

/// A tree as it was looked at, and where it really stands.
struct TreeView: Sendable {
    let inventory: WorkerInventory
    /// As the tree's own files call it: with and without links, and on the
    /// host that it came from.
    let names: [String]

    var root: String { inventory.root }

    var brocas: [Worker] { inventory.workers.filter { $0.kind == .broca } }

    /// Every file once, folders' own entries included.
    var files: [TreeFile] {
        var seen: Set<String> = []
        return (inventory.files + inventory.workers.flatMap(\.files))
            .filter { seen.insert($0.path).inserted }
            .sorted { $0.path < $1.path }
    }

    /// Broca's databases with their workers; a shared one stands once.
    var databases: [(path: String, workers: [Worker])] {
        var found: [(path: String, workers: [Worker])] = []
        for worker in brocas {
            guard let path = worker.database?.path else { continue }
            if let place = found.firstIndex(where: { $0.path == path }) {
                found[place].workers.append(worker)
            } else {
                found.append((path, [worker]))
            }
        }
        return found
    }

    func relative(_ path: String) -> String? { TreeStage.relative(path, to: root) }

    /// Where a database will lie in the tree: where it lay, or with the code
    /// that opens it.
    func place(of database: String, _ worker: Worker) -> String {
        if let inside = relative(database) { return inside }
        // A link in the tree becomes the file that it led to.
        if let link = worker.database?.linkedFrom, let inside = relative(link) { return inside }
        let folder = relative(worker.codeFolder) ?? ""
        return folder.isEmpty ? "sanctum.db" : "\(folder)/sanctum.db"
    }

    /// Databases of other programs in the tree that come along.
    var stores: [OtherStore] {
        let state = Set(files.filter { $0.class == .state }.map(\.path))
        return inventory.stores.filter {
            $0.isDatabase && $0.rule.fate == .moved && relative($0.path) != nil && state.contains($0.path)
        }
    }

    /// In the tree, and to stay where they are.
    var storesLeft: [OtherStore] {
        inventory.stores.filter { $0.rule.fate == .left && relative($0.path) != nil }
    }

    /// SQLite files of the tree that are no plain files to a move: copied by
    /// SQLite's own means, or left.
    var databaseFiles: Set<String> {
        let paths = databases.map(\.path) + (stores + storesLeft.filter(\.isDatabase)).map(\.path)
        return Set(paths.flatMap { path in ["", "-wal", "-shm", "-journal"].map { path + $0 } })
    }

    /// Names of databases that are links, or go through one.
    var databaseLinks: [String] { brocas.compactMap { $0.database?.linkedFrom } }

    var agents: [String] {
        inventory.workers.compactMap(\.agentID).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
