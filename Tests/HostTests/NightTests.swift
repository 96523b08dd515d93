import LettaModel
import Testing

@testable import Host

/// What is left of the nights on a host, and remedies that fit a host of ferry's.
@Suite struct NightTests {
    private static let unit = """
        [Service]
        ExecStart="/usr/bin/ferry" "host" "backup" "run" "--from" "home" "--into" "/srv/a \\"b\\" 100%%" "--keep" "3"

        """

    private static let record = """
        {"schema":"ferry.backup/1","finished_at":"2026-09-21T03:10:00+00:00","agents":[
        {"agent":"Ada","snapshot":{"snapshot":"/x"},"error":null},
        {"agent":"Bob","snapshot":null,"error":{"reason":"gone"}}],"drill":null}
        """

    private static let worker = """
        [Service]
        WorkingDirectory=/srv/ada/broca
        ExecStart=/srv/ada/venv/bin/python main.py
        """

    @Test func `the newest dump is the one whose name says so, and nothing else counts`() {
        let names = [
            "letta-2026-09-20T031000Z.dump", "letta-2026-09-21T031000Z.dump", "letta-2099.dump",
            "letta-2099-01-01T000000Z.dump.part",
        ]
        let files = ["/etc/systemd/system/letta-dump.timer": ""]
        let ground = PaperGround(
            files: files, folders: ["/var/backups/letta": names], answers: ["letta-dump.service": "success\n"]
        )
        let night = NightSight(dumps: ground)
        #expect(night?.newest == Instant("2026-09-21T03:10:00Z").map { Int($0.microseconds / 1_000_000) })
        #expect(night?.result == "success" && night?.isHidden == false)
        #expect(NightSight(dumps: PaperGround()) == nil)
    }

    @Test func `a backup's own record is found by its unit, and what it lost is named`() {
        let ground = PaperGround(
            files: [
                "/etc/systemd/system/ferry-backup.service": Self.unit,
                "/srv/a \"b\" 100%/last-run.json": Self.record,
            ], answers: ["ferry-backup.service": "oom-kill\n"])
        let night = NightSight(backups: ground)
        #expect(night?.folder == "/srv/a \"b\" 100%")
        #expect(night?.result == "oom-kill")
        #expect(night?.trouble == "1 of 2 agents were not saved, Bob among them")
        #expect(night?.newest != nil)
    }

    @Test func `a unit of a worker that names a Python that is not there is found, a sound one is not`() {
        var ground = PaperGround(
            files: [
                "/etc/systemd/system/broca@ada.service": Self.worker, "/srv/ada/broca": "",
                "/srv/ada/ferry-packages.txt": "",
            ], folders: ["/etc/systemd/system": ["broca@ada.service", "nginx.service"]])
        let found = WorkerPython.all(ground)
        #expect(
            found == [
                WorkerPython(
                    "broca@ada", python: "/srv/ada/venv/bin/python", isThere: false,
                    lists: ["/srv/ada/ferry-packages.txt"])
            ])
        let seen = MadeUp.sighting {
            $0.machine = MadeUp.machine
            $0.machine?.workers = found
        }
        let finding = Probe.findings(seen).first { $0.id == "workers.python" }
        #expect(
            finding?.remedy
                == "sudo /usr/bin/python3 -m venv /srv/ada/venv && sudo /srv/ada/venv/bin/pip install -r /srv/ada/ferry-packages.txt"
        )
        ground.files["/srv/ada/venv/bin/python"] = ""
        #expect(WorkerPython.all(ground).map(\.isThere) == [true])
        // Nothing was moved there yet.
        ground.files["/srv/ada/venv/bin/python"] = nil
        ground.files["/srv/ada/broca"] = nil
        #expect(WorkerPython.all(ground).isEmpty)
    }

    // MARK: remedies

    private static let site = """
        # configuration file /etc/nginx/nginx.conf:
        http {}
        # configuration file /etc/nginx/conf.d/ferry-letta.example.conf:
        # Managed by ferry; `ferry host plan` finds changes by hand. Sum: 0123456789abcdef
        server { listen 443 ssl;
        server_name letta.example;
        }
        """

    @Test func `ferry's own files are known by their mark, and by the name that they serve`() {
        let ground = PaperGround(files: ["/etc/letta/letta.env": "# Managed by ferry; x\nA=b\n"])
        #expect(FerrysPart.found(dump: Self.site, host: "letta.example", ground) == [.edge, .letta])
        #expect(FerrysPart.found(dump: Self.site, host: "other.example", PaperGround()) == [])
        let theirs = Self.site.replacing("Managed by ferry;", with: "Written by me.")
        #expect(FerrysPart.found(dump: theirs, host: "letta.example", PaperGround()) == [])
    }

    private func remedy(_ id: String, _ parts: Set<FerrysPart>, isFresh: Bool = false) -> String? {
        let seen = MadeUp.sighting {
            $0.ferrys = parts
            $0.isFresh = isFresh
            $0.machine = MadeUp.machine
            $0.machine?.ports[0].buffering = "on"
            $0.machine?.redis = .unset
            $0.machine?.listening.append(ListeningSocket("0.0.0.0", 18283))
            $0.ports[0].api?.body = .refused(fits: 1 << 20, above: (1 << 20) + 1)
            $0.ports[0].api?.preflights = [.init(MadeUp.page, "GET", MadeUp.preflight(400, origins: []))]
            $0.ports[0].api?.bare = MadeUp.list
        }
        return Probe.findings(seen).first { $0.id == id && $0.severity > .ok }?.remedy
    }

    @Test(arguments: [("sse.static", FerrysPart.edge, "nginx -T"), ("auth.required", .letta, "ss -ltnp")])
    func `a proof that fails right after the files were put does not ask for the same again`(
        id: String, part: FerrysPart, words: String
    ) throws {
        let said = try #require(remedy(id, [part], isFresh: true))
        #expect(said.contains(words) && !said.contains("ferry host apply"))
    }

    @Test(arguments: [
        ("body.limit", FerrysPart.edge, "\"body-limit\""), ("sse.static", .edge, "sudo ferry host plan"),
        ("cors.preflight", .letta, "\"origins\""), ("redis.reach", .letta, "\"redis\""),
        ("auth.required", .letta, "sudo ferry host plan"), ("bind.api", .letta, "sudo ferry host plan"),
    ])
    func `on a host of ferry's a remedy names the config, and edits no file of ferry's`(
        id: String, part: FerrysPart, words: String
    ) throws {
        let plain = try #require(remedy(id, []))
        #expect(!plain.contains("ferry host apply"))
        let own = try #require(remedy(id, [part]))
        #expect(own.contains(words) && own.contains("sudo ferry host apply"), "\(own)")
        for edit in ["proxy_", "client_max", "ACCEPTABLE", "letta.env", "reload nginx", "--host"] {
            #expect(!own.contains(edit), "\(own)")
        }
        #expect(remedy(id, [part == .edge ? .letta : .edge]) == plain)
    }

    @Test func `a file of settings that somebody names counts before the process that runs`() {
        let named = "LETTA_PG_URI=postgresql://letta:made-up-word@127.0.0.1/restored\n"
        var ground = PaperGround(files: ["/root/restored.env": named])
        ground.envFiles = ["/root/restored.env"]
        let running = RunningProcess(pid: 7, words: ["letta", "server", "--port", "18283"])
        ground.files["/proc/7/environ"] = "LETTA_PG_URI=postgresql://letta:made-up-word@127.0.0.1/letta\0"
        let found = MachineSight.foundSettings(["/root/restored.env"], [running], ground)
        #expect(found.map(\.place) == ["/root/restored.env", "process 7"])
    }
}

/// A machine on paper.
private struct PaperGround: Ground {
    var files: [String: String] = [:]
    var folders: [String: [String]] = [:]
    /// The last word of a command -> what it says.
    var answers: [String: String] = [:]
    var envFiles: [String] = []

    var logs: [String] { [] }
    func text(of path: String) -> String? { files[path] }
    func output(of command: [String], environment: [String: String]) -> (status: Int, text: String)? {
        answers[command.last ?? ""].map { (0, $0) }
    }
    func has(_ program: String) -> Bool { false }
    func lists(_ folder: String) -> Bool { true }
    func mode(of path: String) -> (bits: Int, owner: Int)? { files[path].map { _ in (0o755, 0) } }
    func freeBytes(at path: String) -> Int? { nil }
    func names(in folder: String) -> [String] { folders[folder] ?? [] }
    func places(of values: [[UInt8]], inFile path: String) -> Set<Int>? { nil }
    func places(of values: [[UInt8]], inOutputOf command: [String]) -> Set<Int>? { nil }
}
