import HTTPCurl
import Host
import HostSetup
import Journal
import LettaModel
import LosslessJSON

/// `ferry host apply`, and what resume and undo do with its runs.
enum HostApplyCommand {
    static let spec = CommandSpec(
        path: ["host", "apply"], summary: "do what a plan says, prove it, and put all back if it fails",
        arguments: [
            ArgumentSpec(
                name: "FILE", help: "a plan that was saved and reviewed; without it one is made and shown",
                isRequired: false)
        ],
        flags: [
            HostFlags.config,
            FlagSpec(
                name: "root", value: "DIR",
                help: "a folder that stands for /; nothing outside of it is touched"),
            FlagSpec(name: "yes", short: "y", help: "do not ask"),
        ],
        discussion: """
            Exactly the plan: a saved one is refused where a fact behind it has changed. Files are put in one
            step each, with what stood there kept; nginx and units are tested before they are started; then
            what is served is looked at. Where a step fails everything is put back. It is a run: `ferry
            resume` goes on with one that was stopped, `ferry undo` takes it back.
            """,
        examples: [
            .init(command: "ferry host apply plan.json", meaning: "what was reviewed"),
            .init(command: "ferry host apply --yes", meaning: "plan and apply in one"),
        ]
    ) { invocation, world in
        let (prepared, path) = try await prepare(invocation)
        if prepared.plan.isDone {
            world.terminal.out(
                world.options.isJSON
                    ? json(prepared.plan).text() + "\n" : "\(prepared.plan.name): nothing to do\n")
            return .clean
        }
        guard try mayGoOn(prepared.plan, invocation, world) else {
            throw Failure(
                .usage, subject: "ferry host apply", reason: "nobody said yes; nothing was changed",
                remedy: "save a plan and look at it: ferry host plan -o FILE; or say --yes")
        }
        return try await session(world) {
            present(try await $0.apply(prepared, configPath: path), world)
        }
    }

    private static func prepare(_ invocation: Invocation) async throws -> (HostPrepared, String) {
        guard let file = invocation.argument(0) else {
            let path = HostFlags.path(invocation)
            return (try await prepare(path, HostFlags.root(invocation)), path)
        }
        for flag in ["config", "root"] where invocation.has(flag) {
            throw UsageError.badValue(
                flag, invocation.value(flag) ?? "", "the saved plan says that already", "leave --\(flag) out")
        }
        let path = AbsolutePath.of(file)
        let saved = try SavedPlan.read(path)
        let prepared = try await prepare(saved.config, saved.root)
        try saved.check(against: prepared.plan, path: path)
        return (prepared, saved.config)
    }

    private static func prepare(_ path: String, _ root: String) async throws -> HostPrepared {
        let (config, secrets) = try HostConfigStore.read(path)
        return try await HostPlanning.prepare(
            config, secrets, root: root, secretsPath: HostSecrets.path(besides: path), dialer: CurlDialer())
    }

    /// A saved plan was looked at when it was saved.
    private static func mayGoOn(_ plan: HostPlan, _ invocation: Invocation, _ world: World) throws -> Bool {
        if invocation.argument(0) != nil || invocation.has("yes") || !plan.conflicts.isEmpty { return true }
        if !world.options.isJSON { world.terminal.err(HostPlanText.text(plan, isVerbose: false)) }
        guard Question.canAsk(world) else { return false }
        return try Question.ask("Do that on \(plan.root.isEmpty ? "this host" : plan.root)? [y/N] ", world)
    }

    private static func session(
        _ world: World, _ body: @Sendable (HostApply) async throws -> ExitCode
    ) async throws -> ExitCode {
        try await withJournal(at: try world.stateFolder() + "/journal.db") { journal in
            let isSilent = world.options.isQuiet || world.options.isJSON
            let engine = HostApply(
                journal: journal, dialer: CurlDialer(), version: Version.number, now: { Int(world.now()) },
                progress: { if !isSilent { world.terminal.err("  \(Printable.escaped($0))\n") } })
            return try await body(engine)
        }
    }

    // MARK: resume and undo

    static func resume(_ run: RunRecord, _ world: World) async throws -> ExitCode {
        try await session(world) { present(try await $0.resume(run), world) }
    }

    static func undo(_ run: RunRecord, _ invocation: Invocation, _ world: World) async throws -> ExitCode {
        try await session(world) { engine in
            try checkIsWanted(try await engine.preview(ofUndo: run), run, invocation, world)
            let undone = try await engine.undo(run, discardsNewer: invocation.has("discard-newer"))
            show(undone, of: run, world)
            return undone.left.isEmpty ? .clean : .findings
        }
    }

    /// Asks where there is somebody to ask.
    ///
    /// **Errors**: `run-not-undoable` where the answer is no.
    static func checkIsWanted(
        _ lines: [String], _ run: RunRecord, _ invocation: Invocation, _ world: World
    ) throws {
        guard !invocation.has("yes"), Question.canAsk(world), !lines.isEmpty else { return }
        let question = "Take \(run.id) back on \(run.draft.target?.url ?? "this host")? [y/N] "
        guard try !Question.ask(lines.map { Printable.escaped("  \($0)") }, question, world) else { return }
        throw Failure(
            .runNotUndoable, subject: run.id.description, reason: "nobody said yes; nothing was changed",
            remedy: "ferry undo \(run.id) --yes")
    }

    static func show(_ undone: HostUndone, of run: RunRecord, _ world: World) {
        world.terminal.out(world.options.isJSON ? json(run, undone).text() + "\n" : text(run, undone))
    }

    private static func text(_ run: RunRecord, _ undone: HostUndone) -> String {
        (undone.done + undone.left.map { "left  \($0)" } + ["\(run.id): undone"])
            .map { Printable.escaped($0) + "\n" }.joined()
    }

    private static func json(_ run: RunRecord, _ undone: HostUndone) -> JSONNode {
        [
            "schema": "ferry.host-undo/1", "run": .string(run.id.description),
            "done": .array(undone.done.map { .string($0) }), "left": .array(undone.left.map { .string($0) }),
        ]
    }

    // MARK: what came of it

    private static func present(_ applied: HostApplied, _ world: World) -> ExitCode {
        world.terminal.out(
            world.options.isJSON ? json(applied).text() + "\n" : text(applied))
        return .clean
    }

    private static func text(_ applied: HostApplied) -> String {
        let findings = applied.findings.filter { $0.severity == .warning }.map {
            "warning  \($0.id)  \($0.subject): \($0.seen)"
        }
        let lines =
            findings + applied.notes.map { "note  \($0)" }
            + [
                "\(applied.run.id): \(applied.changed.count.counted("file")) put; \(applied.run.verdict ?? "")"
            ]
        return lines.map { Printable.escaped($0) + "\n" }.joined()
    }

    private static func json(_ applied: HostApplied) -> JSONNode {
        [
            "schema": "ferry.host-apply/1", "run": .string(applied.run.id.description),
            "status": .string(applied.run.status.rawValue), "verdict": .string(applied.run.verdict ?? ""),
            "changed": .array(applied.changed.map { .string($0) }),
            "warnings": .array(
                applied.findings.filter { $0.severity == .warning }.map { .string($0.id) }),
            "notes": .array(applied.notes.map { .string($0) }),
        ]
    }

    private static func json(_ plan: HostPlan) -> JSONNode {
        [
            "schema": "ferry.host-apply/1", "run": .null, "status": "nothing-to-do",
            "verdict": .string("\(plan.name): nothing to do"), "changed": [], "warnings": [], "notes": [],
        ]
    }
}
