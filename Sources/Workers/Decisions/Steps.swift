import LettaModel
import WorkerTree

/// What a person does after a move, in the order that lets no message reach
/// two agents: the source is silenced before a channel of the target opens.
enum Steps {
    static func list(
        _ plan: WorkersPlan, _ order: WorkersOrder, _ view: TreeView, at server: String
    ) -> [String] {
        guard view.inventory.workers.contains(where: { $0.kind != .otto }) else {
            return otto(plan, server)
        }
        let check =
            "ferry workers check \(ShellWord.quoted(plan.destination)) --at \(ShellWord.quoted(server))"
        var steps = [
            "keep the source stopped for good: systemctl disable --now UNIT && systemctl mask UNIT, "
                + "pm2 delete NAME && pm2 save, or take its line out of the crontab"
        ]
        if !order.retires { steps.append(silence) }
        steps.append(contentsOf: bridge(order, view))
        steps.append(environment(plan, view))
        steps.append("compare: \(check)")
        for worker in view.inventory.workers where worker.kind == .smcp {
            steps.append("start \(worker.name)'s tools first: \(start(worker, plan, view))")
        }
        for worker in view.brocas {
            let folder = path(worker.codeFolder, plan, view)
            let on = ShellWord.quoted("\(folder)/plugins")
            let off = ShellWord.quoted("\(folder)/plugins.off")
            steps.append(
                "\(worker.name)'s first start, without channels: mv \(on) \(off) && mkdir \(on), "
                    + "then \(start(worker, plan, view)); stop it again after a minute without an error")
            steps.append(
                "open \(worker.name)'s channels: rmdir \(on) && mv \(off) \(on), then start it"
            )
        }
        steps.append("watch for a quarter of an hour that no row is tried twice: \(check)")
        return steps
    }

    /// Units of `ferry host apply` start the one at the top of the place.
    private static func environment(_ plan: WorkersPlan, _ view: TreeView) -> String {
        let venv = ShellWord.quoted("\(plan.destination)/venv")
        let isRecorded = view.inventory.workers.contains { !$0.code.packages.isEmpty }
        let wanted = Set(view.inventory.workers.map { $0.codeFolder + "/requirements.txt" })
        let own = view.files.map(\.path).filter(wanted.contains).compactMap { view.relative($0) }
        let lists = (isRecorded ? [Omissions.packages] : own.sorted()).map {
            " -r " + ShellWord.quoted("\(plan.destination)/\($0)")
        }
        let install =
            lists.isEmpty
            ? " -r FILE, of what pip freeze says in the old one" : lists.joined()
        return
            "make the environments anew, as the list of what stays behind says; the units of ferry host apply "
            + "start this one: /usr/bin/python3 -m venv \(venv) && \(venv)/bin/pip install\(install)"
    }

    /// Done by `--retire`, now or later.
    static let silence =
        "take the channels' tokens out of the source before a channel opens here: "
        + "the same ferry workers move with --retire, or by hand"

    /// The web chat's first poll after a start throws one waiting message away.
    private static func bridge(_ order: WorkersOrder, _ view: TreeView) -> [String] {
        let isPolled = view.inventory.workers.contains { worker in
            ["WEB_CHAT_API_URL", "TASKS_Q_BRIDGE_API_URL"].contains {
                worker.setting($0)?.value?.isEmpty == false
            }
        }
        guard isPolled else { return [] }
        guard order.bridgeDatabase == nil else {
            return [
                "after the first start, compare the web chat's inbox with its copy, bridge.db in the run's folder, "
                    + "and put back the row that the first poll took, if Broca does not have it"
            ]
        }
        return [
            "save the web chat's waiting rows on its host before the first start, which throws one away: "
                + "sqlite3 BRIDGE.db \".backup bridge-before.db\""
        ]
    }

    private static func otto(_ plan: WorkersPlan, _ server: String) -> [String] {
        [
            "run its installer on the new host; it makes the environment and the links",
            "compare: ferry workers check \(ShellWord.quoted(plan.destination)) --at \(ShellWord.quoted(server))",
        ]
    }

    /// By the tree's own script, where it has one; it sets what the program
    /// reads from its environment.
    private static func start(_ worker: Worker, _ plan: WorkersPlan, _ view: TreeView) -> String {
        let script = worker.starters.first { $0.kind == .script }.flatMap { view.relative($0.path) }
        if let script {
            let isExecutable = view.files.contains {
                view.relative($0.path) == script && $0.mode & 0o100 != 0
            }
            return (isExecutable ? "" : "bash ") + ShellWord.quoted("\(plan.destination)/\(script)")
        }
        let folder = ShellWord.quoted(path(worker.codeFolder, plan, view))
        return "cd \(folder) && python \(worker.kind == .broca ? "main.py" : "smcp.py")"
    }

    private static func path(_ folder: String, _ plan: WorkersPlan, _ view: TreeView) -> String {
        guard let place = view.relative(folder), !place.isEmpty else { return plan.destination }
        return "\(plan.destination)/\(place)"
    }
}
