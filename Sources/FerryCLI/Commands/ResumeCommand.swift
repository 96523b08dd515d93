import Home
import HostSetup
import Journal
import LettaModel
import Migration
import Workers

/// `ferry resume`.
enum ResumeCommand {
    static let spec = CommandSpec(
        path: ["resume"], summary: "go on with a run that was stopped",
        arguments: [
            ArgumentSpec(
                name: "RUN", help: "a run of `ferry runs`; the newest incomplete one by default",
                isRequired: false)
        ],
        flags: LoadFlags.choices.filter { $0.name == "secret" },
        discussion: """
            Goes on with the choices of the run. Each step whose outcome is not known is looked at on the
            server before anything is sent again, so nothing is made twice. Secrets are not kept in the
            journal: those that came from the environment are read from it again, those from a file must
            be named again.
            """,
        examples: [.init(command: "ferry resume", meaning: "the newest run that is incomplete")]
    ) { invocation, world in
        let printer = ProgressPrinter(world)
        let begun = try await Session.with(world, printer) {
            try await run(invocation.argument(0), $0.journal)
        }
        if begun.draft.job == WorkersEngine.job {
            return try await WorkersMoveCommand.resume(begun, invocation, world)
        }
        if begun.draft.job == BackupInstaller.job {
            throw Failure(
                .runNotResumable, subject: begun.id.description, reason: "two files are put anew as quickly",
                remedy: "ferry host backup install again, or take it back: ferry undo \(begun.id)")
        }
        if begun.draft.job == HostApply.job { return try await HostApplyCommand.resume(begun, world) }
        // A look is not gone on with; what it left is taken away.
        if begun.draft.job == DoctorRun.job { return try await DoctorRun.undo(begun, world) }
        if begun.draft.job == Engine.repairJob {
            return try await RepairCommand.resume(begun, world, printer)
        }
        if begun.draft.job == Engine.healJob { return try await HealCommand.resume(begun, world, printer) }
        let resolver = ServerResolver(world: world, progress: printer)
        let (result, asked) = try await Session.with(world, printer) { engine in
            let run = try await run(invocation.argument(0), engine.journal)
            var order = run.resumeOrder
            let names = invocation.values("secret")
            let missing = run.draft.choices.secretNames.filter { name in
                !names.contains { SecretReader.name(of: $0) == name }
            }
            order.secrets = try SecretReader(environment: world.environment).values(of: names + missing)
            let source = try run.draft.source.map { try resolver.source($0.name, canWrite: true) }
            let target = try run.draft.target.map { try resolver.target($0.name, canWrite: true) }
            return (try await engine.resume(run, from: source, to: target, order), order)
        }
        let code = try RunPresenter(
            world: world, command: invocation.text, choices: asked.choices, stages: printer.stages.stages()
        ).present(result)
        guard result.run.draft.job == "move", let name = result.run.draft.target?.name else { return code }
        let target = try resolver.target(name, canWrite: false)
        let stale = await WorkersStale.after(result.run, named: asked.workers, target, world, printer)
        stale.show(world)
        return stale.code(code)
    }

    private static func run(_ text: String?, _ journal: RunJournal) async throws -> RunRecord {
        if let text { return try check(try await journal.run(text)) }
        guard
            let newest = try await journal.runs().first(where: {
                !$0.status.isEnded && $0.status != .undoing && $0.draft.job != DoctorRun.job
            })
        else {
            throw Failure(
                .runUnknown, subject: "ferry resume", reason: "no run is incomplete",
                remedy: "see them all: ferry runs")
        }
        return newest
    }

    private static func check(_ run: RunRecord) throws -> RunRecord {
        let isLoad = ["move", "load"].contains(run.draft.job)
        let goesOn = !run.status.isEnded || run.status == .failed || (run.status == .different && isLoad)
        guard !goesOn else { return run }
        throw Failure(
            .runNotResumable, subject: run.id.description, reason: "it has ended: \(run.status.rawValue)",
            remedy: remedy(run))
    }

    /// What can be typed for a run of this job that has ended.
    private static func remedy(_ run: RunRecord) -> String {
        let show = "see it: ferry show \(run.id)"
        let heal = "ferry heal \(run.draft.agentID ?? "AGENT") --at \(run.draft.target?.name ?? "SERVER")"
        switch (run.draft.job, run.status == .undone) {
        case ("move", true): return "start anew: ferry move AGENT --from SERVER --to SERVER"
        case ("load", true): return "start anew: ferry load FILE --to SERVER"
        case (Engine.repairJob, true): return "start anew: ferry repair AGENT --at SERVER --with FILE"
        case (Engine.healJob, true): return "start anew: \(heal)"
        case (Engine.healJob, false): return "\(show); look again: \(heal)"
        case ("move", false), ("load", false): return "\(show); compare again: ferry verify \(run.id)"
        default: return show
        }
    }
}
