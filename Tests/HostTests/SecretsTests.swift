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
