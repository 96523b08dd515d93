import Glibc
import HTTP
import HTTPCurl
import LettaModel
import Testing

@testable import Host

/// One thing wrong on the host itself, built for real.
struct HostCase: Sendable, CustomTestStringConvertible {
    let name: String
    let expected: Set<String>
    var edge = Edge(behind: .hop, location: HostCase.patient)
    /// Lines of the environment file; `URI` stands for the Lab's database.
    var settings = "LETTA_PG_URI=URI\n"
    var mode: mode_t = 0o600
    /// A log with the token in it.
    var leaks = false
    /// A process with the token among its words.
    var shouts = false
    /// What the settings of nginx become after it was started.
    var edit: @Sendable (String) -> String = { $0 }
    /// The certificate on the disk becomes another one.
    var renews = false

    var testDescription: String { name }

    static let patient = "proxy_read_timeout 3600s;"

    static let all: [HostCase] = [
        HostCase(name: "a healthy host", expected: []),
        HostCase(
            name: "buffering", expected: ["sse.static error"],
            edge: Edge(behind: .hop, buffering: "on", location: patient)),
        HostCase(
            name: "a minute's patience", expected: ["timeout.static warning"], edge: Edge(behind: .hop)),
        HostCase(
            name: "Letta's port open to all", expected: ["bind.api error"],
            edge: Edge(behind: .openHop, location: patient)),
        HostCase(name: "a renewal that did not reach nginx", expected: ["tls.fresh error"], renews: true),
        HostCase(name: "a readable environment file", expected: ["env.perms error"], mode: 0o644),
        HostCase(name: "a password in a log", expected: ["logs.secret warning"], leaks: true),
        HostCase(
            name: "a password among the words of a process", expected: ["argv.secret error"], shouts: true),
        HostCase(
            name: "settings that nginx refuses", expected: ["nginx.test error"],
            edit: { $0.replacing("server_tokens off;", with: "server_tokens off; no_such_word on;") }),
        HostCase(
            name: "a port that nginx did not get", expected: ["nginx.heard error"],
            edit: {
                $0.replacing("server_tokens off;", with: "server_tokens off; server { listen 127.0.0.1:9; }")
            }),
        HostCase(
            name: "a database that does not answer", expected: ["pg.reach error"],
            settings: "LETTA_PG_URI=postgresql://letta:some-password@127.0.0.1:9/letta\n"),
        HostCase(
            name: "a database without pgvector and schema", expected: ["pg.vector error", "pg.schema error"],
            settings: "LETTA_PG_URI=EMPTY\n"),
        HostCase(
            name: "the schema of another version", expected: ["pg.schema error"],
            settings: "LETTA_PG_URI=OLD\n"),
        HostCase(
            name: "a Redis that is gone", expected: ["redis.reach error"],
            settings: "LETTA_PG_URI=URI\nLETTA_REDIS_HOST=127.0.0.1\nLETTA_REDIS_PORT=9\n"),
    ]
}

/// Databases beside the Lab's own: one with nothing in it, one that another
/// version has left. They go with this value.
private struct SideDatabases {
    let address: PostgresAddress
    private let password: String

    init?(_ uri: String) {
        guard let address = PostgresAddress(uri) else { return nil }
        self.address = address
        password = address.password
        make("ferry_doctor_empty")
        make("ferry_doctor_old")
        tell("ferry_doctor_old", "CREATE EXTENSION IF NOT EXISTS vector")
        tell("ferry_doctor_old", "CREATE TABLE alembic_version (version_num text)")
        tell("ferry_doctor_old", "INSERT INTO alembic_version VALUES ('d0880aae6cee')")
    }

    func uri(_ uri: String, _ name: String) -> String { uri.replacing("/\(address.name)", with: "/\(name)") }

    private func make(_ name: String) {
        tell(address.name, "DROP DATABASE IF EXISTS \(name)")
        tell(address.name, "CREATE DATABASE \(name) TEMPLATE template0")
    }

    func remove() {
        for name in ["ferry_doctor_empty", "ferry_doctor_old"] {
            tell(address.name, "DROP DATABASE IF EXISTS \(name)")
        }
    }

    private func tell(_ database: String, _ words: String) {
        let command = ReadOnlyCommand(
            words: [
                "psql", "-X", "-q", "-w", "-h", address.host, "-p", "\(address.port)", "-U", address.user,
                "-d",
                database, "-c", words,
            ], environment: ["PGPASSWORD": password, "PGSSLMODE": "disable"], patience: 20)
        _ = command.run { _ in true }
    }
}

@Suite(
    .timeLimit(.minutes(5)), .serialized,
    .enabled(
        if: RealLab.isUp && Tool.isInstalled("nginx") && Tool.isInstalled("psql"),
        "needs the Lab, nginx and psql"))
struct RealHostTests {
    @Test(arguments: HostCase.all)
    func `a host is told exactly what is wrong with it`(host: HostCase) async throws {
        let uri = try #require(RealLab.settings()["LETTA_PG_URI"], "the Lab's Letta belongs to another user")
        let databases = try #require(SideDatabases(uri))
        defer { databases.remove() }
        let town = try Town([host.edge], letta: RealLab.port)
        let folder = town.folder.path
        let settings = host.settings.replacing("URI=URI", with: "URI=" + uri)
            .replacing("URI=EMPTY", with: "URI=" + databases.uri(uri, "ferry_doctor_empty"))
            .replacing("URI=OLD", with: "URI=" + databases.uri(uri, "ferry_doctor_old"))
        let env = folder + "/letta.env"
        let log = folder + "/letta.log"
        TextFile.write(settings, to: env)
        chmod(env, host.mode)
        TextFile.write(
            host.leaks ? "Using secure mode with password: \(RealLab.token)\n" : "ready\n", to: log)
        let conf = folder + "/nginx.conf"
        TextFile.write(host.edit(TextFile.read(conf)), to: conf)
        if host.renews { try town.certificates.renew() }
        let shout = host.shouts ? try Shout() : nil
        defer { shout?.stop() }
        let origin = try #require(Origin("https://127.0.0.1:\(town.ports[0])"))
        let errand = Errand(origin, caFile: town.certificates.authority, token: Secret(RealLab.token))
        let start = ContinuousClock.now
        var sighting = await Survey(errand, dialer: CurlDialer()).sighting(now: { Wall.seconds() })
        sighting.machine = await MachineSight(
            of: errand, ThisMachine(nginx: town.nginxWords, envFiles: [env], logs: [log]), CurlDialer())
        let took = start.duration(to: .now)
        let findings = Probe.findings(sighting)
        // What else stands on this machine is not this test's business.
        let mine = findings.filter {
            $0.severity > .note && !["disk.free", "mem.free", "cert.timer", "bind.db"].contains($0.id)
        }
        #expect(Set(mine.map { "\($0.id) \($0.severity.rawValue)" }) == host.expected, "\(mine)")
        #expect(!"\(findings)".contains(RealLab.token) && !"\(findings)".contains(databases.address.password))
        // 5 s is for a machine at rest; beside other suites 6.3 s were seen.
        #expect(took < .seconds(15))
    }
}

/// A process that says the token aloud.
private struct Shout {
    private let served: Tool.Served

    init() throws {
        // Of its own: it goes with the process.
        var template = Array("/tmp/ferry-host-XXXXXX".utf8CString)
        let folder = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/tmp/ferry-host"
        }
        served = try Tool.serve(
            "python3", ["-c", "import time; time.sleep(60)", RealLab.token], in: folder)
        usleep(200_000)
    }

    func stop() { served.stop() }
}
