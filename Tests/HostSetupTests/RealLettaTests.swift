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
}
