/// Decides which processes are a worker, or have its database open.
struct RunningCheck {
    let snapshot: ProcessSnapshot

    static func programs(of kind: WorkerKind) -> [String] {
        kind == .broca ? ["main.py"] : ["smcp.py", "smcp_stdio.py"]
    }

    /// Processes that run the program of that folder.
    func runners(of worker: Worker) -> [ProcessFacts] {
        snapshot.processes.filter { runs($0, worker) }
    }

    private func runs(_ process: ProcessFacts, _ worker: Worker) -> Bool {
        guard isInterpreter(process.words.first) else { return false }
        return process.words.dropFirst().contains { word in
            let path = Paths.resolved(word, in: process.folder)
            if worker.kind == .otto {
                return Paths.isInside(path, worker.codeFolder) && word.hasSuffix(".sh")
            }
            return Self.programs(of: worker.kind).contains(Paths.name(path))
                && Paths.parent(path) == worker.codeFolder
        }
    }

    /// An editor that has `main.py` open does not run it.
    private func isInterpreter(_ word: String?) -> Bool {
        let name = word.map { Paths.name($0) } ?? ""
        return ["python", "uv", "bash", "sh"].contains { name.hasPrefix($0) }
    }

    /// - Parameter database: nil where the worker has none.
    func facts(_ worker: Worker, database: String?) -> RunningFacts {
        let files = database.map { path in ["", "-wal", "-shm", "-journal"].map { path + $0 } } ?? []
        let identities = Set(
            files.compactMap { SystemFile.status($0, followsLinks: true)?.identity })
        let runners = Set(runners(of: worker).map(\.pid))
        var facts = RunningFacts()
        facts.hidden = snapshot.hidden
        for process in snapshot.processes {
            var evidence: [RunningProcess.Evidence] = []
            if process.open.contains(where: { isOpen($0, files, identities) }) {
                evidence.append(.databaseOpen)
            }
            if process.open.contains(where: { $0.isDeleted && files.contains($0.path) }) {
                evidence.append(.deletedDatabaseOpen)
            }
            if runners.contains(process.pid) { evidence.append(.commandLine) }
            guard !evidence.isEmpty else { continue }
            facts.processes.append(
                RunningProcess(pid: process.pid, program: Self.shown(process), evidence: evidence))
        }
        facts.locks = snapshot.locks.filter { lock in
            identities.contains { $0.inode == lock.inode && $0.device == lock.device }
        }
        return facts
    }

    private func isOpen(
        _ file: ProcessFacts.OpenFile, _ paths: [String], _ identities: Set<FileIdentity>
    ) -> Bool {
        if file.isDeleted { return false }
        return paths.contains(file.path) || file.identity.map(identities.contains) ?? false
    }

    /// `python main.py`, and no further argument.
    static func shown(_ process: ProcessFacts) -> String {
        let program = process.words.dropFirst().first { $0.hasSuffix(".py") || $0.hasSuffix(".sh") }
        return ([process.words.first, program].compactMap { $0 }.map { Paths.name($0) }).joined(
            separator: " ")
    }
}
