import Home
import LettaModel
import LettaServer
import LosslessJSON
import Migration

/// `ferry host backup run`, `status`.
enum HostBackupCommands {
    static let into = FlagSpec(
        name: "into", value: "DIR", help: "the folder of the dated files", isRequired: true)

    /// What a backup does besides, whoever starts it.
    static let choices: [FlagSpec] = [
        FlagSpec(
            name: "keep", value: "N", help: "keep the newest N dated files of each agent; 14 by default"),
        FlagSpec(
            name: "on-failure", value: "COMMAND",
            help: "run this by /bin/sh when an agent could not be saved, or a drill failed"),
        FlagSpec(
            name: "drill", value: "SERVER",
            help: "restore one of the new files there under a temporary name, compare it, remove it again"),
        LoadFlags.capture[0],
    ]

    static let run = CommandSpec(
        path: ["host", "backup", "run"],
        summary: "save every agent of a server into dated files, and note how it went",
        flags: [
            FlagSpec(name: "from", value: "SERVER", help: "whose agents are saved", isRequired: true), into,
        ] + choices,
        discussion: """
            What a timer runs at night. An agent that is in use is taken as it is, and its snapshot says so. The \
            drill takes another agent each day. The command of --on-failure gets FERRY_BACKUP, a sentence, and \
            FERRY_BACKUP_FILE, the result as JSON. Exit code 0 means that every agent was saved.
            """,
        examples: [
            .init(
                command: "ferry host backup run --from home --into /srv/backups --drill home",
                meaning: "save all, and prove for one that it can be restored")
        ]
    ) { invocation, world in
        let night = try BackupNight(invocation, world)
        return try await night.run()
    }

    static let status = CommandSpec(
        path: ["host", "backup", "status"],
        summary: "say in one line when the last good backup was",
        flags: [
            into,
            FlagSpec(
                name: "max-age", value: "HOURS", help: "how old it may be; 26 by default"),
        ],
        discussion: """
            Asks no server. Exit code 0 means that the last run saved every agent, that its files are there, and \
            that it is not older than --max-age; 1 means that something is wrong, and the line says what.
            """,
        examples: [
            .init(
                command: "ferry host backup status --into /srv/backups", meaning: "for a monitor, or for you")
        ]
    ) { invocation, world in
        let hours = invocation.value("max-age") ?? "26"
        guard let age = Double(hours), age > 0 else {
            throw UsageError.badValue("max-age", hours, "is no number of hours", "write --max-age 26")
        }
        let store = BackupStore(AbsolutePath.of(invocation.value("into") ?? ""))
        let status = BackupStatus(
            store: store, record: try BackupRecord(of: store), now: Instant.now(), maxHours: age)
        world.terminal.out(world.options.isJSON ? status.json.text() + "\n" : status.sentence + "\n")
        return status.isGood ? .clean : .findings
    }
}

/// One run of `ferry host backup run`.
struct BackupNight {
    let world: World
    let from: String?
    let store: BackupStore
    let order: BackupOrder
    let drillServer: String?
    let hook: FailureHook?

    init(_ invocation: Invocation, _ world: World) throws {
        self.world = world
        from = invocation.value("from")
        store = BackupStore(AbsolutePath.of(invocation.value("into") ?? ""))
        order = BackupOrder(
            store: store, keep: try BackupFlags.keep(invocation) ?? 14,
            options: CaptureOptions(isReadOnly: invocation.has("read-only"), acceptsChanges: true))
        drillServer = invocation.value("drill")
        hook = invocation.value("on-failure").map(FailureHook.init)
    }

    func run() async throws -> ExitCode {
        do {
            return try finished(try await saved())
        } catch let failure as Failure {
            // Not one agent could be looked at; the night before stays on record beside it.
            try? note(failed(failure))
            call(hook, "no agent of \(from ?? "") was saved: \(failure.reason)")
            throw failure
        }
    }

    private func saved() async throws -> BackupReport {
        let printer = ProgressPrinter(world)
        let resolver = ServerResolver(world: world, progress: printer)
        let source = try resolver.source(from, canWrite: true)
        return try await Session.with(world, printer) { engine in
            var report = BackupReport(
                results: try await engine.backup(from: source, order), store: store,
                from: source.address.name)
            guard let drillServer, let path = report.drillable(on: Instant.now()) else { return report }
            do {
                report.drill = .done(
                    try await engine.drill(
                        path, at: try resolver.target(drillServer, .at, canWrite: true),
                        readable: try resolver.source(drillServer, .at, canWrite: true)))
            } catch let failure as Failure {
                report.drill = .failed(failure)
            }
            return report
        }
    }

    private func finished(_ report: BackupReport) throws -> ExitCode {
        try note(report.json)
        let code = report.present(world)
        if code != .clean { call(hook, report.sentence) }
        return code
    }

    private func note(_ result: JSONNode) throws {
        try PrivateFile.makeFolder(store.path)
        try PrivateFile.write(result.bytes() + [0x0A], to: store.statusFile)
    }

    private func failed(_ failure: Failure) -> JSONNode {
        [
            "schema": "ferry.backup/1", "from": .string(from ?? ""), "into": .string(store.path),
            "finished_at": .string(Instant.now().text), "agents": .array([]),
            "error": FailureText.node(failure),
        ]
    }

    private func call(_ hook: FailureHook?, _ sentence: String) {
        guard let hook else { return }
        let code = hook.run(["FERRY_BACKUP": sentence, "FERRY_BACKUP_FILE": store.statusFile])
        if code != 0 {
            world.terminal.err("ferry: warning: the command of --on-failure ended with \(code)\n")
        }
    }
}

/// `last-run.json`, as far as `status` needs it.
struct BackupRecord {
    struct Agent {
        let name: String
        /// Nil where it was not saved.
        let path: String?
        let reason: String?
    }

    let finishedAt: Instant?
    let agents: [Agent]
    /// Why no agent could be looked at.
    let reason: String?
    let drill: String?
    let isDrillProved: Bool?

    /// Nil where no backup has been run into the folder.
    init?(of store: BackupStore) throws {
        guard PrivateFile.exists(store.statusFile) else { return nil }
        guard let root = try? JSONDocument(try PrivateFile.read(store.statusFile)).root,
            root["schema"]?.string == "ferry.backup/1"
        else {
            throw Failure(
                .fileUnreadable, subject: store.statusFile,
                reason: "is not what `ferry host backup run` writes",
                remedy: "move it away and run the backup again")
        }
        finishedAt = root["finished_at"]?.string.flatMap { Instant($0) }
        reason = root["error"]?["reason"]?.string
        agents = (root["agents"]?.elements ?? []).map { agent in
            Agent(
                name: agent["agent"]?.string ?? "", path: agent["snapshot"]?["snapshot"]?.string,
                reason: agent["error"]?["reason"]?.string)
        }
        drill = root["drill"]?["sentence"]?.string
        isDrillProved = root["drill"]?["is_proved"]?.bool
    }
}

/// The one line of `ferry host backup status`.
struct BackupStatus {
    let store: BackupStore
    let record: BackupRecord?
    let now: Instant
    let maxHours: Double

    var isGood: Bool { complaint == nil }

    var sentence: String {
        let last =
            lastGood.map { "last good backup \(RunTime.text($0)), \(age($0)) ago" } ?? "no good backup yet"
        guard let complaint else {
            let drill = record?.drill.map { "; \($0)" } ?? ""
            return "good: \(last), of \((record?.agents.count ?? 0).counted("agent"))\(drill)"
        }
        return "bad: \(Printable.escaped(complaint)); \(last)"
    }

    private var complaint: String? {
        guard let record else { return "no backup has been run into \(store.path)" }
        if let reason = record.reason { return "the last run saved nothing: \(reason)" }
        if let lost = record.agents.first(where: { $0.path == nil }) {
            let others = record.agents.count { $0.path == nil } - 1
            let more = others > 0 ? " (and \(others.grouped) more)" : ""
            return "\(lost.name) was not saved: \(lost.reason ?? "no reason is on record")\(more)"
        }
        if let path = record.agents.compactMap(\.path).first(where: { !PrivateFile.exists($0) }) {
            return "\(path) is gone"
        }
        if record.isDrillProved == false { return record.drill ?? "the drill failed" }
        guard let lastGood, hours(lastGood) <= maxHours else { return "the last run is too old" }
        return nil
    }

    /// Of the agent whose newest dated file is oldest: nothing newer is
    /// promised of all.
    private var lastGood: Instant? {
        let named = record.map { record in Set(record.agents.compactMap(\.path).map(Self.folder)) } ?? []
        let folders = store.folders().filter { named.isEmpty || named.contains($0.path) }
        return folders.compactMap { $0.newest() }.min()
    }

    private static func folder(of path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    private func hours(_ instant: Instant) -> Double {
        Double(now.microseconds - instant.microseconds) / 3_600_000_000
    }

    private func age(_ instant: Instant) -> String {
        let hours = hours(instant)
        return hours < 1
            ? "\(Int(max(0, hours) * 60)) min" : hours < 72 ? "\(Int(hours)) h" : "\(Int(hours / 24)) days"
    }

    var json: JSONNode {
        [
            "schema": "ferry.backup-status/1", "into": .string(store.path), "is_good": .bool(isGood),
            "last_good": lastGood.map { .string($0.text) } ?? .null,
            "agents": .int(record?.agents.count ?? 0), "reason": complaint.map { .string($0) } ?? .null,
            "sentence": .string(sentence),
        ]
    }
}

enum RunTime {
    /// `2026-05-02 03:00 UTC`.
    static func text(_ instant: Instant) -> String {
        instant.text.prefix(16).replacing("T", with: " ") + " UTC"
    }
}
