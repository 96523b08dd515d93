import LettaModel
import WorkerTree

/// Jobs of several agents that are mixed up: a move would carry that to the
/// new server, where messages and tools go on belonging to different agents.
/// Each has to be accepted by its id.
enum MixedJobs {
    /// Judged by whom they would serve after the move: `--agent` may mend it.
    static func omissions(_ workers: [Worker], _ routes: [AgentRoute]) -> [Omission] {
        let jobs = workers.compactMap { worker in
            worker.kind == .otto ? nil : worker.agentID.flatMap { $0.isEmpty ? nil : Job(worker, $0, routes) }
        }
        return folders(jobs) + twins(jobs)
    }

    private struct Job {
        let worker: Worker
        let old: String
        let new: String

        init(_ worker: Worker, _ agent: String, _ routes: [AgentRoute]) {
            self.worker = worker
            old = agent
            new = routes.first { $0.old == agent }?.new ?? agent
        }

        /// The folder that is one agent's: the agent's own, or the one in which
        /// a code folder lies.
        var home: String { worker.agentFolder ?? MixedJobs.parent(worker.codeFolder) }

        var words: String { "its \(worker.kind.rawValue) serves \(old)" }
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path
    }

    /// A Broca and an SMCP side by side that serve different agents.
    private static func folders(_ jobs: [Job]) -> [Omission] {
        Dictionary(grouping: jobs, by: \.home).sorted { $0.key < $1.key }.compactMap { home, jobs in
            guard Set(jobs.map(\.new)).count > 1, isOneAgents(jobs) else { return nil }
            let id = "mixed:\(home.split(separator: "/").last ?? "/")"
            let keys = Set(jobs.map(\.worker.kind.agentKey)).sorted().joined(separator: " and ")
            return Omission(
                id: id, class: .loss, item: "the workers of \(home), as one agent's",
                reason: jobs.map(\.words).joined(separator: ", ")
                    + ": who writes to the one has tools that act for the other",
                remedy: "set \(keys) to the same agent, or map both: --agent OLD=NEW; if it is meant so: "
                    + "--accept \(ShellWord.quoted(id))")
        }
    }

    /// Workers in a folder that bears another agent's id than they speak to: a
    /// copy of one agent's folder with the settings of another, or the other
    /// way about. A folder keeps its name when its agent has moved.
    ///
    /// - Parameter heirs: what each agent has become.
    static func misnamed(_ inventory: WorkerInventory, _ heirs: [String: Set<String>]) -> [Omission] {
        var seen: Set<String> = []
        return inventory.workers.compactMap { worker in
            guard worker.kind != .otto, let agent = worker.agentID, !agent.isEmpty,
                let folder = folderAgent(of: worker, below: inventory.root), folder != agent,
                !descends(agent, from: folder, heirs)
            else { return nil }
            let id = "mixed:\(folder):\(worker.kind.rawValue)"
            guard seen.insert(id).inserted else { return nil }
            return Omission(
                id: id, class: .loss, item: "the folder of \(folder), as that agent's",
                reason:
                    "its \(worker.kind.rawValue) in \(worker.codeFolder) serves \(agent): the folder is one "
                    + "agent's, and the settings are another's",
                remedy: "set \(worker.kind.agentKey) to the agent that is meant; if it is meant so: "
                    + "--accept \(ShellWord.quoted(id))")
        }
    }

    /// The innermost folder with an agent's id for a name.
    private static func folderAgent(of worker: Worker, below root: String) -> String? {
        let own = root.split(separator: "/").last.map(String.init) ?? ""
        let inside = TreeStage.relative(worker.codeFolder, to: root) ?? ""
        let names = [own] + inside.split(separator: "/").map(String.init)
        return names.last { AgentID.isOne($0) }
    }

    private static func descends(_ agent: String, from old: String, _ heirs: [String: Set<String>]) -> Bool {
        var (open, seen) = ([old], Set([old]))
        while let next = open.popLast() {
            for heir in heirs[next] ?? [] where seen.insert(heir).inserted { open.append(heir) }
        }
        return seen.contains(agent)
    }

    /// Outside agents' folders anything may lie side by side; only a pair is one agent's.
    private static func isOneAgents(_ jobs: [Job]) -> Bool {
        if jobs.contains(where: { $0.worker.agentFolder != nil }) { return true }
        return jobs.count { $0.worker.kind == .broca } == 1 && jobs.count { $0.worker.kind == .smcp } == 1
    }

    /// Two Brocas of one agent: two queues, and channels that answer twice.
    private static func twins(_ jobs: [Job]) -> [Omission] {
        let brocas = jobs.filter { $0.worker.kind == .broca }
        return Dictionary(grouping: brocas, by: \.new).sorted { $0.key < $1.key }.compactMap { new, jobs in
            guard jobs.count > 1 else { return nil }
            let agent = Set(jobs.map(\.old)).count == 1 ? jobs[0].old : new
            let id = "mixed:\(agent)"
            let places = jobs.map(\.worker.codeFolder).joined(separator: " and ")
            return Omission(
                id: id, class: .loss, item: "one Broca for \(agent)",
                reason: "\(places) both speak for \(agent): its users stand in two databases, and a channel "
                    + "of one is answered by an agent that knows nothing of the other's",
                remedy:
                    "set AGENT_ID in the one that is another agent's, or move one of them alone; if it is "
                    + "meant so: --accept \(ShellWord.quoted(id))")
        }
    }
}
