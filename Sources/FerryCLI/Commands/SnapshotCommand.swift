import Journal
import LosslessJSON
import Migration

/// `ferry snapshot`.
enum SnapshotCommand {
    static let spec = CommandSpec(
        path: ["snapshot"], summary: "read one agent whole into a .ferry file; again: only what is new",
        arguments: [
            ArgumentSpec(name: "AGENT", help: "an agent's id or its name; not with --all", isRequired: false)
        ],
        flags: [
            FlagSpec(name: "from", value: "SERVER", help: "where the agent is", isRequired: true),
            FlagSpec(
                name: "output", short: "o", value: "FILE", help: "the file; in the data folder by default"),
            FlagSpec(name: "all", help: "every agent of the server, each into a dated file below --into"),
            FlagSpec(name: "into", value: "DIR", help: "the folder of the dated files; with --all"),
            FlagSpec(
                name: "keep", value: "N",
                help: "keep the newest N dated files of each agent and remove older ones; all by default"),
        ] + LoadFlags.capture,
        discussion: """
            The file is readable by you alone (0600) and holds no secret values. By default the history is
            read through a temporary reader agent on the source server, which is announced, journalled and
            always removed; --read-only does without.

            With --all each file is built on the agent's last one and gets its date when it has been read back \
            and found sound. One agent that fails does not keep the others from being saved.
            """,
        examples: [
            .init(
                command: "ferry snapshot ada --from cloud -o ada.ferry", meaning: "a backup; run it nightly"),
            .init(
                command: "ferry snapshot --all --from home --into /srv/backups --keep 14",
                meaning: "every agent, two weeks back"),
        ]
    ) { invocation, world in
        if let order = try BackupFlags.order(invocation) {
            return try await BackupFlags.run(order, invocation, world)
        }
        let printer = ProgressPrinter(world)
        let source = try ServerResolver(world: world, progress: printer).source(
            invocation.value("from"), canWrite: true)
        let run = try await Session.with(world, printer) { engine in
            try await engine.snapshot(
                try invocation.required(0), from: source, to: invocation.value("output").map(AbsolutePath.of),
                options: LoadFlags.options(invocation))
        }
        world.terminal.out(world.options.isJSON ? RunJSON.of(run).text() + "\n" : (run.verdict ?? "") + "\n")
        return .clean
    }
}
