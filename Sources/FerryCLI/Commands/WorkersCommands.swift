import LettaModel
import LosslessJSON
import Report
import WorkerTree

/// `ferry workers inspect`.
enum WorkersCommands {
    static let inspect = CommandSpec(
        path: ["workers", "inspect"],
        summary: "show the Broca and SMCP workers of a folder, and what they really read",
        arguments: [
            ArgumentSpec(name: "PATH", help: "a tree of workers, an agent's folder or a code folder")
        ],
        discussion: """
            Nothing in the folder changes: no byte, no mode, no time, and no side file of a database. Its
            path is remembered, so that `ferry move` can name workers that still speak to the old agent.

            Each setting is shown as the program would see it, with the place it comes from. Secrets are
            shown by name and length.
            """,
        examples: [
            .init(command: "ferry workers inspect /srv/sanctum", meaning: "every worker of the tree"),
            .init(command: "ferry workers inspect agents/ada --json", meaning: "one agent's, for a program"),
        ]
    ) { invocation, world in
        let path = AbsolutePath.of(try invocation.required(0))
        let host = HostView.live(for: path, environment: world.environment)
        let inventory = try WorkerSurvey.of(path, on: host)
        remember(inventory.root, world)
        let report = Report(inventory)
        world.terminal.out(
            world.options.isJSON ? report.json.text() + "\n" : report.text(world.outputStyle))
        return inventory.allRefusals.first.map { ExitCode($0) } ?? .clean
    }

    /// So that a move of their agent can name those that it leaves behind. A
    /// look is good without it.
    private static func remember(_ tree: String, _ world: World) {
        do { try WorkersMemory(world).remember(tree) } catch {
            let words = (error as? Failure)?.reason ?? "\(error)"
            world.terminal.err(
                "ferry: \(Printable.escaped("\(tree) is not remembered for ferry move: \(words)"))\n")
        }
    }
}
