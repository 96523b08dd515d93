import Journal
import LettaModel
import LosslessJSON
import Migration

/// `ferry runs`, `runs rm`.
enum RunsCommands {
    static let list = CommandSpec(
        path: ["runs"], summary: "list all runs, newest first",
        examples: [.init(command: "ferry runs", meaning: "what ran, and what came of it")]
    ) { invocation, world in
        let runs = try await Session.with(world, ProgressPrinter(world)) { try await $0.journal.runs() }
        if world.options.isJSON {
            world.terminal.out(
                (["schema": "ferry.runs/1", "runs": .array(runs.map(RunJSON.of))] as JSONNode).text() + "\n")
        } else if runs.isEmpty {
            world.terminal.out("no runs yet\n")
        } else {
            world.terminal.out(Columns.render(runs.map(row)))
        }
        return .clean
    }

    static let remove = CommandSpec(
        path: ["runs", "rm"],
        summary: "forget a run: its journal and its report; nothing on a server changes",
        arguments: [ArgumentSpec(name: "RUN", help: "a run of `ferry runs`")],
        flags: [FlagSpec(name: "force", help: "forget it although something could still be needed")],
        examples: [.init(command: "ferry runs rm 1m4x7q2", meaning: "a run that you need no more")]
    ) { invocation, world in
        let removal = try await Session.with(world, ProgressPrinter(world)) { engine in
            let run = try await engine.journal.run(try invocation.required(0))
            return (run.id, try await engine.journal.remove(run.id, isForced: invocation.has("force")))
        }
        switch removal.1 {
        case .removed(let lost):
            let removed: JSONNode = [
                "schema": "ferry.run-removed/1", "run": .string(removal.0.description),
                "lost": .array(lost.map { .string($0) }),
            ]
            world.terminal.out(
                world.options.isJSON
                    ? removed.text() + "\n"
                    : lost.map { "lost: \($0)\n" }.joined() + "forgot \(removal.0)\n")
            return .clean
        case .refused(let losing):
            throw Failure(
                .runNeeded, subject: removal.0.description,
                reason: "forgetting it would lose: \(losing.joined(separator: "; "))",
                remedy: "ferry runs rm \(removal.0) --force, if you are sure")
        }
    }

    private static func row(_ run: RunRecord) -> [String] {
        let when = run.createdAt.text.prefix(16).replacing("T", with: " ")
        let way = [run.draft.source?.name, run.draft.target?.name].compactMap { $0 }.joined(separator: " -> ")
        return [
            run.id.description, String(when), run.draft.job, run.draft.agentName ?? "", way,
            run.shownStatus.rawValue,
        ]
    }
}
