import LettaModel
import WorkerTree

/// Addresses of "this very machine" that will be another machine's after a
/// move from one host to another.
enum LoopbackNotes {
    static func of(_ view: TreeView, _ order: WorkersOrder, target: String) -> [String] {
        let (from, to) = (Place(order.path).host, Place(order.destination).host)
        guard from != to else { return [] }
        var found: [String] = []
        if to != nil, ToolServerAddress.isLoopback(target) {
            found.append(
                "\(target): is the new host's own loopback for the workers; if the server is elsewhere, "
                    + "name it with --at by an address that the new host reaches")
        }
        for worker in view.inventory.workers {
            for setting in worker.settings where setting.role == .url {
                guard let value = setting.value?.text, ToolServerAddress.isLoopback(value) else { continue }
                found.append(
                    "\(worker.name) \(setting.key): is \(ShownURL.shown(value)), which is the new host's own "
                        + "loopback after the move; set it there to where that service is")
            }
        }
        return found
    }
}
