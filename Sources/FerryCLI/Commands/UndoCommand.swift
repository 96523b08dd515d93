import HostSetup
import Journal
import LettaModel
import LosslessJSON
import Migration
import Workers

/// `ferry undo`.
enum UndoCommand {
    static let spec = CommandSpec(
        path: ["undo"], summary: "take a run back: remove what it made, put back what it overwrote",
        arguments: [ArgumentSpec(name: "RUN", help: "a run of `ferry runs`")],
        flags: [
            FlagSpec(
                name: "discard-newer",
                help: "remove it although it holds something newer than the run; that is kept aside first"),
            FlagSpec(name: "yes", short: "y", help: "do not ask"),
        ],
        discussion: """
            Removes from the target the agent, blocks, tools and archive that the run made, and nothing else;
            a tool that it overwrote gets its old source back. What other agents use by now is left, and
            named. An agent that was used since the run is not removed unless --discard-newer says so. Of a run
            of `ferry workers move`: the folder, identities and blocks that it made; a silenced source gets its
            tokens back.
            """,
        examples: [.init(command: "ferry undo 1m4x7q2", meaning: "as if the move had never been")]
    ) { invocation, world in
        let printer = ProgressPrinter(world)
        let resolver = ServerResolver(world: world, progress: printer)
        let begun = try await Session.with(world, printer) {
            try await $0.journal.run(try invocation.required(0))
        }
        if begun.draft.job == WorkersEngine.job {
            return try await WorkersMoveCommand.undo(begun, invocation, world)
        }
        if begun.draft.job == BackupInstaller.job {
            return try await HostBackupInstallCommand.undo(begun, invocation, world)
        }
        if begun.draft.job == HostApply.job {
            return try await HostApplyCommand.undo(begun, invocation, world)
        }
        if begun.draft.job == DoctorRun.job { return try await DoctorRun.undo(begun, world) }
        let asks = !invocation.has("yes") && Question.canAsk(world)
        let order = UndoOrder(discardsNewer: invocation.has("discard-newer")) { plan in
            try confirm(plan, world, asks: asks)
        }
        let result = try await Session.with(world, printer) { engine in
            let run = try await engine.journal.run(try invocation.required(0))
            guard let target = run.draft.target?.name, run.draft.job != "verify" else {
                throw Failure(
                    .runNotUndoable, subject: run.id.description,
                    reason: "a \(run.draft.job) made nothing that could be taken back",
                    remedy: "ferry show \(run.id)")
            }
            return try await engine.undo(
                run, at: try resolver.target(target, canWrite: true),
                readable: try resolver.source(target, .to, canWrite: true),
                source: try await engine.mayHaveLeftReader(run)
                    ? try run.draft.source.map { try resolver.source($0.name, canWrite: true) } : nil, order)
        }
        world.terminal.out(world.options.isJSON ? json(result).text() + "\n" : text(result))
        return result.left.isEmpty ? .clean : .findings
    }

    private static func confirm(_ plan: UndoPlan, _ world: World, asks: Bool) throws -> Bool {
        guard !plan.isEmpty, asks else { return true }
        let lines =
            plan.removals.map { "  \($0.isTakenOff ? "takes off" : "removes")  \($0.sentence)" }
            + plan.restorations.map { "  puts back  \($0.sentence)" }
            + plan.left.map { "  leaves  \($0.item.sentence): \($0.reason)" }
        let question =
            plan.removals.isEmpty
            ? "Put back \(plan.restorations.count.counted("thing"))? [y/N] "
            : "Take \(plan.removals.count.counted("thing")) away? [y/N] "
        return try Question.ask(lines.map(Printable.escaped), question, world)
    }

    private static func text(_ result: UndoResult) -> String {
        var lines = result.removed.map {
            $0.isTakenOff
                ? "taken off  \($0.sentence), which stays on the server" : "removed    \($0.sentence)"
        }
        lines += result.restored.map { "put back   \($0.sentence)" }
        lines += result.left.map { "left       \($0.item.sentence): \($0.reason)" }
        if let rows = result.replacedContext {
            lines.append("context    was \(rows.count.counted("row")): \(rows.joined(separator: " "))")
        }
        if let copy = result.safetyCopy { lines.append("snapshot   \(copy)") }
        return (lines + [result.run.verdict ?? ""]).map { $0 + "\n" }.joined()
    }

    private static func json(_ result: UndoResult) -> JSONNode {
        var node: JSONNode = [
            "schema": "ferry.undo/1", "run": .string(result.run.id.description),
            "status": .string(result.run.status.rawValue),
            "removed": .array(result.removed.map(item)), "restored": .array(result.restored.map(item)),
            "left": .array(
                result.left.map { left in
                    var node = item(left.item)
                    node["reason"] = .string(left.reason)
                    return node
                }),
            "snapshot": result.safetyCopy.map { .string($0) } ?? .null,
            "verdict": .string(result.run.verdict ?? ""),
        ]
        node["replaced_context"] = result.replacedContext.map { .array($0.map { .string($0) }) }
        return node
    }

    private static func item(_ item: UndoItem) -> JSONNode {
        ["kind": .string(item.kind.rawValue), "id": .string(item.id), "name": .string(item.name)]
    }
}
