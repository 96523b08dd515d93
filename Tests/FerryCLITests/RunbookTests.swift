import Glibc
import LosslessJSON
import Testing
import WorkerFixtures

@testable import FerryCLI

/// docs/runbook.md is run as it stands, but for what needs a machine.
@Suite struct RunbookTests {
    private static let page = Runbook(Repository.text("docs/runbook.md"))

    /// In the order of the page. Who adds one says so here.
    private static let untested = [
        "sudo ferry host plan -o plan.json",
        "sudo ferry host apply plan.json",
        "sudo ferry undo APPLY-RUN",
        "sudo systemctl disable --now broca@ada smcp@ada",
        "sudo fuser -v /opt/sanctum/agents/ada/broca/sanctum.db",
        "sudo systemctl enable --now broca@ada smcp@ada",
        "ssh root@letta.old.example /opt/sanctum/venv/bin/pip freeze > packages.txt",
        "/srv/ada/venv/bin/pip install -r packages.txt",
        "sudo systemctl enable --now smcp@ada broca@ada",
        "sudo journalctl -fu broca@ada",
        "sudo ferry servers add home --url https://letta.example.org --token-file /root/letta.token",
        "sudo ferry host backup install --from home --into /srv/backups --drill home --on-failure 'logger -p daemon.err \"$FERRY_BACKUP\"'",
        "sudo systemctl disable --now broca@ada smcp@ada",
    ]

    @Test func `every block says whether it is run, and those that are not are these`() {
        #expect(Self.page.unmarked.isEmpty)
        #expect(Self.page.commands.filter { $0.exits == nil }.map(\.text) == Self.untested)
        #expect(Self.page.commands.count { $0.exits != nil } > 10)
    }

    @Test func `a command that a sentence mentions is run, or of a known kind`() {
        let run = Self.page.commands.filter { $0.exits != nil }.map(\.text)
        // A marked command may have flags more; these two have a test of their own.
        let known = ["ferry runs", "ferry resume", "ferry undo DOCTOR-RUN"]
        for mention in Self.page.mentioned where !known.contains(mention) {
            #expect(run.contains { $0 == mention || $0.hasPrefix(mention + " ") }, "\(mention)")
        }
    }

    @Test func `a command that is not run is at least one that ferry understands`() throws {
        let parser = ArgumentParser(commands: CommandTable.all, globals: GlobalOptions.flags)
        for command in Self.page.commands {
            guard let start = command.text.firstRange(of: "ferry ") else { continue }
            // What stands in quotes is one word.
            let line = command.text[start.upperBound...].replacing(/'[^']*'/, with: "x")
            _ = try parser.parse(line.split(separator: " ").map(String.init))
        }
    }

    private static let isPossible = ["nginx", "rsync", "python3"].allSatisfy { program in
        ["/usr/sbin", "/usr/bin"].contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    @Test(.enabled(if: isPossible, "needs nginx, rsync and python3-venv"), .timeLimit(.minutes(5)))
    func `the runbook runs from its first command to its last`() async throws {
        let folder = try Disk.temporaryFolder()
        defer { Disk.removeTree(folder) }
        let scene = try RunbookScene(in: folder)
        defer { scene.stop() }
        let home = Sandbox()
        defer { Self.stopNginx(home.path + "/rehearsal") }
        let stands = scene.addresses.merging(Self.ports) { old, _ in old }
            .merging(["/srv/ada": home.path + "/moved"]) { old, _ in old }
        let jobs = [
            "MOVE-RUN": "move", "WORKERS-RUN": "workers-move", "REHEARSAL-RUN": "host",
            "BACKUP-RUN": "backup-timer",
        ]
        for command in Self.page.commands {
            guard let exits = command.exits else { continue }
            var text = command.text
            for (example, real) in stands { text = text.replacing(example, with: real) }
            for (word, job) in jobs where text.contains(word) {
                text = text.replacing(word, with: try await Self.run(of: job, home, scene))
            }
            let done = try await Self.shell(text, home, scene)
            #expect(
                exits.contains(done.status),
                "\(done.status): \(text)\n\(done.output.suffix(3000))\n\(done.errors.suffix(2000))")
            if text.contains("-m venv") { try await Self.expectStartable(home, scene) }
        }
        #expect(scene.agents.new == 0, "everything was taken back")
        #expect(scene.agents.old == 1)
    }

    /// The units that step 1 rendered name what is there now, and a Python that runs.
    private static func expectStartable(_ home: Sandbox, _ scene: RunbookScene) async throws {
        for worker in ["broca", "smcp"] {
            let unit = Folder.text(of: "\(home.path)/rendered/etc/systemd/system/\(worker)@ada.service")
                .replacing("/srv/ada", with: home.path + "/moved").split(separator: "\n")
            func value(_ key: String) -> String {
                unit.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) } ?? "none"
            }
            let words = value("ExecStart").split(separator: " ").map(String.init)
            #expect(words.count == 2 && value("ConditionPathExists").hasSuffix("/" + (words.last ?? "")))
            #expect(access(value("ConditionPathExists"), R_OK) == 0, "\(value("ConditionPathExists"))")
            let line =
                "cd \(value("WorkingDirectory")) && \(words[0]) -c 'compile(open(\"\(words[1])\").read(), \"x\", \"exec\")'"
            let done = try await shell(line, home, scene)
            #expect(done.status == 0, "\(line)\n\(done.errors)")
        }
    }

    /// Where the rehearsal was not taken back.
    private static func stopNginx(_ root: String) {
        let text = Folder.text(of: root + "/run/nginx.pid").split(separator: "\n").first ?? ""
        if let process = pid_t(String(text)) { kill(process, SIGTERM) }
    }

    /// The page's ports, and some that nobody has.
    private static let ports = Dictionary(
        uniqueKeysWithValues: zip(
            ["20080", "20443", "28283", "18283"], FreePorts.take(4).map(String.init)))

    private static func shell(
        _ command: String, _ home: Sandbox, _ scene: RunbookScene
    ) async throws -> Finished {
        try await ChildProcess(
            command: command, folder: home.path,
            environment: [
                "HOME": home.path, "PATH": "\(scene.programs):\(BuiltProgram.folder):/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "OLD_PASSWORD": "the-old-password", "NEW_PASSWORD": "the-new-password",
            ]
        ).run()
    }

    private static func run(
        of job: String, _ home: Sandbox, _ scene: RunbookScene
    ) async throws -> String {
        let told = try await shell("ferry runs --json", home, scene).output
        let runs = try JSONDocument(Array(told.utf8)).root["runs"]
        let found = runs?.elements.first { $0["job"]?.string == job }
        return found?["id"]?.string ?? found?["run"]?.string ?? "none"
    }
}
