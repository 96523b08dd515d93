import Journal
import LettaModel
import LosslessJSON
import Migration

/// `ferry repair`.
enum RepairCommand {
    static let spec = CommandSpec(
        path: ["repair"], summary: "add to an agent, in place, what an earlier move by hand lacks",
        arguments: [ArgumentSpec(name: "AGENT", help: "its name or id")],
        flags: [
            FlagSpec(
                name: "at", value: "SERVER", help: "where it lives: a name of `ferry servers`, or a URL"),
            FlagSpec(
                name: "with", value: "FILE", help: "a .ferry or an .af file that has what it lacks",
                isRequired: true),
            LoadFlags.agentOfFile,
            FlagSpec(
                name: "tools", value: "POLICY",
                help:
                    "what happens to a custom tool that the server has with other source: keep the server's "
                    + "(default), overwrite it for every agent there", choices: ["keep", "overwrite"]),
            FlagSpec(name: "yes", short: "y", help: "do not ask"),
        ],
        discussion: """
            Compares the agent with the file, item by item, and adds blocks, tools and passages that it lacks.
            A block or tool of the same name with other content is named and not touched; messages are never
            added, and the missing ones are counted. What was added is read back and compared; `ferry undo RUN`
            takes away exactly that. Settings, tags, tool rules and secrets are not looked at: `ferry diff` names
            what differs there. This changes the agent that you name, on your yes.
            """,
        examples: [
            .init(
                command: "ferry repair Ada --at home --with ada.ferry",
                meaning: "shows what it would add, and asks")
        ]
    ) { invocation, world in
        let printer = ProgressPrinter(world)
        let home = try ServerResolver(world: world, progress: printer)
            .target(invocation.value("at"), .at, canWrite: true)
        let typed = invocation.value("with") ?? ""
        let file = AbsolutePath.of(typed)
        let order = order(
            world, isTold: invocation.has("yes"), overwrites: invocation.value("tools") == "overwrite")
        let agent = invocation.value("agent")
        let words =
            Invocation.quoted(typed) + (agent.map { " --agent \(Invocation.quoted($0))" } ?? "")
        let result = try await Session.with(world, printer) { engine in
            let snapshot =
                SnapshotName.isOne(file)
                ? file : try await engine.takeIn(agentFile: file, agentName: agent)
            return try await engine.repair(
                try invocation.required(0), at: home, with: snapshot,
                file: RepairFile(typed, agent: agent, words: words), order)
        }
        return present(result, world, isTold: invocation.has("yes"))
    }

    /// `ferry resume` of a repair.
    static func resume(_ run: RunRecord, _ world: World, _ printer: ProgressPrinter) async throws -> ExitCode
    {
        let home = try ServerResolver(world: world, progress: printer)
            .target(run.draft.target?.name, .at, canWrite: true)
        let order = order(world, isTold: false, overwrites: false)
        let result = try await Session.with(world, printer) { engine in
            try await engine.resumeRepair(run, at: home, order)
        }
        return present(result, world, isTold: false)
    }

    private static func order(_ world: World, isTold: Bool, overwrites: Bool) -> RepairOrder {
        RepairOrder(overwritesTools: overwrites) { plan in
            try Question.agree(
                to: RepairText.lines(plan), "Add this to \(Printable.escaped(plan.agentName))? [y/N] ", world,
                isTold: isTold)
        }
    }

    private static func present(_ result: RepairResult, _ world: World, isTold: Bool) -> ExitCode {
        let wasAsked =
            !isTold && Question.canAsk(world) && result.state != .complete && !result.plan.isResumed
        let text = RepairText(result: result, isPlanShown: wasAsked)
        world.terminal.out(world.options.isJSON ? text.json.text() + "\n" : text.plain)
        return text.exitCode
    }
}
