import Glibc
import HTTPCurl
import Journal
import LettaModel
import ScriptedLetta
import Testing

@testable import HostSetup

/// A real nginx on high ports of loopback, before a scripted Letta.
@Suite(
    .enabled(
        if: Tool.path(of: "nginx") != nil && Tool.path(of: "openssl") != nil, "needs nginx and openssl"))
struct ApplyTests {
    @Test func `an applied host serves what was planned, and a second apply changes nothing`() async throws {
        let site = try Site()
        let applied = try await site.apply()
        #expect(applied.run.status == .verified)
        #expect(applied.changed.count == 4)
        #expect(applied.notes.isEmpty && !applied.findings.isEmpty)
        for port in [site.config.httpsPort, site.config.apiPort] {
            #expect(await site.status(port, "/v1/health/") == 200)
            #expect(await site.status(port, "/v1/agents/") == 401)
        }
        #expect(await site.status(site.config.httpPort, "/v1/health/", isTLS: false) == 308)
        let before = site.files()
        let again = try await site.prepare().plan
        #expect(again.isDone, "\(again.actions.filter(\.isPending)) \(again.conflicts)")
        #expect(site.files() == before)
    }

    @Test func `the key of a self-signed certificate is 0600, and in no other file`() async throws {
        let site = try Site()
        try await site.apply()
        guard case .file(let key, let mode, _, _) = HostDisk.see(site.paths.ownKey) else {
            Issue.record("no key")
            return
        }
        #expect(mode == 0o600)
        let line = String(decoding: key, as: UTF8.self).split(separator: "\n").dropFirst().first ?? "?"
        let found = Tool(words: ["grep", "-rlF", "--", String(line), site.scratch.path]).run()?.text ?? ""
        #expect(found == site.paths.ownKey + "\n")
    }

    @Test func `an undone host is as it was before`() async throws {
        let site = try Site()
        try await site.apply()
        let undone = try await site.undo()
        #expect(undone.done.count == 5)
        #expect(undone.left.allSatisfy { $0.contains("nginx: holds what") }, "\(undone.left)")
        #expect(site.files().isEmpty)
        #expect(!site.nginx.isRunning)
        #expect(await site.status(site.config.apiPort, "/v1/health/") == nil)
        #expect(try await site.newest().status == .undone)
        await #expect(throws: Failure.self) { try await site.undo() }
    }

    @Test func `an update that is undone leaves nginx with the site of before`() async throws {
        let site = try Site()
        try await site.apply()
        let before = site.files()
        var changed = site.config
        changed.bodyLimit = 9
        let applied = try await site.apply(changed)
        #expect(applied.changed == [site.paths.site])
        #expect(site.files() != before)
        #expect(try await site.undo().left.isEmpty)
        #expect(site.files() == before)
        #expect(site.nginx.isRunning)
        #expect(await site.status(site.config.apiPort, "/v1/health/") == 200)
    }

    // MARK: failing steps

    @Test func `what nginx refuses is put back, and nothing runs`() async throws {
        let site = try Site()
        _ = try site.scratch.write("nonsense;\n", "root/etc/nginx/conf.d/theirs.conf")
        let before = site.files()
        let failure = await #expect(throws: Failure.self) { try await site.apply() }
        #expect(failure?.code == .hostStepFailed)
        #expect(failure?.reason.contains("nonsense") == true)
        #expect(failure?.reason.contains("was put back") == true)
        #expect(site.files() == before)
        #expect(!site.nginx.isRunning)
        #expect(try await site.newest().status == .failed)
    }

    @Test func `a run that failed is not undone again, whatever a later run has put since`() async throws {
        let site = try Site()
        let nonsense = try site.scratch.write("nonsense;\n", "root/etc/nginx/conf.d/theirs.conf")
        await #expect(throws: Failure.self) { try await site.apply() }
        let failed = try await site.newest()
        try HostDisk.remove(nonsense)
        try await site.apply()
        let before = site.files()
        let failure = await #expect(throws: Failure.self) {
            try await site.engine { try await $0.undo(failed, discardsNewer: false) }
        }
        #expect(failure?.code == .runNotUndoable)
        #expect(site.files() == before)
        #expect(await site.status(site.config.apiPort, "/v1/health/") == 200)
    }

    @Test func `a run is not undone before a later one that put other files, and then both are`() async throws
    {
        let site = try Site()
        let first = try await site.apply().run
        var changed = site.config
        changed.agents = ["ada"]
        let second = try await site.apply(changed).run
        let failure = await #expect(throws: Failure.self) {
            try await site.engine { try await $0.undo(first, discardsNewer: false) }
        }
        #expect(failure?.code == .undoWouldLose)
        #expect(failure?.remedy.contains(second.id.description) == true)
        #expect(await site.status(site.config.apiPort, "/v1/health/") == 200)
        for run in [second, first] {
            _ = try await site.engine { try await $0.undo(run, discardsNewer: false) }
        }
        #expect(site.files().isEmpty)
    }

    @Test func `an undo whose nginx is gone with its settings comes to its end, and says so`() async throws {
        let site = try Site()
        try await site.apply()
        var changed = site.config
        changed.bodyLimit = 9
        let second = try await site.apply(changed).run
        let first = try await site.engine { try await $0.journal.runs() }.first { $0.id != second.id }
        _ = try await site.engine { try await $0.undo(try #require(first), discardsNewer: true) }
        let undone = try await site.engine { try await $0.undo(second, discardsNewer: true) }
        #expect(undone.left.contains { $0.hasPrefix("nginx: it does not run") }, "\(undone)")
        #expect(try await site.engine { try await $0.journal.run(second.id.description) }.status == .undone)
    }

    @Test func `a run is not undone before a later one that put the same file`() async throws {
        let site = try Site()
        let first = try await site.apply().run
        var changed = site.config
        changed.bodyLimit = 9
        let second = try await site.apply(changed).run
        try await site.apply()
        let failure = await #expect(throws: Failure.self) {
            try await site.engine { try await $0.undo(first, discardsNewer: false) }
        }
        #expect(failure?.code == .undoWouldLose)
        #expect(failure?.remedy.contains(second.id.description) == false)
        #expect(await site.status(site.config.apiPort, "/v1/health/") == 200)
    }

    @Test func `a site that is served and is not right is taken back, and the old one is served again`()
        async throws
    {
        let site = try Site()
        try await site.apply()
        let before = site.files()
        // Whoever stands behind it now asks for no password.
        try site.replaceLetta { try ScriptedServer(port: $0, origins: ["https://app.letta.com"]) }
        var changed = site.config
        changed.bodyLimit = 9
        let failure = await #expect(throws: Failure.self) { try await site.apply(changed) }
        #expect(failure?.subject.contains("auth.required") == true, "\(String(describing: failure))")
        #expect(site.files() == before)
        #expect(site.nginx.isRunning)
        try await HostProof(site.config, site.paths, CurlDialer(), now: { 0 })
            .serves(text(of: site.paths.site))
    }

    @Test func `a port that is taken is a conflict, and nothing is begun`() async throws {
        let site = try Site()
        let held = try #require(Held(site.config.httpsPort))
        defer { held.release() }
        let failure = await #expect(throws: Failure.self) { try await site.apply() }
        #expect(failure?.code == .hostConflict)
        #expect(failure?.subject == "port.taken port \(site.config.httpsPort)")
        #expect(site.files().isEmpty)
    }

    /// nginx's reload ends with 0 there, and changes nothing.
    @Test func `a port that is taken while nginx runs is found by looking at what is served`() async throws {
        let site = try Site()
        try await site.apply()
        let before = site.files()
        var changed = site.config
        changed.httpsPort = Ports.take(1)[0]
        let prepared = try await site.prepare(changed)
        let held = try #require(Held(changed.httpsPort))
        defer { held.release() }
        let path = site.scratch.path + "/host.json"
        let failure = await #expect(throws: Failure.self) {
            try await site.engine { try await $0.apply(prepared, configPath: path) }
        }
        #expect(failure?.code == .hostStepFailed, "\(String(describing: failure))")
        #expect(failure?.reason.contains("does not serve the site") == true)
        #expect(failure?.reason.contains("was put back") == true)
        #expect(try await site.newest().status == .failed)
        #expect(site.files() == before)
        #expect(await site.status(site.config.apiPort, "/v1/health/") == 200)
    }

    // MARK: files of somebody else

    @Test func `a file that ferry did not make is never written over`() async throws {
        let site = try Site()
        _ = try site.scratch.write("# theirs\n", "root/etc/nginx/nginx.conf")
        let failure = await #expect(throws: Failure.self) { try await site.apply() }
        #expect(failure?.code == .hostConflict)
        #expect(text(of: site.paths.nginxMain) == "# theirs\n")
    }

    @Test func `a file that was changed by hand is a conflict, and undo sets it aside only if told to`()
        async throws
    {
        let site = try Site()
        try await site.apply()
        let changed = text(of: site.paths.site) + "# by hand\n"
        _ = try site.scratch.write(changed, String(site.paths.site.dropFirst(site.scratch.path.count + 1)))
        #expect(try await site.prepare().plan.conflicts.map(\.id) == ["file.drift"])
        let failure = await #expect(throws: Failure.self) { try await site.undo() }
        #expect(failure?.code == .undoWouldLose)
        #expect(text(of: site.paths.site) == changed)
        #expect(site.nginx.isRunning)
        try await site.undo(discardsNewer: true)
        #expect(site.files().count == 1)
        let run = try await site.newest()
        #expect(Tool(words: ["grep", "-rl", "by hand", run.folder]).run()?.text == "")
        let place = HostDisk.folder(of: site.paths.site)
        #expect(text(of: "\(place)/.ferry-\(site.config.name).conf.newer-\(run.id)") == changed)
    }

    @Test func `what changes between plan and step is refused`() async throws {
        let site = try Site()
        let prepared = try await site.prepare()
        _ = try site.scratch.write("# in between\n", "root/etc/nginx/nginx.conf")
        let path = site.scratch.path + "/host.json"
        let failure = await #expect(throws: Failure.self) {
            try await site.engine { try await $0.apply(prepared, configPath: path) }
        }
        #expect(failure?.subject == site.paths.nginxMain)
        #expect(text(of: site.paths.nginxMain) == "# in between\n")
    }

    @Test func `while another ferry changes the host nothing is begun`() async throws {
        let site = try Site()
        let prepared = try await site.prepare()
        let path = site.scratch.path + "/host.json"
        try await site.engine { engine in
            let lock = try HostLock.take(root: site.root, journal: engine.journal.path)
            let failure = await #expect(throws: Failure.self) {
                try await engine.apply(prepared, configPath: path)
            }
            #expect(failure?.code == .runBusy)
            #expect(try await engine.journal.runs().isEmpty)
            withExtendedLifetime(lock) {}
        }
        #expect(site.files().isEmpty)
        #expect(try await site.apply().run.status == .verified)
    }

    @Test func `two that begin at once do not undo each other`() async throws {
        let site = try Site()
        let prepared = try await site.prepare()
        let path = site.scratch.path + "/host.json"
        let verified = try await site.engine { engine in
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<2 {
                    group.addTask { (try? await engine.apply(prepared, configPath: path)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        #expect(verified >= 1)
        #expect(await site.status(site.config.apiPort, "/v1/health/") == 200)
        #expect(try await site.prepare().plan.isDone)
    }

    @Test(arguments: ["etc", "var", "etc/nginx/conf.d", "usr"])
    func `a link below the root is a conflict, and nothing is put where it leads`(name: String) async throws {
        let site = try Site { $0.letta = "systemd" }
        _ = try site.scratch.write("", "root/\(name).x")
        _ = try site.scratch.write("", "outside/theirs")
        try HostDisk.link("\(site.root)/\(name)", to: "\(site.scratch.path)/outside")
        let prepared = try await HostPlanning.prepare(
            site.config, MadeUp.secrets, root: site.root, secretsPath: "x", dialer: CurlDialer())
        #expect(prepared.plan.conflicts.contains { $0.subject == "\(site.root)/\(name)" })
        let failure = await #expect(throws: Failure.self) {
            try await site.engine { try await $0.apply(prepared, configPath: "/x") }
        }
        #expect(failure?.code == .hostConflict)
        let found = Tool(words: ["ls", "-A", site.scratch.path + "/outside"]).run()?.text
        #expect(found == "theirs\n")
    }

    @Test func `a link that comes after the plan is refused by the step`() async throws {
        let site = try Site()
        let prepared = try await site.prepare()
        _ = try site.scratch.write("", "root/x")
        _ = try site.scratch.write("", "outside/theirs")
        try HostDisk.link("\(site.root)/etc", to: "\(site.scratch.path)/outside")
        await #expect(throws: Failure.self) {
            try await site.engine { try await $0.apply(prepared, configPath: "/x") }
        }
        #expect(Tool(words: ["ls", "-A", site.scratch.path + "/outside"]).run()?.text == "theirs\n")
    }

    @Test(arguments: ["/tmp/a b", "/tmp/a;b", "/tmp/a\"b", "/tmp/a\nb", "/tmp/a$b"])
    func `a root whose name nginx or a shell would read as more is refused`(root: String) async throws {
        let failure = await #expect(throws: Failure.self) {
            try await HostPlanning.plan(
                MadeUp.usual, MadeUp.secrets, root: root, secretsPath: "x", dialer: CurlDialer())
        }
        #expect(failure?.code == .hostConfigWrong && failure?.subject.hasPrefix("--root") == true)
    }

    @Test func `hidden files of the site and what links lead out to are not served`() async throws {
        let folder = Scratch()
        chmod(folder.path, 0o755)
        _ = try folder.write("hello", "site/index.html")
        for name in [".env", ".git/config", "sub/.env"] { _ = try folder.write("x", "site/\(name)") }
        _ = try folder.write("x", "site/.well-known/security.txt")
        _ = try folder.write("x", "outside.txt")
        try HostDisk.link("\(folder.path)/site/link.txt", to: "\(folder.path)/outside.txt")
        let site = try Site { $0.site = "\(folder.path)/site" }
        try await site.apply()
        for (path, status) in [
            ("/", 200), ("/.well-known/security.txt", 200), ("/.env", 404), ("/.git/config", 404),
            ("/sub/.env", 404), ("/link.txt", 404),
        ] {
            #expect(await site.status(site.config.httpsPort, path) == status, "\(path)")
        }
    }

    // MARK: kills

    /// Two before the run begins, then four a step: by five, so that each
    /// of the four is met, at different steps.
    @Test(arguments: Array(stride(from: 3, through: 73, by: 5)))
    func `a killed run goes on to the end, or is taken back whole`(kill: Int) async throws {
        for resumes in [true, false] {
            let site = try Site()
            await #expect(throws: HostBook.Killed.self) { try await site.apply(kill: kill) }
            #expect(try await site.newest().status == .running)
            await #expect(throws: Failure.self) { try await site.apply() }
            if resumes {
                #expect(try await site.resume().run.status == .verified)
                #expect(try await site.prepare().plan.isDone)
                #expect(try await site.engine { try await $0.journal.openSteps(site.newest().id) }.isEmpty)
            }
            try await site.undo()
            #expect(site.files().isEmpty)
            #expect(!site.nginx.isRunning)
        }
    }

    @Test(arguments: [1, 2])
    func `a run that was killed before it began blocks nothing, and can be taken back`(kill: Int) async throws
    {
        for isTakenBack in [true, false] {
            let site = try Site()
            await #expect(throws: HostBook.Killed.self) { try await site.apply(kill: kill) }
            let planned = try await site.newest()
            #expect(planned.status == .planned)
            let failure = await #expect(throws: Failure.self) { try await site.resume() }
            #expect(failure?.code == .runNotResumable)
            if isTakenBack { try await site.undo() }
            #expect(try await site.apply().run.status == .verified)
            let after = try await site.engine { try await $0.journal.run(planned.id.description).status }
            #expect(after == (isTakenBack ? .undone : .failed))
        }
    }

    @Test func `what a kill left half written is gone after resume, and after undo`() async throws {
        for resumes in [true, false] {
            let site = try Site()
            await #expect(throws: HostBook.Killed.self) { try await site.apply(kill: 61) }
            let puts = try await site.engine { engine in
                try await engine.journal.steps(site.newest().id).map(HostStep.init).filter {
                    $0.kind == FilePutter.put
                }
            }
            let last = try #require(puts.last)["path"]
            let half = HostDisk.temporary(last)
            try HostDisk.remove(last)
            _ = try site.scratch.write("half", String(half.dropFirst(site.scratch.path.count + 1)))
            if resumes { _ = try await site.resume() } else { try await site.undo() }
            #expect(!HostDisk.exists(half))
        }
    }

    @Test(arguments: [1, 4, 7, 10, 14, 19])
    func `an undo that was killed is undone again`(kill: Int) async throws {
        let site = try Site()
        try await site.apply()
        await #expect(throws: HostBook.Killed.self) { try await site.undo(kill: kill) }
        #expect(try await site.newest().status == .undoing)
        await #expect(throws: Failure.self) { try await site.resume() }
        try await site.undo()
        #expect(site.files().isEmpty)
        #expect(!site.nginx.isRunning)
    }

    @Test func `a killed run is not gone on with where a file is neither as it was nor as it shall be`()
        async throws
    {
        let site = try Site()
        do { try await site.apply(kill: 40) } catch is HostBook.Killed {}
        let path = site.paths.nginxMain
        let changed = text(of: path) + "# by hand\n"
        _ = try site.scratch.write(changed, String(path.dropFirst(site.scratch.path.count + 1)))
        let failure = await #expect(throws: Failure.self) { try await site.resume() }
        #expect(failure?.code == .hostStepFailed || failure?.code == .hostPlanStale)
        #expect(text(of: path) == changed)
    }

    // MARK: secrets

    @Test func `no password is in the journal or in the run's folder`() async throws {
        let site = try Site {
            ($0.letta, $0.postgres, $0.services) = ("systemd", "local", "none")
        }
        let secrets = MadeUp.secrets
        let path = site.scratch.path + "/host.json"
        try HostConfigStore.create(site.config, secrets, at: path)
        for limit in [9, 10] {
            var config = site.config
            (config.bodyLimit, config.stdioMCP) = (limit, limit == 10)
            let prepared = try await HostPlanning.prepare(
                config, secrets, root: site.root, secretsPath: "x", dialer: CurlDialer())
            _ = try await site.engine { try await $0.apply(prepared, configPath: path) }
        }
        #expect(text(of: site.paths.lettaEnv).contains("made-up-password"))
        let found = Tool(words: ["grep", "-rla", "made-up-", site.state]).run()?.text ?? "?"
        #expect(found.isEmpty)
        let kept =
            Tool(words: ["find", site.root + "/etc/letta", "-name", ".letta.env.before-*", "-perm", "600"])
            .run()?.text ?? ""
        #expect(kept.split(separator: "\n").count == 1)
        try await site.undo()
        #expect(text(of: site.paths.lettaEnv).contains("MCP_DISABLE_STDIO=true"))
        #expect(!HostDisk.exists(String(kept.dropLast())))
    }
}
