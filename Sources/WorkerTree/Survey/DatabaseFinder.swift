import LettaModel

/// Which database a Broca would open, by its own rules.
struct DatabaseFinder {
    struct Place: Equatable {
        var path: String
        var foundBy: DatabaseFacts.Discovery
        /// The setting's path where the file lies elsewhere: the tree was, or
        /// is mounted, under another folder.
        var formerPath: String?
    }

    let root: String
    let entries: [TreeEntry]

    /// - Parameters:
    ///   - worker: with its settings and its working folder.
    ///   - runners: its processes, which show what is really open.
    func place(_ worker: Worker, runners: [ProcessFacts]) -> Place {
        let place = configured(worker)
        for process in runners {
            let open = process.open.map(\.path).filter { $0.hasSuffix(".db") }
            if open.contains(place.path) { continue }
            if let other = open.first {
                return Place(path: other, foundBy: .openFile(pid: process.pid), formerPath: nil)
            }
        }
        return place
    }

    private func configured(_ worker: Worker) -> Place {
        for key in ["TEST_DB_PATH", "DB_PATH"] {
            guard let text = worker.setting(key)?.value?.text, !text.isEmpty else { continue }
            let path = Paths.resolved(text, in: worker.workFolder)
            if SystemFile.status(path) == nil, let moved = sameInTree(path) {
                return Place(path: moved, foundBy: .setting(key: key), formerPath: path)
            }
            return Place(path: path, foundBy: .setting(key: key), formerPath: nil)
        }
        return Place(
            path: Paths.join(worker.codeFolder, "sanctum.db"), foundBy: .codeFolder, formerPath: nil)
    }

    private func sameInTree(_ path: String) -> String? {
        entries.first { $0.shape == .file && Paths.isSamePlace(path, as: $0.path, below: root) }?.path
    }
}
