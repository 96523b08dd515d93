import Glibc
import HTTPCurl
import Host
import Journal
import LettaModel
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
        let found = Tool(words: [
            "/bin/sh", "-c",
            "echo \(Self.variable("FERRY_LAB_PYTHON").replacing("/bin/python", with: ""))/lib/python3*/site-packages/pgserver/pginstall/bin",
        ]).run()
        let cluster = try Cluster(String((found?.text ?? "").trimmedSpaces))
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
}
