import Home
import LettaModel
import WorkerTree

/// The proof that no worker of a tree writes: nobody has a database open, and
/// the lock to write is free. Asked before the copy and again before its end.
struct Stillness: Sendable {
    let view: TreeView

    /// - Returns: nil where everything stands still.
    func refusal() throws -> Failure? {
        for database in view.databases {
            let name = database.workers.first?.name ?? "broca"
            let holders = Holders.of(database.path)
            if !holders.isNobody { return Refusals.running(database.path, holders.words, name: name) }
            if holders.hidden > 0 { return Refusals.hidden(database.path, count: holders.hidden) }
            if try !WriteLock.isFree(database.path) { return Refusals.locked(database.path, name: name) }
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
