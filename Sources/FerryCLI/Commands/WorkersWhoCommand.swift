import Home
import Journal
import LettaModel
import LosslessJSON
import Workers

/// `ferry workers who`.
enum WorkersWhoCommand {
    static let spec = CommandSpec(
        path: ["workers", "who"],
        summary: "say in one line per worker which agent on which server it speaks to",
        arguments: [WorkersFlags.path], flags: [WorkersFlags.at],
        discussion: """
            Exit code 1 means that a worker speaks to an agent that has moved, to another one than its move
            gave it, to another server, to an agent that is not there, or, a Broca, to none.
            """,
        examples: [
            .init(command: "ferry workers who /opt/sanctum --at home", meaning: "before anything is started")
        ]
    ) { invocation, world in
        let printer = ProgressPrinter(world)
        let path = WorkersFlags.place(try invocation.required(0))
        let resolver = ServerResolver(world: world, progress: printer)
        let target = try resolver.target(invocation.value("at"), .at, canWrite: false)
        let found = try await WorkersSession.with(world, printer) {
            try await $0.who(path, target, host: WorkersFlags.host(world, for: path))
        }
        world.terminal.out(
            world.options.isJSON ? WorkersJSON.who(found).text() + "\n" : WorkersText.who(found))
        return found.contains(where: \.isWrong) ? .findings : .clean
    }

    /// Whom the workers of these trees speak to. For `ferry move`, before it
    /// begins and again at its end.
    static func look(
        _ paths: [String], _ target: any Home<TargetSide>, _ world: World, _ printer: ProgressPrinter
    ) async throws -> [(place: String, who: WorkersWho)] {
        var found: [(place: String, who: WorkersWho)] = []
        for path in paths {
            let place = WorkersFlags.place(path)
            let workers = try await WorkersSession.with(world, printer) {
                try await $0.who(place, target, host: WorkersFlags.host(world, for: place))
            }
            found += workers.map { (place, $0) }
        }
        return found
    }
}
