import Glibc
import HostSetup
import Journal
import LettaModel
import LosslessJSON

/// `ferry host backup install`.
enum HostBackupInstallCommand {
    static let spec = CommandSpec(
        path: ["host", "backup", "install"],
        summary: "have systemd save every agent each night",
        flags: [
            FlagSpec(
                name: "from", value: "SERVER", help: "whose agents are saved: a name of `ferry servers`",
                isRequired: true), HostBackupCommands.into,
        ] + HostBackupCommands.choices + [
            FlagSpec(name: "time", value: "HH:MM", help: "when, in local time; 03:30 by default"),
            FlagSpec(name: "user", help: "as units of your own systemd, not of the machine's"),
            FlagSpec(
                name: "root", value: "DIR",
                help: "a folder that stands for /; the units are put and nothing is started"),
        ],
        discussion: """
            Puts ferry-backup.service and ferry-backup.timer, has systemd check them, and starts the timer. \
            Tokens come from where `ferry servers` says, which must not be an environment that a timer does not \
            have. The command of --on-failure is systemd's to run (OnFailure=), also where ferry was killed. It \
            is a run: `ferry undo` stops the timer and takes the files away.
            """,
        examples: [
            .init(
                command: "ferry host backup install --from home --into /srv/backups --drill home",
                meaning: "every night at 03:30, and one restore proved each time")
        ]
    ) { invocation, world in
        let timer = try timer(invocation, world)
        let isHere = !invocation.has("root")
        try checkMayWrite(timer, isHere: isHere)
        let hasSystemd = access("/run/systemd/system", F_OK) == 0
        var installed = try await session(world) {
            try await $0.install(timer, starts: isHere && hasSystemd)
        }
        // No systemd finds units below a folder.
        if !isHere { installed.next = [] }
        world.terminal.out(
            world.options.isJSON ? json(installed).text() + "\n" : text(installed, timer))
        return .clean
    }

    private static func session<Result: Sendable>(
        _ world: World, _ body: (BackupInstaller) async throws -> Result
    ) async throws -> Result {
        try await withJournal(at: try world.stateFolder() + "/journal.db") { journal in
            let isSilent = world.options.isQuiet || world.options.isJSON
            return try await body(
                BackupInstaller(journal: journal, version: Version.number) { line in
                    if !isSilent { world.terminal.err("  \(Printable.escaped(line))\n") }
                })
        }
    }

    // MARK: What is to be installed

    private static func timer(_ invocation: Invocation, _ world: World) throws -> BackupTimer {
        let servers = try ServersFile(in: world.configFolder())
        var words: [String] = []
        for flag in ["from", "drill"] {
            guard let name = invocation.value(flag) else { continue }
            try checkServer(name, servers)
            words += ["--\(flag)", name]
        }
        words += ["--into", AbsolutePath.of(invocation.value("into") ?? "")]
        if let keep = try BackupFlags.keep(invocation) { words += ["--keep", "\(keep)"] }
        if invocation.has("read-only") { words.append("--read-only") }
        let root = invocation.value("root").map(AbsolutePath.of) ?? ""
        let home = world.environment["HOME"] ?? ""
        let units = invocation.has("user") ? "\(home)/.config/systemd/user" : "/etc/systemd/system"
        return try BackupTimer(
            program: program(), words: words, time: invocation.value("time") ?? "03:30",
            onFailure: invocation.value("on-failure"),
            isOwn: invocation.has("user"),
            environment: world.environment.filter {
                ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"].contains($0.key)
            }, units: root + units)
    }

    /// A timer has no shell's environment.
    private static func checkServer(_ name: String, _ servers: ServersFile) throws {
        guard let entry = servers.entry(named: name) else {
            throw ServersFile.unknown(name, among: servers.entries)
        }
        guard case .environment(let variable) = entry.token else { return }
        throw Failure(
            .hostUnable, subject: name,
            reason: "its token comes from $\(variable), which a timer does not have",
            remedy:
                "give it a file: ferry servers rm \(name), ferry servers add \(name) --url … --token-file FILE"
        )
    }

    private static func program() -> String {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = readlink("/proc/self/exe", &buffer, 4096)
        return String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func checkMayWrite(_ timer: BackupTimer, isHere: Bool) throws {
        guard isHere, !timer.isOwn, geteuid() != 0 else { return }
        throw Failure(
            .hostUnable, subject: timer.units, reason: "only root may put units there",
            remedy: "run it as root, or for your own systemd with --user")
    }

    // MARK: What came of it

    private static func text(_ installed: BackupInstaller.Installed, _ timer: BackupTimer) -> String {
        var lines = installed.changed.map { "put    \($0)" }
        lines += installed.next.map { "to do  \($0)" }
        let done = installed.run.map { "\($0.id): \($0.verdict ?? "")" } ?? "nothing to do"
        let look = "then: ferry host backup status --into \(into(timer))"
        return (lines + [done, look]).map { Printable.escaped($0) + "\n" }.joined()
    }

    private static func into(_ timer: BackupTimer) -> String {
        guard let place = timer.words.firstIndex(of: "--into") else { return "DIR" }
        return Invocation.quoted(timer.words[place + 1])
    }

    private static func json(_ installed: BackupInstaller.Installed) -> JSONNode {
        [
            "schema": "ferry.backup-timer/1",
            "run": installed.run.map { .string($0.id.description) } ?? .null,
            "changed": .array(installed.changed.map { .string($0) }),
            "next": .array(installed.next.map { .string($0) }),
        ]
    }

    static func undo(_ run: RunRecord, _ invocation: Invocation, _ world: World) async throws -> ExitCode {
        let undone = try await session(world) { installer in
            try HostApplyCommand.checkIsWanted(
                try await installer.preview(ofUndo: run), run, invocation, world)
            return try await installer.undo(run, discardsNewer: invocation.has("discard-newer"))
        }
        HostApplyCommand.show(undone, of: run, world)
        return undone.left.isEmpty ? .clean : .findings
    }
}
