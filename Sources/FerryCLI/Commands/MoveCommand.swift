import Home
import Journal
import LettaModel
import LettaServer
import Migration

/// `ferry move`.
enum MoveCommand {
    static let spec = CommandSpec(
        path: ["move"], summary: "copy an agent to another server and prove, item by item, that it arrived",
        arguments: [
            ArgumentSpec(
                name: "AGENT", help: "an agent's id or its name; several are moved one after the other",
                isRepeatable: true)
        ],
        flags: [
            FlagSpec(
                name: "from", value: "SERVER", help: "where it is: a name of `ferry servers`, or a URL",
                isRequired: true),
            FlagSpec(name: "to", value: "SERVER", help: "where it goes", isRequired: true),
            FlagSpec(
                name: "snapshot", value: "FILE",
                help: "where its snapshot is kept; in the data folder by default"),
            FlagSpec(
                name: "workers", value: "PATH",
                help: "a tree of Broca and SMCP: name those that still speak to the old agent afterwards",
                isRepeatable: true),
        ] + LoadFlags.choices + [LoadFlags.copySecrets] + LoadFlags.capture + LoadFlags.live + [
            LoadFlags.yes
        ],
        discussion: """
            Capture, plan, load, verify, commit, report. The agent at the source is neither changed nor
            deleted. Until everything has been compared, the agent on the target bears a temporary name.
            A run that is stopped, by whatever, goes on with `ferry resume`.

            Blocks and archives that agents share stay shared: a later move finds what an earlier one
            made, in this command or before it, and attaches it.
            """,
        examples: [
            .init(command: "ferry move ada --from cloud --to home", meaning: "the whole job"),
            .init(
                command: "ferry move ada --from cloud --to home --secret OPENAI_KEY --accept all --yes",
                meaning: "without questions; the secret's value comes from the environment"),
            .init(
                command: "ferry move ada bob --from cloud --to home",
                meaning: "two agents, and what they share"),
        ]
    ) { invocation, world in
        var order = try LoadFlags.order(invocation, world)
        order.workers = invocation.values("workers").map { WorkersFlags.place($0) }
        let printer = ProgressPrinter(world)
        let resolver = ServerResolver(world: world, progress: printer)
        let source = try resolver.source(invocation.value("from"), canWrite: true)
        let target = try resolver.target(invocation.value("to"), canWrite: true)
        // A mistyped path is said now, not after an hour.
        let workers = order.workers
        _ = try await WorkersWhoCommand.look(workers, target, world, printer)
        let asked = order
        if invocation.arguments.count > 1 {
            return try await several(
                invocation, world,
                MoveSeveral(
                    world: world, command: invocation.text, order: asked, source: source, target: target,
                    again: { invocation.of([$0]).text }))
        }
        let result = try await Session.with(world, printer) { engine in
            try await engine.move(
                try invocation.required(0), from: source, to: target,
                snapshotAt: invocation.value("snapshot").map(AbsolutePath.of), asked)
        }
        let code = try RunPresenter(
            world: world, command: invocation.text, choices: asked.choices, stages: printer.stages.stages()
        ).present(
            result)
        let stale = await WorkersStale.after(result.run, named: workers, target, world, printer)
        stale.show(world)
        return stale.code(code)
    }

    private static func several(
        _ invocation: Invocation, _ world: World, _ job: MoveSeveral
    ) async throws -> ExitCode {
        for flag in ["as", "snapshot"] where invocation.has(flag) {
            throw Failure(
                .usage, subject: "--\(flag)",
                reason: "is for one agent, and \(invocation.arguments.count.grouped) are named",
                remedy: "leave it out, or move that agent by itself")
        }
        return try await job.run(invocation.arguments)
    }
}
