import Home
import LettaModel
import WorkerTree

/// The proof that no worker of a tree writes: nobody has a database open, and
/// the lock to write is free. Asked before the copy and again before its end.
struct Stillness: Sendable {
    let view: TreeView

    /// - Returns: nil where everything stands still.
    func refusal() throws -> Failure? {
        let all = Holders.all(view.databases.map(\.path) + view.stores.map(\.path))
        for database in view.databases {
            let name = database.workers.first?.name ?? "broca"
            let holders = all[database.path] ?? Holders()
            if !holders.isNobody { return Refusals.running(database.path, holders.words, name: name) }
            if holders.hidden > 0 { return Refusals.hidden(database.path, count: holders.hidden) }
            if try !WriteLock.isFree(database.path) { return Refusals.locked(database.path, name: name) }
        }
        for store in view.stores {
            let holders = all[store.path] ?? Holders()
            if !holders.isNobody {
                return Refusals.running(store.path, holders.words, name: store.kind.rawValue)
            }
            if try !WriteLock.isFree(store.path) {
                return Refusals.locked(store.path, name: store.kind.rawValue)
            }
        }
        for worker in view.brocas {
            if let process = worker.running.processes.first {
                return Refusals.running(
                    worker.codeFolder, "process \(process.pid) (\(process.program))", name: worker.name)
            }
        }
        return nil
    }
}
