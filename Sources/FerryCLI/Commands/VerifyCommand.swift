import Home
import Journal
import LettaModel
import Migration
import Plan

/// `ferry verify`.
enum VerifyCommand {
    static let spec = CommandSpec(
        path: ["verify"],
        summary: "compare an agent on a server with its snapshot, item by item, now; or look at a file alone",
        arguments: [ArgumentSpec(name: "RUN|FILE", help: "a run of `ferry runs`, or a .ferry file")],
        flags: [
            FlagSpec(
                name: "at", value: "SERVER", help: "the server of the agent; for a run, the run's target"),
            FlagSpec(
                name: "agent", value: "AGENT", help: "the agent to compare with a file: its id or its name"),
        ]
            + LoadFlags.choices.filter {
                [
                    "as", "model", "embedding", "map", "identities", "convert-legacy", "conversations",
                    "tools",
                    "secret",
                ].contains($0.name)
            }
            + LoadFlags.live,
        discussion: """
            The target's history is read through a temporary reader agent, which is removed afterwards.
            Exit code 0 means equal in everything but the announced changes, 1 means different.

            A .ferry file without --at and --agent is looked at alone: the digest of every message, passage and \
            document in it is worked out anew. That says whether the file is sound, and nothing of any server.
            """,
        examples: [
            .init(command: "ferry verify 1m4x7q2", meaning: "a run, against what its target returns today"),
            .init(
                command: "ferry verify ada.ferry --at home --agent ada",
                meaning: "a snapshot, against any agent"),
            .init(
                command: "ferry verify ada.ferry", meaning: "whether a backup is still sound; asks no server"),
        ]
    ) { invocation, world in
        if let file = IntegrityReport.file(invocation) { return try await IntegrityReport.run(file, world) }
        try refuseAgentFile(try invocation.required(0))
        let printer = ProgressPrinter(world)
        let resolver = ServerResolver(world: world, progress: printer)
        let (result, choices) = try await Session.with(world, printer) { engine in
            let what = try invocation.required(0)
            guard SnapshotName.isOne(what) else {
                let run = try await engine.journal.run(what)
                var order = try await engine.verifyOrder(of: run)
                order.choices.live = try LoadFlags.choices(invocation).live
                let server = invocation.value("at") ?? run.draft.target?.name
                return (
                    try await engine.verify(order, at: resolver.target(server, .at, canWrite: true)),
                    order.choices
                )
            }
            let target = try resolver.target(invocation.value("at"), .at, canWrite: true)
            guard let name = invocation.value("agent") else {
                throw Failure(
                    .usage, subject: "ferry verify", reason: "a file needs an agent to be compared with",
                    remedy: "name it: --agent NAME")
            }
            let agent = try await AgentFinder(target).find(name)
            let order = Engine.VerifyOrder(
                snapshotPath: what, agent: agent.id, choices: try LoadFlags.choices(invocation))
            return (try await engine.verify(order, at: target), order.choices)
        }
        return try RunPresenter(
            world: world, command: invocation.text, choices: choices, stages: printer.stages.stages()
        ).present(result)
    }

    private static func refuseAgentFile(_ word: String) throws {
        guard word.hasSuffix(".af") else { return }
        throw Failure(
            .usage, subject: "ferry verify",
            reason: "\(word) is an agent file, and verify takes a run of `ferry runs` or a .ferry file",
            remedy: "ferry lint \(word)")
    }
}
