@testable import Journal
import LettaModel
import SQLite
import Testing

struct StepTests {
    private let intent = StepIntent(
        kind: "import-file", marker: Marker(run: "1abc", attempt: 2), request: ContentDigest(bytes: [1, 2]),
        preImage: json(#"{"name":"ada","n":1.0}"#), details: json(#"{"rows":5e3}"#))

    @Test func `an intent is on disk before its step begins`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1abc")
        _ = try await journal.intend(run, intent)
        // Another connection sees only what was committed; FULL means synced.
        let other = try scratch.open(pid: 2)
        #expect(try await other.openSteps(run).map(\.intent) == [intent])
        #expect(try await other.openSteps(run).first?.outcome == nil)
        #expect(try await journal.durability() == 2)
    }

    @Test(arguments: [
        (StepOutcome.done(details: json(#"{"id":"agent-9"}"#)), false), (.done(details: nil), false),
        (.refused(reason: "409"), false), (.unknown(reason: "reset"), true),
        (.abandoned(reason: "stuck"), false),
    ])
    func `an outcome is kept, and only an unknown one stays open`(outcome: StepOutcome, isOpen: Bool)
        async throws
    {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1abc")
        let step = try await journal.intend(run, intent)
        try await journal.settle(step, outcome)
        #expect(try await journal.steps(run).map(\.outcome) == [outcome])
        #expect(try await journal.openSteps(run).isEmpty == !isOpen)
    }

    @Test func `an unknown outcome can be settled, a settled one cannot`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let step = try await journal.intend(try await journal.make("1abc"), intent)
        try await journal.settle(step, .unknown(reason: "reset"))
        try await journal.settle(step, .done(details: nil))
        #expect(await code { try await journal.settle(step, .refused(reason: "late")) } == .internal)
    }

    @Test func `attempts are never used again`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1abc")
        #expect(try await journal.nextAttempt(run) == 1)
        _ = try await journal.intend(run, intent)
        #expect(try await journal.nextAttempt(run) == 3)
    }

    @Test func `a step of no run is refused`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        #expect(await code { _ = try await journal.intend(try runID("9z"), intent) } == .runUnknown)
    }

    @Test(arguments: [
        #"{"secrets":[{"key":"K","value":"v"}]}"#, #"{"a":[{"llm_config":{"api_key":"k"}}]}"#,
        #"{"tool_exec_environment_variables":{"K":"v"}}"#, #"{"auth_token":"t"}"#,
        #"{"endpoint":"https://u:p@host/v1"}"#, #"{"custom_headers":{"X":"k"}}"#,
    ])
    func `a step that would bring a secret value along is refused`(text: String) async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1abc")
        let leak = StepIntent(kind: "patch-agent", preImage: json(text))
        #expect(await code { _ = try await journal.intend(run, leak) } == .internal)
        #expect(try await journal.steps(run).isEmpty)
        let step = try await journal.intend(run, intent)
        #expect(await code { try await journal.settle(step, .done(details: json(text))) } == .internal)
    }

    @Test(arguments: [
        #"{"secrets":[{"key":"K","value":"<cut by ferry: secrets.K>"}],"max_tokens":9}"#,
        #"{"secrets":{"K":""},"auth_token":null,"metadata":{"password":"mine"}}"#,
        #"{"description":"see https://x.example/a:b@c and more"}"#,
    ])
    func `a step without secret values is kept as it is`(text: String) async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1abc")
        _ = try await journal.intend(run, StepIntent(kind: "patch-agent", preImage: json(text)))
        #expect(try await journal.steps(run).first?.intent.preImage == json(text))
    }
}

struct IDMapTests {
    private func mapping(_ target: String, _ run: RunID) -> IDMapping {
        IDMapping(
            kind: "block", sourceServer: "https://a", sourceID: "block-1", targetServer: "https://b",
            targetID: target, run: run)
    }

    private func find(_ journal: RunJournal, _ target: String = "https://b") async throws -> [String] {
        try await journal.find(
            kind: "block", sourceServer: "https://a", sourceID: "block-1", targetServer: target
        )
        .map(\.targetID)
    }

    @Test func `an id is found whatever run mapped it, newest first, once`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let one = try await journal.make("1a")
        let two = try await journal.make("1b")
        try await journal.map([mapping("block-x", one), mapping("block-y", two), mapping("block-x", two)])
        #expect(try await find(journal) == ["block-y", "block-x"])
        #expect(try await find(journal, "https://other").isEmpty)
        #expect(try await journal.mappings(of: one).map(\.targetID) == ["block-x"])
    }

    @Test func `what was undone is forgotten`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        try await journal.map([mapping("block-x", try await journal.make("1a"))])
        try await journal.unmap(targetServer: "https://b", targetID: "block-x")
        #expect(try await find(journal).isEmpty)
    }
}

struct StoryTests {
    @Test func `announced changes are counted, and read in order`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1a")
        let long = String(repeating: "ä", count: 500)
        let changes = (0..<5).map {
            RecordedChange(
                AnnouncedChange(
                    item: "message \($0)", rule: $0 == 3 ? "name" : "tool-status", before: long, after: "b"),
                beforeDigest: ContentDigest(bytes: [UInt8($0)]))
        }
        try await journal.announce(changes, run)
        #expect(try await journal.changes(run, from: 1, limit: 3) == Array(changes[1..<4]))
        #expect(changes[0].before.count == 200)
        #expect(
            try await journal.changeCounts(run) == [
                ChangeCount(rule: "name", count: 1), ChangeCount(rule: "tool-status", count: 4),
            ])
        try await journal.clearChanges(run)
        #expect(try await journal.changeCounts(run).isEmpty)
    }

    @Test func `omissions keep their order, class and acceptance`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1a")
        let omissions = [
            RecordedOmission(
                Omission(id: "z", class: .loss, item: "i", reason: "r", remedy: "m"), isAccepted: true),
            RecordedOmission(
                Omission(id: "a", class: .inherent, item: "i", reason: "r", remedy: "m"), isAccepted: false),
        ]
        try await journal.setOmissions(omissions, run)
        try await journal.setOmissions(omissions, run)
        #expect(try await journal.omissions(run) == omissions)
    }

    @Test func `a run tells its story in order`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1a")
        try await journal.note("the source stood still", run)
        try await journal.setStatus(run, .running)
        #expect(
            try await journal.events(run).map { "\($0.kind): \($0.text)" } == [
                "note: the source stood still", "status: running",
            ])
    }
}
