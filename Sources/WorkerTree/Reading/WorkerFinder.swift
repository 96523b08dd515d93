/// Finds workers by what lies side by side, never by a folder's name; the
/// name then says which layout it is.
struct WorkerFinder {
    let root: String
    private let paths: Set<String>
    private let folders: Set<String>

    init(root: String, entries: [TreeEntry]) {
        self.root = root
        paths = Set(entries.map(\.path))
        folders = Set(entries.flatMap { Paths.upward(from: Paths.parent($0.path)).prefix { $0 != root } })
    }

    func workers(_ entries: [TreeEntry]) -> [Worker] {
        let found = entries.compactMap { entry in
            kind(of: entry).map { worker($0, Paths.parent(entry.path)) }
        }
        return found.sorted { $0.codeFolder.utf8.lexicographicallyPrecedes($1.codeFolder.utf8) }
    }

    private func kind(of entry: TreeEntry) -> WorkerKind? {
        let folder = Paths.parent(entry.path)
        switch entry.name {
        case "main.py": return has(folder, "database/models.py", "runtime/core/queue.py") ? .broca : nil
        case "smcp.py": return has(folder, "governor.py") || has(folder, "smcp_stdio.py") ? .smcp : nil
        case "env.paths":
            let hasStart = paths.contains { Paths.parent($0) == folder && $0.hasSuffix("-stdio.sh") }
            return hasStart ? .otto : nil
        default: return nil
        }
    }

    private func has(_ folder: String, _ names: String...) -> Bool {
        names.allSatisfy { paths.contains(Paths.join(folder, $0)) }
    }

    private func worker(_ kind: WorkerKind, _ code: String) -> Worker {
        let parent = Paths.parent(code)
        let above = Paths.parent(parent)
        if kind == .otto {
            return Worker(
                kind: kind, layout: .otto, name: Paths.name(parent), codeFolder: code, folder: code)
        }
        if Paths.name(code) == "app" {
            let isOneAgents = Self.isAgent(Paths.name(above)) || Paths.name(Paths.parent(above)) == "agents"
            return Worker(
                kind: kind, layout: .installer, name: Paths.name(isOneAgents ? above : parent),
                codeFolder: code, folder: parent, agentFolder: isOneAgents ? above : nil)
        }
        if Paths.name(above) == "agents" { return oneAgents(kind, .production, code) }
        if Self.isAgent(Paths.name(parent)) { return oneAgents(kind, .folderPerAgent, code) }
        var worker = Worker(
            kind: kind, layout: .alone, name: Paths.name(code), codeFolder: code, folder: code)
        worker.agentFolders = folders.filter { Paths.parent($0) == code && Self.isAgent(Paths.name($0)) }
            .sorted()
        if !worker.agentFolders.isEmpty { worker.layout = .sharedCode }
        return worker
    }

    private func oneAgents(_ kind: WorkerKind, _ layout: TreeLayout, _ code: String) -> Worker {
        let agent = Paths.parent(code)
        return Worker(
            kind: kind, layout: layout, name: Paths.name(agent), codeFolder: code, folder: code,
            agentFolder: agent)
    }

    /// `agent-` and something behind it.
    static func isAgent(_ name: String) -> Bool { name.hasPrefix("agent-") && name.count > 6 }
}
