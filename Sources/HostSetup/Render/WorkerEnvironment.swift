import LettaModel

/// The Python of an agent's workers. A move leaves environments behind, since
/// they hold absolute paths, so somebody makes it in its place.
struct WorkerEnvironment: Sendable {
    /// `/srv/ada`.
    let home: String

    init(_ home: String) { self.home = home }

    /// What the units start.
    var folder: String { "\(home)/venv" }

    /// Where `ferry workers move` writes what the old environments had.
    var recorded: String { "\(home)/ferry-packages.txt" }

    /// By Debian's own Python: one of somebody's home the units could not run.
    ///
    /// - Parameter lists: files of pip's, with what goes into it.
    func command(from lists: [String]? = nil) -> String {
        let lists = lists ?? [recorded]
        let words =
            lists.isEmpty
            ? " -r FILE, of what pip freeze says in the old one"
            : lists.map { " -r " + ShellWord.quoted($0) }.joined()
        return "/usr/bin/python3 -m venv \(folder) && \(folder)/bin/pip install\(words)"
    }
}

extension WorkerEnvironment {
    private static let workers = ["broca", "smcp"]

    /// Those of the agents whose workers are there, and who cannot start.
    static func lacking(_ agents: [String], _ paths: HostPaths) -> [String: [String]] {
        var found: [String: [String]] = [:]
        for agent in agents {
            let environment = WorkerEnvironment(paths.at("/srv/\(agent)"))
            let isMoved = workers.contains { HostDisk.exists("\(environment.home)/\($0)") }
            guard isMoved, !HostDisk.exists("\(environment.folder)/bin/python") else { continue }
            found[agent] = environment.lists(where: HostDisk.exists)
        }
        return found
    }

    /// What the move recorded, or else what the programs themselves ask for.
    func lists(where exists: (String) -> Bool) -> [String] {
        if exists(recorded) { return [recorded] }
        return Self.workers.map { "\(home)/\($0)/requirements.txt" }.filter(exists)
    }
}
