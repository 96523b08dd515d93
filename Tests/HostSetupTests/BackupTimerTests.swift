import Glibc
import Journal
import LettaModel
import Synchronization
import Testing

@testable import HostSetup

/// A nightly backup as units, put as a run of the journal.
@Suite struct BackupTimerTests {
    private func timer(
        _ units: String, words: [String] = ["--from", "home", "--into", "/srv/backups"],
        time: String = "03:30"
    ) throws -> BackupTimer {
        try BackupTimer(
            program: "/usr/bin/env", words: words, time: time, isOwn: false,
            environment: ["HOME": "/root"], units: units)
    }

    private func withInstaller<Result: Sendable>(
        systemd: Systemd = Systemd(), _ interrupt: @escaping @Sendable (String) throws -> Void = { _ in },
        _ body: (BackupInstaller, RunJournal, String) async throws -> Result
    ) async throws -> Result {
        var template = Array("/tmp/ferry-timer-XXXXXX".utf8CString)
        let folder = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp/none"
        defer { _ = Tool(words: ["rm", "-r", folder]).run() }
        return try await withJournal(at: folder + "/state/journal.db") { journal in
            let installer = BackupInstaller(
                journal: journal, version: "test", progress: { _ in }, systemd: systemd, interrupt: interrupt)
            return try await body(installer, journal, folder + "/etc/systemd/system")
        }
    }

    @Test func `both units are put, and systemd finds nothing wrong in them`() async throws {
        try await withInstaller { installer, _, units in
            let installed = try await installer.install(try timer(units), starts: false)
            #expect(installed.changed == [units + "/ferry-backup.service", units + "/ferry-backup.timer"])
            #expect(installed.run?.status == .verified)
            #expect(
                installed.next == ["systemctl daemon-reload", "systemctl enable --now ferry-backup.timer"])
            let service = HostDisk.see(units + "/ferry-backup.service").text ?? ""
            #expect(
                service.contains(#"ExecStart="/usr/bin/env" "host" "backup" "run" "--from" "home""#))
            #expect(
                HostDisk.see(units + "/ferry-backup.timer").text?.contains("OnCalendar=*-*-* 03:30:00\n")
                    == true)
        }
    }

    @Test func `a second time there is nothing to do, and another time replaces what is ferry's`()
        async throws
    {
        try await withInstaller { installer, journal, units in
            _ = try await installer.install(try timer(units), starts: false)
            #expect(try await installer.install(try timer(units), starts: false).run == nil)
            let third = try await installer.install(try timer(units, time: "04:00"), starts: false)
            #expect(third.changed == [units + "/ferry-backup.timer"])
            let undone = try await installer.undo(try #require(third.run), discardsNewer: false)
            #expect(undone.done == ["put back " + units + "/ferry-backup.timer"])
            #expect(HostDisk.see(units + "/ferry-backup.timer").text?.contains("03:30") == true)
        }
    }

    @Test func `undo takes away exactly what was put, folders included`() async throws {
        try await withInstaller { installer, _, units in
            let run = try #require(try await installer.install(try timer(units), starts: false).run)
            let undone = try await installer.undo(run, discardsNewer: false)
            #expect(undone.left.isEmpty)
            #expect(!HostDisk.exists(units))
        }
    }

    @Test func `a unit that somebody wrote, or changed, is left alone`() async throws {
        try await withInstaller { installer, journal, units in
            _ = Tool(words: ["mkdir", "-p", units]).run()
            let path = units + "/ferry-backup.timer"
            try HostDisk.put(
                Array("mine\n".utf8), at: path, mode: 0o644, owner: Int(geteuid()), group: Int(getegid()))
            await #expect(throws: Failure.self) {
                _ = try await installer.install(try timer(units), starts: false)
            }
            #expect(HostDisk.see(path).text == "mine\n")
            #expect(!HostDisk.exists(units + "/ferry-backup.service"))
            #expect(try await journal.runs().isEmpty)
        }
    }

    @Test func `what was changed since the run is not taken away without a word`() async throws {
        try await withInstaller { installer, _, units in
            let run = try #require(try await installer.install(try timer(units), starts: false).run)
            let path = units + "/ferry-backup.timer"
            let text = (HostDisk.see(path).text ?? "") + "# mine\n"
            try HostDisk.put(
                Array(text.utf8), at: path, mode: 0o644, owner: Int(geteuid()), group: Int(getegid()))
            await #expect(throws: Failure.self) { _ = try await installer.undo(run, discardsNewer: false) }
            #expect(HostDisk.see(path).text == text)
            _ = try await installer.undo(run, discardsNewer: true)
            #expect(!HostDisk.exists(path) && !HostDisk.exists(units + "/ferry-backup.service"))
            #expect(HostDisk.see(units + "/.ferry-backup.timer.newer-\(run.id)").text == text)
        }
    }

    @Test(arguments: [
        "before host/put", "intended host/put", "done host/put", "after host/put", "after host/folder",
    ])
    func `a kill anywhere leaves a run that undo takes back, or that is put again`(place: String) async throws
    {
        let count = Counter()
        try await withInstaller({ if $0 == place, count.next() == 1 { throw HostBook.Killed() } }) {
            installer, journal, units in
            await #expect(throws: (any Error).self) {
                _ = try await installer.install(try timer(units), starts: false)
            }
            let run = try #require(try await journal.runs().first)
            try await journal.release(run.id)
            _ = try await installer.install(try timer(units), starts: false)
            #expect(HostDisk.exists(units + "/ferry-backup.timer"))
            for run in try await journal.runs() where run.status != .undone {
                _ = try await installer.undo(run, discardsNewer: false)
            }
            #expect(!HostDisk.exists(units + "/ferry-backup.timer"))
            #expect(!HostDisk.exists(units + "/ferry-backup.service"))
        }
    }

    /// What systemd would run, with what it says of the night.
    @Test func `whoever is to be told of a failed night is told however it ended`() throws {
        let scratch = Scratch()
        let program = try scratch.write(
            "#!/bin/sh\necho \"bad: $*\"\n", "a ferry", mode: 0o755)
        var timer = try BackupTimer(
            program: program, words: ["--from", "home", "--into", "/srv/b%k"], time: "03:30",
            onFailure: #"printf '%s|%s' "$FERRY_BACKUP" "$FERRY_BACKUP_FILE""#, isOwn: false,
            environment: [:],
            units: scratch.path)
        let service = try #require(timer.files.first { $0.path.hasSuffix("/" + BackupTimer.service) }).text
        #expect(service.contains("\nOnFailure=ferry-backup-failed.service\n"))
        #expect(!service.contains("--on-failure"))
        let unit = try #require(timer.files.first { $0.path.hasSuffix("/" + BackupTimer.failed) }).text
        let line = try #require(unit.split(separator: "\n").first { $0.hasPrefix("ExecStart=") })
        let script = try #require(line.firstRange(of: #""-c" ""#)).upperBound
        let text = line[script...].dropLast().replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
            .replacing("$$", with: "$").replacing("%%", with: "%")
        let told = Tool(
            words: ["/bin/sh", "-c", String(text)], environment: ["MONITOR_SERVICE_RESULT": "oom-kill"]
        ).run()
        #expect(
            told?.text
                == "the nightly backup failed: oom-kill; bad: host backup status --into /srv/b%k|/srv/b%k/last-run.json"
        )
        timer.onFailure = nil
        #expect(timer.files.count == 2 && !timer.files.contains { $0.text.contains("OnFailure") })
    }

    // MARK: with a systemd

    @Test func `the timer is started, takes a new time at once, and undo goes back step by step`()
        async throws
    {
        let manager = try StandIn()
        try await withInstaller(systemd: manager.systemd) { installer, _, units in
            let first = try #require(try await installer.install(try timer(units), starts: true).run)
            #expect(manager.isEnabled(BackupTimer.timer) && manager.isActive(BackupTimer.timer))
            #expect(try await installer.install(try timer(units), starts: true).run == nil)
            let second = try #require(
                try await installer.install(try timer(units, time: "04:00"), starts: true).run)
            #expect(manager.log.filter { $0 == "restart ferry-backup.timer" }.count == 1)
            let undone = try await installer.undo(second, discardsNewer: false)
            #expect(undone.done.contains("restarted ferry-backup.timer"))
            #expect(manager.log.filter { $0 == "restart ferry-backup.timer" }.count == 2)
            #expect(manager.isEnabled(BackupTimer.timer) && manager.isActive(BackupTimer.timer))
            #expect(
                try await installer.undo(first, discardsNewer: false).done.first
                    == "stopped ferry-backup.timer")
            #expect(!manager.isEnabled(BackupTimer.timer) && !manager.isActive(BackupTimer.timer))
            #expect(!HostDisk.exists(units))
        }
    }

    @Test func `a timer whose units lay there already is started, and undo stops it again`() async throws {
        let manager = try StandIn()
        try await withInstaller(systemd: manager.systemd) { installer, _, units in
            _ = try await installer.install(try timer(units), starts: false)
            let run = try #require(try await installer.install(try timer(units), starts: true).run)
            #expect(manager.isActive(BackupTimer.timer))
            _ = try await installer.undo(run, discardsNewer: false)
            #expect(!manager.isActive(BackupTimer.timer) && !manager.isEnabled(BackupTimer.timer))
            #expect(HostDisk.exists(units + "/ferry-backup.timer"))
        }
    }

    @Test func `where systemd refuses, all is put back, and that run cannot take a later one's files`()
        async throws
    {
        let manager = try StandIn()
        try await withInstaller(systemd: manager.systemd) { installer, journal, units in
            try manager.refuse("enable")
            await #expect(throws: Failure.self) {
                _ = try await installer.install(try timer(units), starts: true)
            }
            #expect(!HostDisk.exists(units))
            let failed = try #require(try await journal.runs().first)
            #expect(failed.status == .failed)
            try manager.refuse("nothing")
            _ = try await installer.install(try timer(units), starts: true)
            let failure = await #expect(throws: Failure.self) {
                _ = try await installer.undo(failed, discardsNewer: false)
            }
            #expect(failure?.code == .runNotUndoable)
            #expect(HostDisk.exists(units + "/ferry-backup.timer"))
        }
    }

    @Test(arguments: [
        ("plain", #""plain""#), ("a b", #""a b""#), ("100%", #""100%%""#), ("$HOME", #""$$HOME""#),
        (#"say "hi""#, #""say \"hi\"""#), (#"a\b"#, #""a\\b""#), ("x; rm -r /", #""x; rm -r /""#),
    ])
    func `a word reaches the program as it is`(word: String, unit: String) {
        #expect(BackupTimer.quoted(word) == unit)
    }

    @Test(arguments: ["3:30", "24:00", "03:60", "0330", "03:30:00", "", "03:3a"])
    func `what is no time of a day is refused`(time: String) {
        #expect(throws: Failure.self) { try timer("/x", time: time) }
    }

    @Test func `a word with a line end cannot get into a unit`() {
        #expect(throws: Failure.self) { try timer("/x", words: ["--on-failure", "a\n[Service]\nUser=root"]) }
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { number in
            number += 1
            return number
        }
    }
}
