import Glibc
import HTTP
import HTTPCurl
import Host
import Journal
import LettaModel
import Synchronization
import Testing

@testable import HostSetup

/// The real server of `Lab/lab`, and the lines that a unit would start, under
/// that unit's environment: systemd is not PID 1 where this is tested.
@Suite(
    .enabled(
        if: getenv("FERRY_LAB_SOURCE_URL") != nil && Tool.path(of: "nginx") != nil, "needs the Lab and nginx")
)
struct RealLettaTests {
    private static func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
    private static var port: Int {
        variable("FERRY_LAB_SOURCE_URL").split(separator: ":").last.flatMap { Int($0) } ?? 1
    }

    @Test func `the edge before a real Letta is proved by all of the doctor's probes`() async throws {
        let token = String(text(of: Self.variable("FERRY_LAB_SOURCE_TOKEN_FILE")).trimmedSpaces)
        let site = try Site { $0.lettaPort = Self.port }
        let path = site.scratch.path + "/host.json"
        let secrets = HostSecrets([HostSecrets.password: Secret(token)])
        try HostConfigStore.create(site.config, secrets, at: path)
        let prepared = try await HostPlanning.prepare(
            site.config, secrets, root: site.root, secretsPath: "x", dialer: CurlDialer())
        let applied = try await site.engine { try await $0.apply(prepared, configPath: path) }
        #expect(applied.findings.allSatisfy { $0.severity < .error })
        for id in ["auth.required", "auth.token", "db.live", "cors.preflight", "body.limit"] {
            #expect(applied.findings.contains { $0.id == id && $0.severity == .ok }, "\(id)")
        }
        try await site.undo()
        #expect(site.files().isEmpty)
    }

    /// A database of its own in the lab's Postgres.
    private func database() throws -> String {
        let python = Self.variable("FERRY_LAB_PYTHON")
        let script = """
            import os, re, sys
            from sqlalchemy import create_engine, text
            pid = next(p for p in os.listdir('/proc') if p.isdigit() and os.path.exists(f'/proc/{p}/environ')
                and f'--port\\0{sys.argv[1]}\\0'.encode() in open(f'/proc/{p}/cmdline', 'rb').read())
            env = dict(e.split('=', 1) for e in open(f'/proc/{pid}/environ').read().split('\\0') if '=' in e)
            uri = env['LETTA_PG_URI'].split('?')[0]
            engine = create_engine(uri, isolation_level='AUTOCOMMIT')
            with engine.connect() as c:
                c.execute(text('DROP DATABASE IF EXISTS ferry_setup WITH (FORCE)'))
                c.execute(text('CREATE DATABASE ferry_setup TEMPLATE template0'))
            mine = re.sub('/[^/]*$', '/ferry_setup', uri)
            with create_engine(mine, isolation_level='AUTOCOMMIT').connect() as c:
                c.execute(text('CREATE EXTENSION IF NOT EXISTS vector'))
            print('URI ' + mine)
            """
        let result = try #require(Tool(words: [python, "-c", script, "\(Self.port)"]).run(seconds: 60))
        let line = result.text.split(separator: "\n").first { $0.hasPrefix("URI ") }
        return try #require(line.map { String($0.dropFirst(4)) }, "\(result.lastWords)")
    }

    @Test
    func `the rendered schema and start script bring up a Letta on loopback that asks for its password`()
        async throws
    {
        let uri = try database() + "?ssl=disable"
        let site = try Site {
            ($0.letta, $0.postgres, $0.redis) = ("systemd", "uri", false)
            $0.lettaPort = Ports.take(1)[0]
        }
        let path = site.scratch.path + "/host.json"
        let secrets = HostSecrets([
            HostSecrets.password: Secret("made-up-password"), HostSecrets.uri: Secret(uri),
        ])
        try HostConfigStore.create(site.config, secrets, at: path)
        let prepared = try await HostPlanning.prepare(
            site.config, secrets, root: site.root, secretsPath: "x", dialer: CurlDialer())
        let applied = try await site.engine { try await $0.apply(prepared, configPath: path) }
        #expect(applied.notes.contains { $0.contains("no Letta answers") })
        let venv = Self.variable("FERRY_LAB_PYTHON").replacing("/bin/python", with: "")
        for folder in HostDisk.missingFolders(above: site.paths.letta + "/venv") {
            try HostDisk.makeFolder(folder)
        }
        try HostDisk.link(site.paths.letta + "/venv", to: venv)
        try HostDisk.makeFolder(site.root + "/var/lib/letta", mode: 0o700)
        for _ in 0..<2 {
            let schema = try #require(Tool(words: [site.paths.tools + "/letta-schema"]).run(seconds: 120))
            #expect(schema.succeeded, "\(schema.lastWords)")
        }
        let log = site.scratch.path + "/letta.log"
        let start =
            "set -a; . \(site.paths.lettaEnv); set +a; cd \(site.root)/var/lib/letta; export HF_HUB_OFFLINE=1; "
            + "exec \(site.paths.tools)/letta-serve >\(log) 2>&1 </dev/null & echo $!"
        let started = try #require(Tool(words: ["/bin/bash", "-c", start]).run())
        let process = try #require(pid_t(String(started.text.trimmedSpaces)))
        defer { kill(process, SIGTERM) }
        let proof = HostProof(site.config, site.paths, CurlDialer(), now: { Int(time(nil)) })
        #expect(try await proof.lettaAnswers(within: 120), "\(text(of: log).suffix(600))")
        #expect(await site.status(site.config.apiPort, "/v1/agents/?limit=1") == 401)
        let findings = await proof.checkup(secrets)
        #expect(findings.allSatisfy { $0.severity < .error }, "\(findings.filter { $0.severity == .error })")
        #expect(text(of: log).contains("password: ***"))
        #expect(!text(of: log).contains("made-up-password"))
        let sockets =
            Tool(words: ["ss", "-H", "-ltn", "sport = :\(site.config.lettaPort)"]).run()?.text ?? ""
        #expect(sockets.contains("127.0.0.1:\(site.config.lettaPort)"))
        #expect(sockets.split(separator: "\n").count == 1)
    }

    // MARK: Postgres

    /// A cluster of the wheel's Postgres, run by nobody, with a superuser of
    /// that name. Gone with this value.
    private final class Cluster: Sendable {
        let scratch = Scratch()
        let port = Ports.take(1)[0]
        let bin: String
        let setup: String

        init(_ bin: String) throws {
            self.bin = bin
            chmod(scratch.path, 0o755)
            let facts = RenderFacts(nginx: .usual, hasIPv6: false, base: scratch.path, user: "root")
            let files = try Rendering(MadeUp.usual, MadeUp.secrets, facts).files()
            try scratch.put(files)
            setup = try #require(files.first { $0.path.hasSuffix("/postgres-setup") }).path
            let started = Tool(words: [
                "/bin/bash", "-ec",
                """
                cd /; d=\(scratch.path)/pg; install -d -o nobody $d
                runuser -u nobody -- \(bin)/initdb -D $d/data -U nobody --auth-local=trust --auth-host=scram-sha-256 >$d.log
                runuser -u nobody -- \(bin)/pg_ctl -D $d/data -w -o '-h 127.0.0.1 -p \(port) -k '$d -l $d/log start >>$d.log
                """,
            ]).run()
            try #require(started?.succeeded == true, "\(started?.text ?? "")")
        }

        deinit {
            _ = Tool(words: [
                "runuser", "-u", "nobody", "--", "\(bin)/pg_ctl", "-D", "\(scratch.path)/pg/data", "-m",
                "immediate", "stop",
            ]).run()
        }

        func ask(_ question: String, of database: String = "postgres") -> String {
            let words = [
                "\(bin)/psql", "-X", "-A", "-t", "-h", "\(scratch.path)/pg", "-p", "\(port)", "-U", "nobody",
                "-d", database, "-c", question,
            ]
            return String((Tool(words: words).run()?.text ?? "?").trimmedSpaces)
        }

        func setUp() -> HostSetup.Tool.Result? {
            Tool(
                words: [setup],
                environment: [
                    "FERRY_PG_SUPERUSER": "nobody", "PGHOST": "\(scratch.path)/pg", "PGPORT": "\(port)",
                    "PATH": "\(bin):/usr/sbin:/usr/bin:/sbin:/bin",
                ]
            ).run()
        }
    }

    private static let role = "SELECT rolpassword FROM pg_authid WHERE rolname = 'letta'"

    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func `role, database and vector are made where they are missing, and nobody's are changed`() throws {
        let cluster = try Cluster(Self.binaries)
        for _ in 0..<2 {
            let result = cluster.setUp()
            #expect(result?.succeeded == true, "\(result?.text ?? "")")
        }
        #expect(
            cluster.ask("SELECT extname FROM pg_extension WHERE extname = 'vector'", of: "letta") == "vector")
        // The role is somebody's, with a password of theirs.
        _ = cluster.ask("DROP DATABASE letta")
        let own = cluster.ask(Self.role)
        _ = cluster.ask("ALTER ROLE letta PASSWORD 'theirs'")
        let theirs = cluster.ask(Self.role)
        let refused = cluster.setUp()
        #expect(refused?.status == 1 && refused?.text.contains("database.foreign: the role letta") == true)
        #expect(cluster.ask(Self.role) == theirs && theirs != own && theirs.hasPrefix("SCRAM"))
        #expect(cluster.ask("SELECT count(*) FROM pg_database WHERE datname = 'letta'") == "0")
        // The database is.
        _ = cluster.ask("ALTER ROLE letta PASSWORD '\(own)'")
        _ = cluster.ask("CREATE DATABASE letta")
        let second = cluster.setUp()
        #expect(
            second?.status == 1 && second?.text.contains("belongs to nobody") == true, "\(second?.text ?? "")"
        )
        // It is Letta's by name, and holds something.
        _ = cluster.ask("ALTER DATABASE letta OWNER TO letta")
        _ = cluster.ask("CREATE TABLE shop (id int)", of: "letta")
        let third = cluster.setUp()
        #expect(third?.status == 1 && third?.text.contains("has 1 tables and no vector") == true)
        #expect(cluster.ask("SELECT count(*) FROM pg_extension WHERE extname = 'vector'", of: "letta") == "0")
    }

    // MARK: getting a dump back

    /// The commands of the page, in its order.
    private static let recipe: [String] = {
        let root = #filePath.split(separator: "/Tests/").first.map { "/" + $0.drop { $0 == "/" } } ?? ""
        let section = text(of: root + "/docs/host.md").split(separator: "\n## ").first {
            $0.hasPrefix("Getting a dump back")
        }
        return (section ?? "").split(separator: "\n").filter { $0.hasPrefix("$ ") }.map {
            String($0.dropFirst(2))
        }
    }()

    private static var binaries: String {
        let venv = variable("FERRY_LAB_PYTHON").replacing("/bin/python", with: "")
        let found = Tool(words: [
            "/bin/sh", "-c", "echo \(venv)/lib/python3*/site-packages/pgserver/pginstall/bin",
        ]).run()
        return String((found?.text ?? "").trimmedSpaces)
    }

    /// A Letta by the rendered scripts, on the database of a cluster.
    private final class Server: Sendable {
        let scratch = Scratch()
        let port = Ports.take(1)[0]
        let paths: HostPaths
        private let process = Mutex<pid_t?>(nil)

        init(_ cluster: Cluster) throws {
            var config = MadeUp.usual
            (config.letta, config.postgres, config.redis) = ("systemd", "uri", false)
            config.lettaPort = port
            let secrets = HostSecrets([
                HostSecrets.password: Secret("made-up-password"),
                HostSecrets.uri: Secret(
                    "postgresql://letta:made-up-database@127.0.0.1:\(cluster.port)/letta?ssl=disable"),
            ])
            let facts = RenderFacts(nginx: .usual, hasIPv6: false, base: scratch.path, user: "root")
            let rendering = Rendering(config, secrets, facts)
            paths = rendering.paths
            try scratch.put(try rendering.files())
            let venv = RealLettaTests.variable("FERRY_LAB_PYTHON").replacing("/bin/python", with: "")
            _ = try scratch.write("", "opt/letta/.keep")
            _ = try scratch.write("", "var/lib/letta/.keep")
            try HostDisk.link(paths.letta + "/venv", to: venv)
        }

        deinit { stop() }

        func makeTables() throws {
            let schema = try #require(Tool(words: [paths.tools + "/letta-schema"]).run(seconds: 180))
            #expect(schema.succeeded, "\(schema.lastWords)")
        }

        func start() async throws {
            let line =
                "set -a; . \(paths.lettaEnv); set +a; cd \(scratch.path)/var/lib/letta; export HF_HUB_OFFLINE=1; "
                + "exec \(paths.tools)/letta-serve >>\(scratch.path)/log 2>&1 </dev/null & echo $!"
            let started = try #require(Tool(words: ["/bin/bash", "-c", line]).run())
            process.withLock { $0 = pid_t(String(started.text.trimmedSpaces)) }
            for _ in 0..<240 {
                if ask("GET", "/v1/health/") != "" { return }
                try await Task.sleep(for: .milliseconds(500))
            }
            Issue.record("\(text(of: scratch.path + "/log").suffix(800))")
        }

        func stop() {
            guard
                let pid = process.withLock({ pid in
                    defer { pid = nil }
                    return pid
                })
            else { return }
            kill(pid, SIGTERM)
            for _ in 0..<100 where kill(pid, 0) == 0 { usleep(100_000) }
        }

        func ask(_ method: String, _ path: String, _ body: String = "") -> String {
            var words = [
                "curl", "-s", "-f", "--noproxy", "*", "-X", method, "-H",
                "Authorization: Bearer made-up-password",
            ]
            if !body.isEmpty { words += ["-H", "Content-Type: application/json", "-d", body] }
            return Tool(words: words + ["http://127.0.0.1:\(port)\(path)"]).run(limit: 8 << 20)?.text ?? ""
        }
    }

    /// Every table's rows by number and by content.
    private func content(_ cluster: Cluster, of database: String) -> [String: String] {
        let tables = cluster.ask(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
            of: database)
        var found: [String: String] = [:]
        for table in tables.split(separator: "\n").map(String.init) {
            found[table] = cluster.ask(
                "SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"\(table)\" t",
                of: database)
        }
        return found
    }

    /// A command of the page, on this cluster; Letta's unit is the server.
    private func follow(
        _ command: String, _ cluster: Cluster, _ server: Server, dump: String
    ) async throws {
        if command == "sudo systemctl stop letta" { return server.stop() }
        if command == "sudo systemctl start letta" { return try await server.start() }
        let own =
            "runuser -u nobody -- env PGHOST=\(cluster.scratch.path)/pg PGPORT=\(cluster.port) PATH=\(cluster.bin):/usr/bin:/bin "
        let place = server.scratch.path
        let line = command.replacing("sudo -u postgres ", with: own).replacing("sudo ", with: "")
            .replacing("/var/backups/letta/letta-DATE.dump", with: dump)
            .replacing("/var/backups/letta", with: HostDisk.folder(of: dump))
            .replacing("/etc/letta/letta.env", with: server.paths.lettaEnv)
            .replacing("/root/restored.env", with: "\(place)/restored.env")
        guard !line.hasPrefix("ferry host doctor ") else {
            return try await lookAtDatabase("\(place)/restored.env")
        }
        let done = try #require(Tool(words: ["/bin/bash", "-c", line]).run(seconds: 180))
        #expect(done.succeeded, "\(line)\n\(done.text)")
    }

    private func lookAtDatabase(_ file: String) async throws {
        #expect(text(of: file).contains("/letta_restored?ssl=disable"))
        guard let origin = Origin("https://127.0.0.1:1") else { return }
        // Letta runs, on the old one; the file that is named counts.
        var seen = Sighting(Errand(origin), lookup: Lookup(addresses: []), ports: [], now: 0)
        seen.machine = await MachineSight(of: seen.errand, ThisMachine(envFiles: [file]), CurlDialer())
        let findings = Probe.findings(seen).filter { $0.id.hasPrefix("pg.") }
        #expect(findings.map(\.id) == ["pg.reach", "pg.vector", "pg.schema"])
        #expect(findings.allSatisfy { $0.severity == .ok }, "\(findings)")
        #expect(findings.last?.seen.contains(LettaLock.revision) == true)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"), .timeLimit(.minutes(10)))
    func
        `a dump by the rendered script comes back by the page's commands, equal in every table and over HTTP`()
        async throws
    {
        let cluster = try Cluster(Self.binaries)
        #expect(cluster.setUp()?.succeeded == true)
        let server = try Server(cluster)
        try server.makeTables()
        try await server.start()
        for number in 0..<12 {
            let body = #"{"label":"block \#(number)","value":"\#(number): Åse said \"no\" 🐟\\nand left"}"#
            #expect(server.ask("POST", "/v1/blocks/", body).contains("\"id\""))
        }
        func blocks() -> String { server.ask("GET", "/v1/blocks/?limit=50&order=asc") }
        let (before, tables) = (blocks(), content(cluster, of: "letta"))
        #expect(before.contains("block 11") && tables["block"]?.hasPrefix("12 ") == true)
        // The night.
        let folder = cluster.scratch.path + "/pg/dumps"
        let dumped = try #require(
            Tool(words: [
                "runuser", "-u", "nobody", "--", "env", "PGHOST=\(cluster.scratch.path)/pg",
                "PGPORT=\(cluster.port)", "PATH=\(cluster.bin):/usr/bin:/bin",
                HostDisk.folder(of: cluster.setup) + "/letta-dump", folder,
            ]).run(seconds: 120))
        #expect(dumped.succeeded, "\(dumped.text)")
        let name = String((Tool(words: ["ls", folder]).run()?.text ?? "").trimmedSpaces)
        #expect(name.hasPrefix("letta-2") && name.hasSuffix("Z.dump"))
        // The day after: something is gone.
        let id = try #require(before.firstMatch(of: /block-[0-9a-f-]{36}/)).output
        _ = server.ask("DELETE", "/v1/blocks/\(id)")
        let (spoilt, later) = (blocks(), content(cluster, of: "letta"))
        #expect(spoilt != before && later["block"]?.hasPrefix("11 ") == true)

        let commands = Self.recipe
        let restart = try #require(commands.firstIndex(of: "sudo systemctl start letta"))
        for command in commands[...restart] {
            try await follow(command, cluster, server, dump: "\(folder)/\(name)")
        }
        #expect(blocks() == before)
        let owner = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'letta'"
        #expect(cluster.ask(owner, of: "letta") == "0")
        for command in commands[(restart + 1)...] where !command.hasSuffix("start letta") {
            try await follow(command, cluster, server, dump: "")
        }
        #expect(content(cluster, of: "letta") == later)
        #expect(content(cluster, of: "letta_restored")["block"] == tables["block"])
        #expect(commands.count == restart + 4)
    }
}
