import LettaModel
import LosslessJSON
import Workers

/// `ferry workers check`.
enum WorkersCheckCommand {
    static let spec = CommandSpec(
        path: ["workers", "check"],
        summary: "compare moved workers with what their move announced and with the server as it is now",
        arguments: [WorkersFlags.folder], flags: [WorkersFlags.at, WorkersFlags.from, WorkersFlags.redis],
        discussion: """
            Looks at the agent and its attached blocks, every user's identity and block, the database, the
            queue, leftovers of the old place and modes; tries each worker's own token at the server,
            calls each tool server and pings Redis. Changes nothing. Exit code 1 means that something is
            not as it must be. The order of the first start is printed at the end.
            """,
        examples: [
            .init(
                command: "ferry workers check /srv/ada --at home",
                meaning: "before the first start, and after it")
        ]
    ) { invocation, world in
        let printer = ProgressPrinter(world)
        let folder = WorkersFlags.place(try invocation.required(0))
        let check = try await WorkersSession.with(world, printer) { engine in
            let servers = try await WorkersSession.servers(
                invocation, nil, world, printer, engine, canWrite: false)
            let order = WorkersCheckOrder(
                folder, host: WorkersFlags.host(world, for: folder),
                redis: try WorkersFlags.redis(invocation, world), neighbours: NetworkNeighbours())
            return try await engine.check(order, servers)
        }
        world.terminal.out(
            world.options.isJSON ? WorkersJSON.check(check).text() + "\n" : WorkersText.check(check))
        return check.isGood ? .clean : .findings
    }
}
