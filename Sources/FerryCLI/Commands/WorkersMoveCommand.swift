import Home
import Journal
import LettaModel
import LettaServer
import LosslessJSON
import Workers

/// `ferry workers move`.
enum WorkersMoveCommand {
    static let spec = CommandSpec(
        path: ["workers", "move"],
        summary: "move Broca and SMCP after their agent, with queue, users and settings",
        arguments: [WorkersFlags.path], flags: WorkersFlags.order + WorkersFlags.moving,
        discussion: """
            The workers have to stand still: ferry proves it by open files and locks, before the copy and
            again before its end. The result is built in a folder beside its place and appears by one
            rename. The source is not changed, unless --retire is given. A run that was stopped goes on
            with the same command.
            """,
        examples: [
            .init(
                command: "ferry workers move /opt/sanctum --to /srv/ada --at home --token-env HOME_TOKEN",
                meaning: "on this machine; the workers are stopped already"),
            .init(
                command:
                    "ferry workers move root@old:/opt/sanctum --to /srv/ada --at home --token-env HOME_TOKEN --retire",
                meaning: "from another machine, whose channels are silenced"),
        ]
    ) { invocation, world in
        let order = try WorkersFlags.order(invocation, world)
        let printer = ProgressPrinter(world)
        let result = try await WorkersSession.with(world, printer) { engine in
            let servers = try await WorkersSession.servers(
                invocation, order, world, printer, engine, canWrite: true)
            return try await engine.move(order, servers)
        }
        return present(result, world)
    }

    static func present(_ result: WorkersResult, _ world: World) -> ExitCode {
        world.terminal.out(
            world.options.isJSON ? WorkersJSON.result(result).text() + "\n" : WorkersText.result(result))
        return .clean
    }

    /// A run of `ferry undo`.
    static func undo(_ run: RunRecord, _ invocation: Invocation, _ world: World) async throws -> ExitCode {
        let printer = ProgressPrinter(world)
        let target = try ServerResolver(world: world, progress: printer)
            .target(run.draft.target?.name, .at, canWrite: true)
        if !invocation.has("yes"), Question.canAsk(world) {
            let question = "Remove what run \(run.id) made, and give the source its voice back? [y/N] "
            guard try Question.ask(question, world) else { return .clean }
        }
        let order = WorkersUndoOrder(discardsNewer: invocation.has("discard-newer"))
        let undone = try await WorkersSession.with(world, printer) { try await $0.undo(run, target, order) }
        world.terminal.out(
            world.options.isJSON
                ? WorkersJSON.undone(run, undone).text() + "\n" : WorkersText.undone(run, undone))
        return undone.left.isEmpty ? .clean : .findings
    }

    /// A run of `ferry resume`.
    static func resume(_ run: RunRecord, _ invocation: Invocation, _ world: World) async throws -> ExitCode {
        let printer = ProgressPrinter(world)
        let resolver = ServerResolver(world: world, progress: printer)
        var order = OrderCoding.decode(run.draft.choices)
        order.host = WorkersFlags.host(world, for: order.path)
        order.token = try WorkersFlags.token(order.tokenSource, world)
        let source = try run.draft.source.map { try resolver.source($0.name, canWrite: false) }
        let target = try resolver.target(run.draft.target?.name, .at, canWrite: true)
        let servers = WorkersServers(source: source, target: target, targetName: target.address.name)
        let resumed = order
        let result = try await WorkersSession.with(world, printer) {
            try await $0.resume(run, resumed, servers)
        }
        return present(result, world)
    }
}
