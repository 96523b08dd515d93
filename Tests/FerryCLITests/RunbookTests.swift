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
        "ferry host doctor https://letta.example.org --token-env NEW_PASSWORD --letta-port 18283",
        "sudo --preserve-env=NEW_PASSWORD ferry host doctor https://letta.example.org --token-env NEW_PASSWORD --on-host",
        "sudo systemctl disable --now broca@ada smcp@ada",
        "sudo fuser -v /opt/sanctum/agents/ada/broca/sanctum.db",
        "sudo systemctl enable --now broca@ada smcp@ada",
        "ferry workers move /opt/sanctum/agents/ada --to /srv/ada --at new --token-env NEW_PASSWORD --accept all --retire",
        "sudo systemctl enable --now smcp@ada broca@ada",
        "sudo journalctl -fu broca@ada",
        "sudo ferry servers add home --url https://letta.example.org --token-file /root/letta.token",
        "sudo ferry host backup install --from home --into /srv/backups --drill home",
        "sudo systemctl disable --now broca@ada smcp@ada",
    ]

    @Test func `every block says whether it is run, and those that are not are these`() {
        #expect(Self.page.unmarked.isEmpty)
        #expect(Self.page.commands.filter { $0.exit == nil }.map(\.text) == Self.untested)
        #expect(Self.page.commands.count { $0.exit != nil } > 10)
    }

    @Test func `a command that a sentence mentions is run, or of a known kind`() {
        let run = Self.page.commands.filter { $0.exit != nil }.map(\.text)
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
            let words = command.text[start.upperBound...].split(separator: " ").map(String.init)
            _ = try parser.parse(words)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `the runbook runs from its first command to its last`() async throws {
        let folder = try Disk.temporaryFolder()
        defer { Disk.removeTree(folder) }
        let scene = try RunbookScene(in: folder)
        defer { scene.stop() }
        let home = Sandbox()
        let stands = scene.addresses.merging(["/srv/ada": home.path + "/moved"]) { old, _ in old }
        for command in Self.page.commands {
            guard let exit = command.exit else { continue }
            var text = command.text
            for (example, real) in stands { text = text.replacing(example, with: real) }
            for (word, job) in [("MOVE-RUN", "move"), ("WORKERS-RUN", "workers-move")]
            where text.contains(word) {
                text = text.replacing(word, with: try await Self.run(of: job, home))
            }
            let done = try await Self.shell(text, home)
            #expect(done.status == exit, "\(text)\n\(done.output.suffix(3000))\n\(done.errors.suffix(2000))")
        }
        #expect(scene.agents.new == 0, "everything was taken back")
        #expect(scene.agents.old == 1)
    }

    private static func shell(_ command: String, _ home: Sandbox) async throws -> Finished {
        try await ChildProcess(
            command: command, folder: home.path,
            environment: [
                "HOME": home.path, "PATH": "\(BuiltProgram.folder):/usr/bin:/bin", "LANG": "C.UTF-8",
                "OLD_PASSWORD": "the-old-password", "NEW_PASSWORD": "the-new-password",
            ]
        ).run()
    }

    private static func run(of job: String, _ home: Sandbox) async throws -> String {
        let runs = try JSONDocument(Array(try await shell("ferry runs --json", home).output.utf8)).root[
            "runs"]
        let found = runs?.elements.first { $0["job"]?.string == job }
        return found?["id"]?.string ?? found?["run"]?.string ?? "none"
    }
}
