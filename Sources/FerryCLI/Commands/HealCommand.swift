import Journal
import LettaModel
import LosslessJSON
import Migration

/// `ferry heal`.
enum HealCommand {
    static let spec = CommandSpec(
        path: ["heal"], summary: "change an agent in place, so that it answers again",
        arguments: [ArgumentSpec(name: "AGENT", help: "its name or id")],
        flags: [
            FlagSpec(
                name: "at", value: "SERVER", help: "where it lives: a name of `ferry servers`, or a URL"),
            FlagSpec(
                name: "deny-approval",
                help:
                    "deny a pending approval instead of taking it out of context: the model has its turn, and "
                    + "no undo takes that back"),
            FlagSpec(name: "yes", short: "y", help: "do not ask"),
        ],
        discussion: """
            Reads the rows in context through a temporary reader agent, and finds calls without their return,
            returns without their call, rows that the server cannot send, a pending approval, a missing system
            row, a second block of one label. Rows are taken out of the list in context and stay in the
            history; a second block is detached and stays on the server. Both are read again afterwards, and
            `ferry undo RUN` puts them back. This changes the agent that you name, on your yes.
            """,
        examples: [
            .init(command: "ferry heal Ada --at home", meaning: "shows what it would do, and asks"),
            .init(
                command: "ferry heal Ada --at home --deny-approval --yes",
                meaning: "say no for whoever did not answer"),
        ]
    ) { invocation, world in
        let printer = ProgressPrinter(world)
        let home = try ServerResolver(world: world, progress: printer)
            .target(invocation.value("at"), .at, canWrite: true)
        let order = order(world, isTold: invocation.has("yes"), denies: invocation.has("deny-approval"))
        let result = try await Session.with(world, printer) { engine in
            try await engine.heal(try invocation.required(0), at: home, order)
        }
        return present(result, world, isTold: invocation.has("yes"))
    }

    /// `ferry resume` of a heal.
    static func resume(_ run: RunRecord, _ world: World, _ printer: ProgressPrinter) async throws -> ExitCode
    {
        let home = try ServerResolver(world: world, progress: printer)
            .target(run.draft.target?.name, .at, canWrite: true)
        let order = order(world, isTold: false, denies: false)
        let result = try await Session.with(world, printer) { engine in
            try await engine.resumeHeal(run, at: home, order)
        }
        return present(result, world, isTold: false)
    }

    /// - Parameter isTold: whether the yes was given on the command line.
    private static func order(_ world: World, isTold: Bool, denies: Bool) -> HealOrder {
        HealOrder(deniesApproval: denies) { plan in
            let text = HealText(plan: plan)
            return try Question.agree(
                to: text.lines, "Change \(Printable.escaped(plan.agentName)) in place? [y/N] ", world,
                isTold: isTold)
        }
    }

    private static func present(_ result: HealResult, _ world: World, isTold: Bool) -> ExitCode {
        let wasAsked = !isTold && Question.canAsk(world) && [.healed, .declined].contains(result.state)
        let text = HealResultText(result: result, isPlanShown: wasAsked)
        world.terminal.out(world.options.isJSON ? text.json.text() + "\n" : text.plain)
        return text.exitCode
    }
}
