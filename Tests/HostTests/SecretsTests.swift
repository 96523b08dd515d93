import Glibc
import HTTP
import LettaModel
import Testing

@testable import Host

@Suite struct SecretsTests {
    @Test func `an environment file is read as systemd and dotenv read it`() {
        let text = """
            # LETTA_SERVER_PASSWORD=not-this
            export LETTA_SERVER_PASSWORD="quoted-word"
            LETTA_PG_URI=postgresql://letta:p%40ss-word@127.0.0.1:5433/letta?ssl=disable
            EMPTY=
            no line at all
            """
        let values = FoundSettings.values(ofFile: text)
        #expect(values["LETTA_SERVER_PASSWORD"] == "quoted-word")
        #expect(values["EMPTY"] == "")
        #expect(values.count == 3)
        let settings = FoundSettings(place: "/x", values: values)
        #expect(settings.secrets.map(\.name) == ["LETTA_PG_URI", "LETTA_SERVER_PASSWORD"])
        #expect(settings.secrets.map(\.value) == ["p@ss-word", "quoted-word"])
        #expect(!"\(settings)".contains("quoted-word"))
    }

    @Test func `short values and names that are no secrets are not looked for`() {
        let settings = FoundSettings(
            place: "", values: ["A_TOKEN": "short", "PATH": "/usr/bin:/bin", "OPENAI_API_KEY": "sk-12345678"])
        #expect(settings.secrets.map(\.name) == ["OPENAI_API_KEY"])
    }

    @Test func `a password that is a word or the login's own name is not looked for`() {
        let settings = FoundSettings(
            place: "",
            values: [
                "LETTA_PG_URI": "postgresql://postgres:postgres@h/d",
                "OTHER_URI": "postgresql://sanctum-db:sanctum-db@h/d",
                "LETTA_SERVER_PASSWORD": "password", "A_TOKEN": "a-long-one",
            ])
        #expect(settings.secrets.map(\.name) == ["A_TOKEN"])
    }

    @Test func `a pipe is no file, and nobody waits for it`() {
        let path = "/tmp/ferry-host-tests-\(UInt64.random(in: 0...UInt64.max))"
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        #expect(ThisMachine().text(of: path) == nil)
        #expect(ThisMachine().places(of: [[1]], inFile: path) == nil)
        #expect(ThisMachine().text(of: "/proc/self/status")?.contains("Pid:") == true)
    }

    @Test func `a database that does not answer is none that nobody can ask`() {
        let found = [FoundSettings(place: "", values: ["LETTA_PG_URI": "postgresql://u:hush@h/d"])]
        guard case .unasked = DatabaseSight(of: found, MadeUpGround(programs: [])) else {
            Issue.record("no psql")
            return
        }
        guard case .unreachable = DatabaseSight(of: found, MadeUpGround(programs: ["psql"])) else {
            Issue.record("a psql that hangs")
            return
        }
        let denied = MadeUpGround(
            programs: ["psql"],
            answers: [
                "current_setting": (0, "15|0.8.0|alembic_version"), "version_num": (1, "ERROR:  denied"),
            ])
        guard case .seen(_, _, .unread) = DatabaseSight(of: found, denied) else {
            Issue.record("a revision that may not be read")
            return
        }
        let empty = MadeUpGround(
            programs: ["psql"], answers: ["current_setting": (0, "15|0.8.0|"), "version_num": (1, "")])
        #expect(DatabaseSight(of: found, empty) == .seen(version: "15", vector: "0.8.0", revision: .absent))
    }

    @Test func `logs that could not be searched are named, and are not called clean`() {
        let found = [FoundSettings(place: "", values: ["A_TOKEN": "a-long-one"])]
        var machine = MachineSight(listening: [])
        machine.findLeaks(
            found, MadeUp.errand(token: nil), [], nil,
            MadeUpGround(programs: ["journalctl"], closed: ["/var/log/nginx"]))
        #expect(machine.unreadLogs.first == "/var/log/nginx" && machine.unreadLogs.count == 4)
        #expect(machine.searchedLogs == 0)
        let seen = MadeUp.sighting { $0.machine = machine }
        let logs = Probe.findings(seen).filter { $0.id == "logs.secret" }
        #expect(logs.count == 4 && logs.allSatisfy { $0.severity == .note })
    }

    @Test func `a unit that was never there has no journal that could not be read`() {
        let found = [FoundSettings(place: "", values: ["A_TOKEN": "a-long-one"])]
        var machine = MachineSight(listening: [])
        machine.findLeaks(
            found, MadeUp.errand(token: nil), [], nil,
            MadeUpGround(
                programs: ["journalctl"],
                answers: [
                    "@": (1, "Failed to add filter for units: No data available\n"), "letta": (1, "broken"),
                ]))
        #expect(machine.unreadLogs == ["the journal of letta"])
    }

    @Test func `ports that were not looked at are not called heard`() {
        var machine = MadeUp.machine
        machine.unheard = nil
        let seen = MadeUp.sighting { $0.machine = machine }
        #expect(!Probe.findings(seen).contains { $0.id == "nginx.heard" })
    }

    @Test func `an address of Postgres falls into its parts`() throws {
        let address = try #require(
            PostgresAddress("postgresql+asyncpg://le%74ta:a%3Ab@[::1]:6000/db%20x?ssl=disable"))
        #expect(address.user == "letta" && address.password == "a:b" && address.host == "::1")
        #expect(address.port == 6000 && address.name == "db x" && address.isPlain)
        #expect(PostgresAddress("postgresql://u@h/d")?.port == 5432)
        #expect(PostgresAddress("postgresql:///d") == nil)
        #expect(PostgresAddress("https://u:p@h/d") == nil)
    }

    @Test(arguments: [1, 2, 5, 64])
    func `a value is found across the seams of pieces`(size: Int) {
        let value = Array("the-secret-value".utf8)
        let text = Array("before before the-secret-valu the-secret-value after".utf8)
        var search = ValueSearch([value, Array("never-there".utf8)])
        for start in stride(from: 0, to: text.count, by: size) {
            search.look(at: text[start..<min(start + size, text.count)])
        }
        #expect(search.found == [0])
    }

    @Test func `a process of Letta is known by its words, and its port`() {
        func process(_ words: String) -> RunningProcess {
            RunningProcess(pid: 1, words: words.split(separator: " ").map(String.init))
        }
        #expect(process("/opt/venv/bin/python /opt/venv/bin/letta server --port 18283").port == 18283)
        #expect(process("letta server").port == 8283)
        #expect(process("vi letta").port == nil)
        let two = [process("letta server --port 1"), process("letta server --port 2")]
        #expect(RunningProcess.lettas(among: two, at: [2]).map(\.port) == [2])
        #expect(RunningProcess.lettas(among: two, at: [3]).isEmpty)
        #expect(RunningProcess.lettas(among: two, at: []).isEmpty)
        #expect(RunningProcess.lettas(among: [two[0]], at: []).count == 1)
    }

    @Test func `a command is ended when it does not end, and has no input`() {
        #expect(
            ReadOnlyCommand(words: ["sleep", "9"], environment: [:], patience: 0.2).run { _ in true } == nil)
        #expect(ReadOnlyCommand(words: ["cat"], environment: [:]).run { _ in true } == 0)
        #expect(ReadOnlyCommand(words: ["no-such-program-x"], environment: [:]).run { _ in true } == nil)
        var said: [UInt8] = []
        let words = ["sh", "-c", "printf %s \"$FERRY_WORD\"; exit 3"]
        let status = ReadOnlyCommand(words: words, environment: ["FERRY_WORD": "by environment"]).run {
            said += $0
            return true
        }
        #expect(status == 3 && String(decoding: said, as: UTF8.self) == "by environment")
    }

    @Test(
        arguments: [("0.16.8", "1c28e167b74f"), ("0.16.4", "a1b2c3d4e5f8"), ("0.17.0", nil), ("x", nil)]
            as [(String, String?)])
    func `a version knows the head of its migrations`(version: String, head: String?) {
        #expect(SchemaRevision.head(of: version) == head)
    }
}

/// A machine on which commands say what a test says, or nothing.
private struct MadeUpGround: Ground {
    var programs: Set<String>
    /// A word of the command -> its answer.
    var answers: [String: (status: Int, text: String)] = [:]
    /// Folders that are there and cannot be listed.
    var closed: Set<String> = []

    var envFiles: [String] { [] }
    var logs: [String] { [] }
    func text(of path: String) -> String? { nil }
    func output(of command: [String], environment: [String: String]) -> (status: Int, text: String)? {
        answers.first { answer in command.contains { $0.contains(answer.key) } }?.value
    }
    func has(_ program: String) -> Bool { programs.contains(program) }
    func lists(_ folder: String) -> Bool { !closed.contains(folder) }
    func mode(of path: String) -> (bits: Int, owner: Int)? { closed.contains(path) ? (0o750, 0) : nil }
    func freeBytes(at path: String) -> Int? { nil }
    func names(in folder: String) -> [String] { [] }
    func places(of values: [[UInt8]], inFile path: String) -> Set<Int>? { nil }
    func places(of values: [[UInt8]], inOutputOf command: [String]) -> Set<Int>? { nil }
}
