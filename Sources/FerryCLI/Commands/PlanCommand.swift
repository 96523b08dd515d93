import Glibc
import Journal
import LettaModel
import LosslessJSON
import Migration
import Plan
import Report

/// `ferry plan`.
enum PlanCommand {
    static let spec = CommandSpec(
        path: ["plan"], summary: "say what a move would bring, change and leave behind; write nothing",
        arguments: [
            ArgumentSpec(name: "AGENT", help: "an agent's id or its name, or a .ferry or .af file")
        ],
        flags: [
            FlagSpec(name: "from", value: "SERVER", help: "where the agent is; not needed for a file"),
            FlagSpec(name: "to", value: "SERVER", help: "where it would go", isRequired: true),
            LoadFlags.agentOfFile,
        ] + LoadFlags.choices + [LoadFlags.copySecrets] + LoadFlags.capture,
        discussion: """
            The plan reads both servers over connections that cannot write. It also says what the move
            costs: requests, bytes, passages to embed again, an estimate of the time.
            """,
        examples: [
            .init(command: "ferry plan ada --from cloud --to home", meaning: "the fidelity statement"),
            .init(
                command: "ferry plan ada.ferry --to home --json",
                meaning: "the same of a snapshot, for a program"),
        ]
    ) { invocation, world in
        let order = try LoadFlags.order(invocation, world)
        let plan = try await plan(invocation, world, order)
        let report = Report(plan: plan, choices: order.choices)
        world.terminal.out(world.options.isJSON ? report.json.text() + "\n" : report.text(world.outputStyle))
        if let refusal = plan.refusals.first { return ExitCode(refusal) }
        return plan.fidelity.unaccepted(order.choices).isEmpty ? .clean : .losses
    }

    private static func plan(
        _ invocation: Invocation, _ world: World, _ order: LoadOrder
    ) async throws -> PlanResult {
        let agent = try invocation.required(0)
        let resolver = ServerResolver(world: world, progress: ProgressPrinter(world))
        let target = try resolver.target(invocation.value("to"), canWrite: false)
        if SnapshotName.isOne(agent) {
            return try await withFellows(world) {
                try await Engine.plan(snapshot: agent, to: target, order, fellows: $0)
            }
        }
        if invocation.value("from") == nil, AgentFileName.isOne(agent) {
            return try await Engine.plan(
                agentFile: agent, agentName: invocation.value("agent"), to: target, order,
                within: try world.dataFolder())
        }
        let source = try resolver.source(invocation.value("from"), canWrite: false)
        return try await withFellows(world) {
            try await Engine.plan(agent, from: source, to: target, order, fellows: $0)
        }
    }

    /// Earlier runs, where there is a journal of any: a plan makes none.
    private static func withFellows(
        _ world: World, _ body: (Fellows) async throws -> PlanResult
    ) async throws -> PlanResult {
        let path = try world.stateFolder() + "/journal.db"
        guard access(path, F_OK) == 0 else { return try await body(Fellows()) }
        return try await withJournal(at: path) { try await body(Fellows(journal: $0)) }
    }
}
