import Glibc
import LettaModel
import LosslessJSON
import Testing

@testable import HostSetup

/// Facts are made up; what is decided from them is pure.
@Suite struct PlannerTests {
    private static func facts(_ files: [DesiredFile]) -> HostFacts {
        var facts = HostFacts()
        facts.host = "this"
        facts.isRoot = true
        facts.nginx = .usual
        facts.hasSystemd = true
        facts.addresses = ["192.0.2.1"]
        for file in files {
            facts.files[file.path] = .file(bytes: Array(file.text.utf8), mode: file.mode, owner: 0, group: 0)
        }
        return facts
    }

    /// A host on which everything is as it shall be.
    private static func done(_ config: HostConfig = MadeUp.usual) throws -> (HostPlanner, HostFacts) {
        let rendering = MadeUp.rendering(config)
        let files = try rendering.files()
        var facts = facts(files)
        facts.packages = Set(HostPackages.of(config))
        (facts.services, facts.running) = (Set(HostUnits.of(config)), Set(HostUnits.of(config)))
        facts.sshPorts = [22]
        facts.users = ["letta", "sanctum", "postgres"]
        (facts.hasDatabase, facts.revision) = (true, LettaLock.revision)
        facts.heads = [LettaLock.revision]
        facts.lettaMark = files.first { $0.path.hasSuffix(".lock") }.map { "0.16.8 \($0.digest)\n" }
        facts.hasImages = true
        (facts.certificate, facts.isNginxRunning, facts.lettaAnswers) = (.good, true, true)
        facts.listening =
            [80, 443, 8283].map { HostFacts.Socket("0.0.0.0", $0) }
            + [HostFacts.Socket("127.0.0.1", 18283)]
        return (HostPlanner(rendering: rendering, files: files, facts: facts), facts)
    }

    private func planned(_ config: HostConfig, _ change: (inout HostFacts) -> Void) throws
        -> HostPlan
    {
        var (planner, facts) = try Self.done(config)
        change(&facts)
        planner = HostPlanner(rendering: planner.rendering, files: planner.files, facts: facts)
        return planner.plan()
    }

    private func planned(_ change: (inout HostFacts) -> Void) throws -> HostPlan {
        try planned(MadeUp.usual, change)
    }

    private let site = "/etc/nginx/conf.d/ferry-letta.example.org.conf"

    @Test(arguments: ["usual", "docker", "own", "theirs", "deb"])
    func `where everything is as it shall be nothing is pending`(name: String) throws {
        let plan = try planned(try #require(MadeUp.configs[name])) { _ in }
        #expect(plan.isDone, "\(plan.actions.filter(\.isPending)) \(plan.conflicts)")
    }

    @Test func `a Letta from another lock file is installed anew and restarted, and the plan says both`()
        throws
    {
        let lock = "/usr/local/lib/ferry/letta-0.16.8.lock"
        let plan = try planned {
            $0.lettaMark = "0.16.8 of-an-older-ferry"
            let text = DesiredFile(lock, "letta==0.16.8\n").text
            $0.files[lock] = .file(bytes: Array(text.utf8), mode: 0o644, owner: 0, group: 0)
        }
        let pending = plan.actions.filter(\.isPending)
        #expect(pending.map(\.subject) == [lock, "Letta 0.16.8", "letta.service"])
        #expect(pending.last?.note == "systemctl restart: a file of it changes")
    }

    @Test func `the site of a name that the host had before is named as ferry's, and not to be edited`()
        throws
    {
        let old = "/etc/nginx/conf.d/ferry-old.example.org.conf"
        let plan = try planned {
            $0.servers = [
                ForeignServer(
                    file: old, ports: [80, 443], defaultPorts: [80, 443], names: ["old.example.org"])
            ]
        }
        #expect(plan.conflicts.map(\.id) == ["nginx.default-server"])
        #expect(plan.conflicts.first?.seen.contains("ferry set up another host") == true)
        #expect(plan.conflicts.first?.remedy.contains("mv \(old) \(old).before && nginx -s reload") == true)
        #expect(plan.conflicts.first?.remedy.contains("default_server") == false)
    }

    @Test func `an empty host gets packages, files, a database, a certificate and services`() throws {
        let rendering = MadeUp.rendering(MadeUp.usual)
        let files = try rendering.files()
        let plan = HostPlanner(rendering: rendering, files: files, facts: Self.facts([])).plan()
        #expect(plan.conflicts.isEmpty)
        #expect(plan.actions.filter { $0.kind == "file" }.allSatisfy { $0.verdict == .create })
        #expect(
            Set(plan.actions.map(\.kind)) == [
                "package", "user", "file", "install", "database", "certificate", "service",
            ])
        let waiting = plan.actions.filter { !$0.isPending }
        #expect(waiting.isEmpty)
    }

    @Test func `a file that differs is updated, with its lines, mode and owner`() throws {
        let path = "/etc/systemd/system/letta.service"
        let old = DesiredFile(path, "[Service]\nUser=root\n")
        let plan = try planned {
            $0.files[path] = .file(bytes: Array(old.text.utf8), mode: 0o644, owner: 0, group: 0)
        }
        let action = try #require(plan.actions.first { $0.subject == path })
        #expect(action.verdict == .update && action.mode == "0644" && action.owner == "root:root")
        #expect(action.diff.contains("\n-User=root\n") && action.diff.contains("\n+User=letta\n"))
        #expect(plan.conflicts.isEmpty)
    }

    @Test func `a mode or an owner that is not right is an update too`() throws {
        let path = "/etc/letta/letta.env"
        for (mode, owner) in [(0o644, 0), (0o600, 1000)] {
            let plan = try planned {
                guard case .file(let bytes, _, _, _) = $0.files[path] ?? .absent else { return }
                $0.files[path] = .file(bytes: bytes, mode: mode, owner: owner, group: 0)
            }
            #expect(plan.actions.first { $0.subject == path }?.verdict == .update)
        }
    }

    @Test func `no password is in a plan, neither a new one nor one that goes`() throws {
        let old = DesiredFile(
            "/etc/letta/letta.env",
            "LETTA_SERVER_PASSWORD=older-one\nLETTA_PG_URI=postgresql://a:older-two@b/c\n",
            isSecret: true)
        let plan = try planned {
            $0.files["/etc/letta/letta.env"] = .file(
                bytes: Array(old.text.utf8), mode: 0o600, owner: 0, group: 0)
            $0.files["/etc/letta/postgres.env"] = .absent
        }
        let text = plan.json.text() + SavedPlan.json(plan, config: "/x").text()
        #expect(text.contains("LETTA_SERVER_PASSWORD=***"))
        for secret in ["made-up-", "older-"] { #expect(!text.contains(secret)) }
    }

    @Test func `no password that somebody else wrote is in a plan, and none of a site`() throws {
        let env = "OPENAI_API_KEY=hidden-one\n# DB_PASS=hidden-two\n"
        let plan = try planned {
            let ours = $0.files["/etc/letta/letta.env"]?.text ?? ""
            $0.files["/etc/letta/letta.env"] = .file(
                bytes: Array((ours + env).utf8), mode: 0o600, owner: 0, group: 0)
            $0.files["/etc/letta/postgres.env"] = .file(
                bytes: Array(env.utf8), mode: 0o600, owner: 0, group: 0)
            let site = $0.files[self.site]?.text ?? ""
            $0.files[self.site] = .file(
                bytes: Array((site + "proxy_set_header Authorization \"Bearer hidden-three\";\n").utf8),
                mode: 0o644, owner: 0, group: 0)
        }
        let text = plan.json.text() + plan.actions.map(\.diff).joined()
        #expect(text.contains("OPENAI_API_KEY=***") && text.contains("proxy_set_header Authorization***"))
        #expect(!text.contains("hidden"))
    }

    static let conflicts: [(String, @Sendable (inout HostFacts) -> Void)] = [
        ("port.taken", { $0.isNginxRunning = false }),
        ("port.taken", { $0.files["/etc/nginx/conf.d/ferry-letta.example.org.conf"] = .absent }),
        ("port.taken", { $0.lettaAnswers = false }),
        (
            "nginx.default-server",
            {
                $0.servers = [ForeignServer(file: "/etc/nginx/x", ports: [80], defaultPorts: [80], names: [])]
            }
        ),
        (
            "nginx.same-name",
            {
                $0.servers = [
                    ForeignServer(
                        file: "/etc/nginx/x", ports: [443], defaultPorts: [], names: ["letta.example.org"])
                ]
            }
        ),
        ("nginx.broken", { $0.nginxTrouble = "[emerg] x" }),
        (
            "file.drift",
            {
                let text = DesiredFile("/x", "a\n").text + "b\n"
                $0.files["/usr/local/lib/ferry/letta-serve"] = .file(
                    bytes: Array(text.utf8), mode: 0o755, owner: 0, group: 0)
            }
        ),
        (
            "file.foreign",
            {
                $0.files["/etc/letta/letta.env"] = .file(
                    bytes: Array("A=1\n".utf8), mode: 0o600, owner: 0, group: 0)
            }
        ),
        ("file.foreign", { $0.files["/etc/letta/letta.env"] = .link(to: "/elsewhere") }),
        ("file.foreign", { $0.foreignPlaces = ["/opt/letta/venv"] }),
        ("file.foreign", { $0.detours = ["/root/etc": "/etc"] }),
        ("file.other", { $0.files["/etc/letta/letta.env"] = .other("a folder") }),
        ("file.unwritable", { $0.obstacles["/etc/letta/letta.env"] = "/etc: read-only file system" }),
        ("certificate.wrong", { $0.certificate = .wrong("it has expired") }),
        ("letta.exposed", { $0.listening.append(HostFacts.Socket("0.0.0.0", 18283)) }),
        ("database.revision", { $0.revision = "older" }),
        ("database.foreign", { $0.database = theirs { ($0.hasRole, $0.takesPassword) = (true, false) } }),
        ("database.foreign", { $0.database = theirs { $0.owner = "shop" } }),
        (
            "database.foreign",
            {
                $0.revision = nil
                $0.database = theirs { ($0.owner, $0.tables) = ("letta", 7) }
            }
        ),
        (
            "database.foreign",
            {
                $0.hasDatabase = false
                $0.database = theirs { ($0.owner, $0.tables) = ("letta", 7) }
            }
        ),
    ]

    private static func theirs(_ change: (inout DatabaseFact) -> Void) -> DatabaseFact {
        var fact = DatabaseFact()
        change(&fact)
        return fact
    }

    @Test func `a role that takes the password, and an empty database, are used as they are`() throws {
        let plan = try planned {
            ($0.revision, $0.hasDatabase) = (nil, false)
            $0.database = Self.theirs { ($0.hasRole, $0.takesPassword, $0.owner) = (true, true, "letta") }
        }
        #expect(plan.conflicts.isEmpty, "\(plan.conflicts)")
        #expect(!plan.actions.contains { $0.kind == "database" && !$0.isPending })
    }

    @Test(arguments: [
        (Set([22]), true, true), (Set<Int>(), true, true), (Set<Int>(), false, false),
        (Set([2222]), true, false),
    ])
    func `a firewall that would lock ssh out is a conflict`(ports: Set<Int>, isUsed: Bool, isGood: Bool)
        throws
    {
        let config = MadeUp.changed { $0.firewall = true }
        let plan = try planned(config) { ($0.sshPorts, $0.isSSHPortUsed) = (ports, isUsed) }
        #expect(plan.conflicts.map(\.id) == (isGood ? [] : ["firewall.ssh"]))
        let without = try planned(MadeUp.changed { ($0.firewall, $0.sshPort) = (true, 0) }) {
            $0.sshPorts = []
        }
        #expect(without.conflicts.isEmpty)
    }

    @Test func `what runs and has to be started anew, or to read its files again, is in the plan`() throws {
        let plan = try planned {
            for path in ["/etc/letta/letta.env", self.site] {
                $0.files[path] = .file(
                    bytes: Array(DesiredFile(path, "older\n").text.utf8), mode: 0o600, owner: 0, group: 0)
            }
        }
        let services = plan.actions.filter { $0.kind == "service" && $0.isPending }
        #expect(services.map(\.subject) == ["letta.service", "nginx.service"])
        #expect(services.map(\.note) == ["systemctl restart: a file of it changes", "systemctl reload"])
    }

    @Test func `what nobody starts is named, and its firewall is no conflict`() throws {
        let plan = try planned(MadeUp.changed { ($0.services, $0.firewall) = ("none", true) }) {
            $0.sshPorts = []
        }
        #expect(plan.conflicts.isEmpty)
        #expect(
            plan.notes.contains {
                $0.hasSuffix("ferry-firewall.service, letta.service, letta-dump.timer, certbot.timer")
            })
    }

    @Test func `an nginx that runs and would not start with the host is enabled`() throws {
        let plan = try planned { $0.services.remove("nginx.service") }
        #expect(plan.actions.filter(\.isPending).map(\.subject) == ["nginx.service"])
    }

    @Test func `tables by alembic are done where the database is at the newest of its folder`() throws {
        let alembic = try #require(MadeUp.configs["own"])
        #expect(try planned(alembic) { ($0.revision, $0.heads) = ("b", ["b"]) }.isDone)
        for heads in [Set(["c"]), ["b", "c"], []] {
            #expect(try !planned(alembic) { ($0.revision, $0.heads) = ("b", heads) }.isDone)
        }
        #expect(try !planned(alembic) { $0.revision = nil }.isDone)
    }

    @Test func `the newest of alembic's migrations are read from their text`() throws {
        let scratch = Scratch()
        _ = try scratch.write("[alembic]\nscript_location = %(here)s/moves\n", "alembic.ini")
        for (name, text) in [
            ("a", "revision = 'a'\ndown_revision = None\n"),
            ("b", "revision: str = \"b\"\ndown_revision: Union[str, None] = \"a\"\n"),
            ("c", "revision = \"c\"\ndown_revision = \"a\"\n"),
            ("d", "revision: str = \"d\"\ndown_revision: Union[str, Sequence[str]] = (\"b\", \"c\")\n"),
        ] {
            _ = try scratch.write(
                "\"\"\"x\n\nRevision ID: \(name)\n\"\"\"\n" + text, "moves/versions/\(name).py")
        }
        #expect(Migrations.heads(scratch.path) == ["d"])
        unlink(scratch.path + "/moves/versions/d.py")
        #expect(Migrations.heads(scratch.path) == ["b", "c"])
        #expect(Migrations.heads(scratch.path + "/none").isEmpty)
    }

    @Test(arguments: conflicts.indices)
    func `what somebody has to decide first is a conflict with a remedy`(index: Int) throws {
        let (id, change) = Self.conflicts[index]
        let plan = try planned(change)
        let conflict = try #require(plan.conflicts.first { $0.id == id }, "\(plan.conflicts)")
        #expect(!conflict.seen.isEmpty && !conflict.means.isEmpty && !conflict.remedy.isEmpty)
        #expect(!plan.isDone)
    }

    @Test
    func `a Letta that is said to run and does not is a conflict, and so are missing files of a certificate`()
        throws
    {
        var lab = try #require(MadeUp.configs["lab"])
        lab.certificate = "files"
        (lab.certificateFile, lab.keyFile) = ("/no.pem", "/no.key")
        let plan = try planned(lab) { ($0.lettaAnswers, $0.certificate, $0.listening) = (false, .absent, []) }
        #expect(plan.conflicts.map(\.id) == ["certificate.wrong", "letta.absent"])
    }

    @Test func `Debian's own default site goes only as the config says, and only if it is Debian's`() throws {
        let path = "/etc/nginx/sites-enabled/default"
        let debians: @Sendable (inout HostFacts) -> Void = {
            $0.files[path] = .link(to: "/etc/nginx/sites-available/default")
            $0.servers = [ForeignServer(file: path, ports: [80], defaultPorts: [80], names: [])]
        }
        #expect(try planned(debians).actions.first { $0.subject == path }?.verdict == .remove)
        #expect(try planned(debians).conflicts.isEmpty)
        let kept = try planned(MadeUp.changed { $0.defaultSite = "keep" }, debians)
        #expect(kept.conflicts.map(\.id) == ["nginx.default-server"])
        let own = try planned {
            debians(&$0)
            $0.files[path] = .link(to: "/srv/mine")
        }
        #expect(own.actions.allSatisfy { $0.verdict != .remove })
        #expect(own.conflicts.map(\.id) == ["nginx.default-server"])
    }

    @Test func `a name without an address is told before anything is asked of the authority`() throws {
        #expect(try planned { $0.addresses = [] }.notes.contains { $0.contains("mend the DNS") })
        let plan = try planned { ($0.addresses, $0.certificate) = ([], .absent) }
        #expect(plan.conflicts.map(\.id) == ["dns.absent"])
        #expect(plan.conflicts.first?.remedy.contains("A record") == true)
        // Nobody is asked for a certificate that one has.
        let own = MadeUp.changed { $0.certificate = "self-signed" }
        #expect(try planned(own) { ($0.addresses, $0.certificate) = ([], .absent) }.conflicts.isEmpty)
    }

    @Test(arguments: [
        (["192.0.2.1"], ["192.0.2.1"], []), (["192.0.2.9"], ["192.0.2.1"], ["192.0.2.9"]),
        (["192.0.2.1", "2001:db8::9"], ["192.0.2.1"], ["2001:db8::9"]),
        (["192.0.2.1", "2001:db8::9"], ["192.0.2.1", "2001:db8::9"], []),
        (["192.0.2.1", "2001:db8::9"], ["192.0.2.1", "fe80::1"], ["2001:db8::9"]),
        // Behind a gateway the public address is not the host's own.
        (["192.0.2.9"], ["10.0.0.5"], []), (["127.0.1.1"], ["192.0.2.1"], []),
    ])
    func `a name that leads to another host is a conflict, where that is certain`(
        published: [String], own: [String], elsewhere: [String]
    ) throws {
        let change: (inout HostFacts) -> Void = {
            ($0.addresses, $0.ownAddresses, $0.certificate) = (published, own, .absent)
        }
        let found = try planned(change).conflicts
        #expect(found.map(\.id) == elsewhere.map { _ in "dns.elsewhere" })
        for address in elsewhere { #expect(found.first?.seen.contains(address) == true) }
        #expect(try planned(MadeUp.changed { $0.gateway = true }, change).conflicts.isEmpty)
    }

    @Test func `what a conflict says to set can be set as it says`() throws {
        let plan = try planned {
            ($0.addresses, $0.ownAddresses, $0.certificate) = (["192.0.2.9"], ["192.0.2.1"], .absent)
        }
        let remedy = try #require(plan.conflicts.first?.remedy)
        let words = try #require(remedy.firstMatch(of: /set "([a-z-]+)" to ([^;]+);/))
        let text = HostConfigFile.text(MadeUp.usual).replacing(
            "\"\(words.1)\": false", with: "\"\(words.1)\": \(words.2)")
        #expect(try HostConfigFile.read(Array(text.utf8), path: "host.json").gateway)
    }

    @Test func `a site without its first page is told before it is served`() throws {
        let config = MadeUp.changed { $0.site = "/srv/site" }
        let plan = try planned(config) { $0.lacksSitePage = true }
        #expect(plan.notes == ["/srv/site/index.html is not there: port 443 answers 404 until it is"])
        #expect(try planned(config) { _ in }.notes.isEmpty)
    }

    @Test func `a line of /etc/hosts says nothing of the DNS, and that is told`() throws {
        let plan = try planned {
            ($0.addresses, $0.ownAddresses, $0.certificate) = (["127.0.1.1"], ["192.0.2.1"], .absent)
        }
        #expect(plan.notes.contains { $0.contains("127.0.1.1 here, by /etc/hosts") })
    }

    @Test func `images of containers that are to be pulled are in the plan`() throws {
        let plan = try planned(try #require(MadeUp.configs["docker"])) { $0.hasImages = false }
        let images = plan.actions.filter { $0.kind == "image" && $0.isPending }.map(\.subject)
        #expect(images == ["letta/letta:0.16.8", "pgvector/pgvector:0.8.1-pg15", "redis:7.2-alpine"])
        #expect(!plan.isDone)
    }

    @Test func `workers have a Python also where Letta is in containers`() {
        let config = MadeUp.changed { ($0.letta, $0.agents) = ("docker", ["ada"]) }
        #expect(HostPackages.of(config).contains("python3-venv"))
    }

    @Test func `workers that were moved and have no Python are told, with what makes it`() throws {
        let plan = try planned(MadeUp.changed { $0.agents = ["ada"] }) {
            $0.lackingPython = ["ada": ["/srv/ada/ferry-packages.txt"]]
        }
        let wanted =
            "/usr/bin/python3 -m venv /srv/ada/venv && /srv/ada/venv/bin/pip install -r /srv/ada/ferry-packages.txt"
        #expect(plan.notes.contains { $0.contains("broca@ada") && $0.hasSuffix(wanted) })
    }

    @Test func `in a scratch root nothing outside of it is looked after`() throws {
        let rendering = MadeUp.rendering(MadeUp.usual, base: "/scratch")
        let plan = HostPlanner(
            rendering: rendering, files: try rendering.files(), facts: Self.facts([])
        ).plan()
        let outside = plan.actions.filter { $0.verdict == .outside }
        #expect(Set(outside.map(\.kind)) == ["package", "user", "install", "database"])
        #expect(plan.actions.filter { $0.kind == "file" }.allSatisfy { $0.subject.hasPrefix("/scratch/") })
    }

    @Test func `servers of nginx are read from what it prints of itself`() {
        let dump = """
            # configuration file /etc/nginx/nginx.conf:
            http { server { server_name a b; location / { return 200 "{"; } } } # listen 9;
            # configuration file /etc/nginx/x:
            server { listen [::]:443 ssl default_server; listen 127.0.0.1:8080; server_name c; }
            """
        let servers = ForeignServer.all(dump)
        #expect(servers.map(\.file) == ["/etc/nginx/nginx.conf", "/etc/nginx/x"])
        #expect(servers.map(\.ports) == [[80], [443, 8080]])
        #expect(servers.map(\.defaultPorts) == [[], [443]])
        #expect(servers.map(\.names) == [["a", "b"], ["c"]])
    }

    // MARK: saved plans

    private func stored(_ plan: HostPlan) throws -> SavedPlan {
        let scratch = Scratch()
        let path = scratch.path + "/plan.json"
        try SavedPlan.write(plan, config: "/host.json", to: path)
        #expect(throws: Failure.self) { try SavedPlan.write(plan, config: "/host.json", to: path) }
        return try SavedPlan.read(path)
    }

    @Test func `a saved plan is good as long as nothing that it says has changed`() throws {
        let plan = try planned { $0.packages.remove("certbot") }
        try stored(plan).check(against: plan, path: "plan.json")
    }

    static let changes: [@Sendable (inout HostFacts) -> Void] = [
        { $0.host = "other" }, { $0.packages.remove("nginx") }, { $0.isNginxRunning = false },
        { $0.certificate = .absent }, { $0.files["/etc/letta/letta.env"] = .absent },
        { $0.services.remove("letta.service") },
    ]

    @Test(arguments: changes.indices)
    func `a saved plan is refused when a fact behind it has changed`(index: Int) throws {
        let saved = try stored(planned { _ in })
        let now = try planned(Self.changes[index])
        let error = #expect(throws: Failure.self) { try saved.check(against: now, path: "plan.json") }
        let failure = try #require(error)
        #expect(failure.code == .hostPlanStale)
        #expect(failure.remedy.contains("ferry host plan"))
    }

    @Test func `half a plan is no plan`() throws {
        let scratch = Scratch()
        let text = SavedPlan.json(try planned { _ in }, config: "/x").text()
        let path = try scratch.write(String(text.prefix(text.count / 2)), "half.json")
        let failure = #expect(throws: Failure.self) { try SavedPlan.read(path) }
        #expect(failure?.code == .hostConfigWrong)
    }
}
