import LettaModel
import WorkerTree

/// Every value of the old place that the tree's files may hold, and what
/// stands for it.
enum Replacements {
    /// - Parameters names: the tree's own path in its spellings.
    static func of(
        _ view: TreeView, routes: [AgentRoute], server: String, destination: String, token: Secret?
    ) -> [Replacement] {
        var found = routes.map { Replacement(kind: .agentID, old: $0.old, new: $0.new) }
        found += view.names.map { Replacement(kind: .path, old: $0, new: destination) }
        found += urls(view).map { Replacement(kind: .serverURL, old: $0, new: server) }
        if let token {
            found += tokens(view).map { Replacement(kind: .token, old: $0, new: token.reveal()) }
        }
        found += outsideDatabases(view, destination)
        for place in places(view, named: routes.map(\.old)) {
            found += view.names.map {
                Replacement(kind: .path, old: "\($0)/\(place)", new: "\(destination)/\(place)")
            }
        }
        var seen: Set<String> = []
        return found.filter { seen.insert($0.old).inserted }
    }

    /// Files and folders of the tree that bear an agent's id in their name,
    /// relative to it: they keep that name, whatever id stands in it.
    static func places(_ view: TreeView, named ids: [String]) -> [String] {
        var found: Set<String> = []
        for place in view.files.compactMap({ view.relative($0.path) }) {
            var path = ""
            for part in place.split(separator: "/") {
                path += path.isEmpty ? "\(part)" : "/\(part)"
                if ids.contains(where: { part.contains($0) }) { found.insert(path) }
            }
        }
        return found.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// What a rewriter of the tree's texts passes over. One that stays where it
    /// is by its full name, too.
    static func kept(_ view: TreeView, named ids: [String], at roots: [String]) -> [String] {
        let places = places(view, named: ids)
        return roots.flatMap { root in places.map { "\(root)/\($0)" } } + places
    }

    /// Without `/v1` and trailing slash: what follows stays as it is.
    static func urls(_ view: TreeView) -> [String] {
        values(view, .serverURL).map(root).filter { $0.contains("://") && $0.last != "$" }
    }

    /// Hosts of the old URLs, as they stand alone in a text; none that the new
    /// server has too, and none of this very machine.
    static func oldHosts(_ values: [String], server: String) -> [String] {
        var found: [String] = []
        for url in values where url.contains("://") {
            let host = ToolServerAddress.host(of: url)
            guard !host.isEmpty, host != ToolServerAddress.host(of: server), !found.contains(host),
                !ToolServerAddress.isLoopback(url)
            else { continue }
            found.append(host)
        }
        return found
    }

    private static func root(_ url: String) -> String {
        var url = url[...]
        while url.last == "/" { url.removeLast() }
        if url.hasSuffix("/v1") { url.removeLast(3) }
        while url.last == "/" { url.removeLast() }
        return String(url)
    }

    /// Short ones would be found in other words: they are left, and said.
    static func tokens(_ view: TreeView) -> [String] {
        values(view, .serverToken).filter { $0.utf8.count >= 6 }
    }

    static func values(_ view: TreeView, _ role: SettingRole) -> [String] {
        var found: [String] = []
        for setting in view.inventory.workers.flatMap(\.settings) where setting.role == role {
            for value in [setting.value].compactMap({ $0 }) + setting.shadowed.map(\.value) {
                if !value.isEmpty, !found.contains(value.text) { found.append(value.text) }
            }
        }
        return found
    }

    /// A database that lay elsewhere comes into the tree.
    private static func outsideDatabases(_ view: TreeView, _ destination: String) -> [Replacement] {
        view.databases.flatMap { database -> [Replacement] in
            guard let worker = database.workers.first else { return [] }
            let outside = view.relative(database.path) == nil ? [database.path] : []
            let links = database.workers.compactMap { $0.database?.linkedFrom }
            return (outside + links).map {
                Replacement(
                    kind: .path, old: $0, new: "\(destination)/\(view.place(of: database.path, worker))")
            }
        }
    }
}
