import Migration

/// `ferry load`.
enum LoadCommand {
    static let spec = CommandSpec(
        path: ["load"],
        summary: "load a snapshot (.ferry) or an agent file (.af) into a server, and verify it",
        arguments: [ArgumentSpec(name: "FILE", help: "a .ferry or an .af file")],
        flags: [
            FlagSpec(name: "to", value: "SERVER", help: "where it goes", isRequired: true),
            LoadFlags.agentOfFile,
        ] + LoadFlags.choices + LoadFlags.live + [LoadFlags.yes],
        examples: [
            .init(command: "ferry load ada.ferry --to home", meaning: "restore a backup"),
            .init(
                command: "ferry load shared.af --to home --as Grace",
                meaning: "an agent file from somewhere else"),
        ]
    ) { invocation, world in
        let order = try LoadFlags.order(invocation, world)
        let printer = ProgressPrinter(world)
        let target = try ServerResolver(world: world, progress: printer).target(
            invocation.value("to"), canWrite: true)
        let file = AbsolutePath.of(try invocation.required(0))
        let result = try await Session.with(world, printer) { engine in
            let snapshot =
                SnapshotName.isOne(file)
                ? file : try await engine.takeIn(agentFile: file, agentName: invocation.value("agent"))
            return try await engine.load(snapshot, to: target, order)
        }
        return try RunPresenter(
            world: world, command: invocation.text, choices: order.choices, stages: printer.stages.stages()
        ).present(
            result)
    }
}
