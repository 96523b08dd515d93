import Journal
import LettaModel
import SQLite
import Testing

struct RunIDTests {
    struct Fixed: RandomNumberGenerator {
        let value: UInt64
        func next() -> UInt64 { value }
    }

    @Test func `ids are short, plain and in the order of time`() {
        var random = Fixed(value: .max)
        var zero = Fixed(value: 0)
        let early = RunID(at: Instant(microseconds: 1_790_000_000_000_000), using: &random)
        let late = RunID(at: Instant(microseconds: 1_790_000_001_000_000), using: &zero)
        #expect(early.raw.count == 11)
        #expect(early < late)
        #expect(RunID(early.raw) == early)
        #expect(Marker(Marker(run: early.raw, attempt: 2).description) == Marker(run: early.raw, attempt: 2))
    }

    @Test(arguments: ["", "a-b", "A", "ä", "a b", String(repeating: "a", count: 33)])
    func `what could break a name on a server is no id`(text: String) {
        #expect(RunID(text) == nil)
    }
}

struct RunTests {
    private func draft(_ id: RunID) throws -> RunDraft {
        RunDraft(
            id: id, job: "move",
            source: RunAddress(name: "cloud", url: "https://a", project: "p", version: "0.16.8"),
            target: RunAddress(name: "home", url: "https://b"), agentID: "agent-1", agentName: "ada \"x\"",
            snapshotPath: "/s/ada.ferry",
            choices: try RunChoices(
                ["tools": .text("keep"), "yes": .flag(true), "accept": .list(["a", "b"])], secretNames: ["K"]),
            version: "0.1.0")
    }

    @Test func `a run is read back as it was made`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let draft = try draft(runID("1abc"))
        try await journal.create(draft)
        let record = try await journal.run("1abc")
        #expect(record.draft == draft)
        #expect(record.status == .planned && record.verdict == nil && record.endedAt == nil)
    }

    @Test func `a run outlives the process, its status and verdict too`() async throws {
        let scratch = try Scratch()
        let run = try await scratch.open().make("1abc")
        try await scratch.open().setStatus(run, .verified, verdict: "ada: identical")
        let record = try await scratch.open().run("1abc")
        #expect(record.status == .verified && record.verdict == "ada: identical" && record.endedAt != nil)
        try await scratch.open().setStatus(run, .running)
        let again = try await scratch.open().run("1abc")
        #expect(again.endedAt == nil && again.verdict == "ada: identical")
    }

    @Test func `runs are listed newest first`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        for id in ["1a", "1b", "1c"] { _ = try await journal.make(id) }
        #expect(try await journal.runs().map(\.id.raw) == ["1c", "1b", "1a"])
    }

    @Test(arguments: [("1ab", "1abc"), ("1abc", "1abc"), ("2", "2x"), ("2x", "2x")])
    func `the beginning of an id is enough`(text: String, id: String) async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        for id in ["1abc", "1bcd", "2x"] { _ = try await journal.make(id) }
        #expect(try await journal.run(text).id.raw == id)
    }

    @Test(arguments: ["", "1", "zzz", "%", "1abcd"])
    func `an id that is none, or that several have, is refused`(text: String) async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        for id in ["1abc", "1bcd"] { _ = try await journal.make(id) }
        #expect(await code { _ = try await journal.run(text) } == .runUnknown)
    }

    @Test func `what is learnt later is added`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1abc")
        try await journal.amend(run) { $0.agentName = "ada" }
        #expect(try await journal.run("1abc").draft.agentName == "ada")
    }

    @Test func `journal and folders are their owner's only`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1abc")
        let record = try await journal.run(run.raw)
        #expect(try scratch.mode(scratch.journal) == 0o600)
        #expect(try scratch.mode(scratch.journal + "-wal") == 0o600)
        #expect(try scratch.mode(scratch.folder + "/state/ferry") == 0o700)
        #expect(record.folder == scratch.folder + "/state/ferry/runs/1abc")
        #expect(try scratch.mode(record.folder) == 0o700)
    }

    @Test(arguments: ["not a database at all, but long enough to be looked at", "x"])
    func `a file that is no database is refused`(content: String) async throws {
        let scratch = try Scratch()
        try scratch.write(String(repeating: content, count: 100), to: scratch.journal)
        #expect(await code { _ = try scratch.open() } == .journalUnreadable)
    }
}

struct JournalVersionTests {
    @Test(arguments: ["PRAGMA user_version = 2", "PRAGMA application_id = 7"])
    func `a journal of a newer ferry, or of another program, is refused`(change: String) async throws {
        let scratch = try Scratch()
        _ = try await scratch.open().make("1abc")
        try Database(scratch.journal, .readWrite).execute(change)
        #expect(await code { _ = try scratch.open() } == .journalUnreadable)
    }
}

struct ChoicesTests {
    @Test(arguments: [
        ("secret", RunChoices.Value.list(["K=v"])), ("token", .text("t")), ("api-key", .text("k")),
        ("proxy", .text("https://u:p@host")), ("password", .list(["x"])),
    ])
    func `a choice that carries a secret value is refused`(option: String, value: RunChoices.Value) {
        #expect(throws: Failure.self) { try RunChoices([option: value]) }
    }

    @Test(arguments: [
        ("token-env", RunChoices.Value.text("HOME_TOKEN")), ("read-only", .flag(true)),
        ("as", .text("ada@home")),
        ("url", .text("https://host/v1@x")), ("ask-secrets", .flag(true)),
    ])
    func `a choice that names no secret is kept`(option: String, value: RunChoices.Value) throws {
        #expect(try RunChoices([option: value]).values[option] == value)
    }
}
