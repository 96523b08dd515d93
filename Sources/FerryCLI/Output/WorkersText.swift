import Journal
import LettaModel
import WorkerTree
import Workers

/// What moves of workers say to a person.
enum WorkersText {
    static func plan(_ plan: WorkersPlan) -> String {
        var text = "\(plan.source) -> \(plan.destination), speaking to \(plan.server)\n\n"
        text += "Workers\n" + Columns.render(plan.workers.map(worker))
        text += section(
            "Copied",
            plan.copied.map {
                ["  \($0.class.rawValue)", $0.files.counted("file"), Measures.bytes($0.bytes)]
            })
        text += section(
            "Rewritten", plan.rewrites.map { ["  \($0.file):\($0.line)", $0.key, "\($0.old) -> \($0.new)"] })
        text += section("Users", users(plan))
        text += section("Queue", plan.workers.flatMap { worker in worker.queue.map { row(worker.name, $0) } })
        text += section(
            "Left behind",
            plan.omissions.map {
                ["  \($0.item)", $0.class == .loss ? "LOSS \($0.id)" : "", "\($0.reason); \($0.remedy)"]
            })
        text += section("Notes", plan.notes.map { ["  \($0)"] })
        text += section(
            "Refused",
            plan.refusals.map { ["  \($0.subject)", "\($0.reason) [\($0.code.rawValue)]", $0.remedy] })
        return text + steps(plan.steps)
    }

    private static func worker(_ worker: PlannedWorker) -> [String] {
        let rows = worker.counts.map { "\(($0.rows["queue"] ?? 0).counted("row")) in its queue" } ?? ""
        return [
            "  \(worker.name)", worker.kind.rawValue,
            "\(worker.oldAgent ?? "no agent") -> \(worker.newAgent ?? "?")", rows,
            worker.commit.map { "code \($0.prefix(10))" } ?? "",
        ]
    }

    private static func users(_ plan: WorkersPlan) -> [[String]] {
        let things = plan.users.map { thing in
            [
                "  \(thing.name)", thing.kind.rawValue, thing.fate.rawValue,
                "\(thing.oldID) -> \(thing.newID ?? "new")",
            ]
        }
        return things
            + (plan.orphans == 0
                ? [] : [["  \(plan.orphans.counted("user")) without a profile", "left as they are"]])
    }

    private static func row(_ worker: String, _ fate: QueueFate) -> [String] {
        [
            "  \(worker) row \(fate.row)",
            fate.status == fate.newStatus ? fate.status : "\(fate.status) -> \(fate.newStatus)",
            fate.notice?.meaning ?? "",
        ]
    }

    static func result(_ result: WorkersResult) -> String {
        let expectation = result.expectation
        var text = "moved: \(result.destination), run \(result.run.id)\n"
        text += Columns.render(
            expectation.programs.map {
                [
                    "  \($0.name)", $0.kind, "serves \($0.agent ?? "no agent")",
                    $0.commit.map { "code \($0.prefix(10))" } ?? "",
                ]
            })
        text +=
            "  \(expectation.things.count.counted("thing")) of users led to the server, \(expectation.rewrites.counted("value")) rewritten\n"
        if let copy = result.bridgeCopy { text += "  the web chat's database was saved: \(copy)\n" }
        text += section(
            "Look at these rows", expectation.notices.map { ["  \($0.worker) row \($0.row)", $0.meaning] })
        return text + steps(expectation.steps)
    }

    static func check(_ check: WorkersCheck) -> String {
        let bad = check.findings.filter { !$0.isGood }
        var text = check.run.map { "made by run \($0)\n" } ?? "no run of this journal made \(check.folder)\n"
        text += Columns.render(
            check.findings.map {
                [
                    $0.isPending ? "  wait" : !$0.isSeen ? "  ?" : $0.isGood ? "  ok" : "  BAD",
                    $0.kind.rawValue, $0.subject, $0.text,
                    $0.remedy,
                ]
            })
        let pending = check.findings.count(where: \.isPending)
        if pending > 0 { text += "\(pending.counted("thing")) to be seen after the first start\n" }
        let unseen = check.findings.count { !$0.isSeen && !$0.isPending }
        if unseen > 0 { text += "\(unseen.counted("thing")) could not be looked at from here\n" }
        text +=
            bad.isEmpty
            ? "everything that was looked at is as it must be\n" : "\(bad.count.counted("finding"))\n"
        return text + steps(check.steps)
    }

    static func undone(_ run: RunRecord, _ undone: WorkersUndone) -> String {
        let left = undone.left.map { "left  \($0)" }
        return (undone.done + left + ["undone: \(run.id)"]).map { Printable.escaped($0) + "\n" }.joined()
    }

    static func who(_ found: [WorkersWho]) -> String {
        Columns.render(
            found.map { [$0.isWrong ? "WRONG" : "ok", $0.worker, $0.kind, line($0)] })
    }

    static func line(_ who: WorkersWho) -> String {
        let others = who.isRetired ? [] : who.otherAgents
        return sentence(who) + (others.isEmpty ? "" : "; but " + others.joined(separator: ", "))
    }

    private static func sentence(_ who: WorkersWho) -> String {
        let agent = who.agentName.map { "\($0) (\(who.agent ?? ""))" } ?? who.agent ?? "no agent"
        let place = "\(who.kind) speaks to \(agent) at \(who.server ?? "no server")"
        if who.isRetired { return place + "; retired" }
        switch who.standing {
        case .right: return place + (who.run.map { ", made by run \($0)" } ?? "")
        case .moved:
            return place + ", which has moved: it is \(who.expected ?? "") now, by run \(who.run ?? "")"
        case .another:
            return place + ", and run \(who.run ?? "") gave it \(who.expected ?? "another")"
        case .otherServer: return place + ", another server"
        case .gone: return place + ", which has no such agent"
        case .unmoved: return place + ", which no run made"
        case .none where who.isWrong: return place + ": nothing says which agent it serves"
        case .none: return place + ": nothing says which, so it takes the secrets of all of them"
        }
    }

    private static func section(_ title: String, _ rows: [[String]]) -> String {
        rows.isEmpty ? "" : "\n\(title)\n" + Columns.render(rows)
    }

    private static func steps(_ steps: [String]) -> String {
        guard !steps.isEmpty else { return "" }
        return "\nIn this order\n"
            + steps.enumerated().map { "  \($0 + 1). \(Printable.escaped($1))\n" }.joined()
    }
}
