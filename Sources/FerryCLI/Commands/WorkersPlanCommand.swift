import LettaModel
import LosslessJSON
import Workers

/// `ferry workers plan`.
enum WorkersPlanCommand {
    static let spec = CommandSpec(
        path: ["workers", "plan"],
        summary: "say what a move of Broca and SMCP would copy, change and leave behind; write nothing",
        arguments: [WorkersFlags.path], flags: WorkersFlags.order,
        discussion: """
            Reads the tree and both servers. Every value that would change is listed with its file and key,
            every queue row that is not simply carried with what becomes of it, and every user whose
            identity and block have to exist on the server first.
            """,
        examples: [
            .init(
                command: "ferry workers plan /opt/sanctum --to /srv/ada --at home --token-env HOME_TOKEN",
                meaning: "after the agent itself was moved to home")
        ]
    ) { invocation, world in
        let order = try WorkersFlags.order(invocation, world)
        let printer = ProgressPrinter(world)
        let plan = try await WorkersSession.with(world, printer) { engine in
            let servers = try await WorkersSession.servers(
                invocation, order, world, printer, engine, canWrite: false)
            return try await engine.plan(order, servers)
        }
        world.terminal.out(
            world.options.isJSON ? WorkersJSON.plan(plan).text() + "\n" : WorkersText.plan(plan))
        if let refusal = plan.refusals.first { return ExitCode(refusal) }
        return plan.unaccepted(order).isEmpty ? .clean : .losses
    }
}
