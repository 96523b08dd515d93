import WorkerTree

/// What lies around a database that a worker opens outside the tree.
enum Neighbourhood {
    /// The code folder of another Broca that a database lies with: in it, or
    /// in the agent's folder that holds it; nil where there is none.
    ///
    /// A database in the tree is looked at with all its workers anyway.
    static func otherBroca(at database: String, than worker: Worker, _ view: TreeView) -> String? {
        guard view.relative(database) == nil else { return nil }
        var folder = parent(database)
        while !folder.isEmpty, !contains(folder, worker.codeFolder) {
            let candidates = [folder] + ((try? FileKind.names(in: folder)) ?? []).map { "\(folder)/\($0)" }
            if let found = candidates.first(where: isBroca) { return found }
            folder = parent(folder)
        }
        return nil
    }

    /// As the survey knows one.
    private static func isBroca(_ folder: String) -> Bool {
        ["main.py", "database/models.py", "runtime/core/queue.py"].allSatisfy {
            isFile("\(folder)/\($0)")
        }
    }

    private static func isFile(_ path: String) -> Bool {
        guard case .file = FileKind.at(FileKind.resolved(path) ?? path) else { return false }
        return true
    }

    private static func contains(_ folder: String, _ path: String) -> Bool {
        path == folder || path.hasPrefix(folder + "/")
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}
