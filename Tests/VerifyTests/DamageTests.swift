import Testing
import StillHome
import Verify

/// One kind of damage and the one sentence that it must give.
struct Damaged: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let sentence: String
    let damage: @Sendable (inout Copy) -> Void

    init(_ name: String, _ sentence: String, _ damage: @escaping @Sendable (inout Copy) -> Void) {
        testDescription = name
        self.sentence = sentence
        self.damage = damage
    }

    static let all: [Damaged] = [
        Damaged("first message missing", "message 1 of 40 (2026-05-02 system): missing") {
            $0.rows.removeFirst()
        },
        Damaged("message missing", "message 18 of 40 (2026-05-02 user): missing") { $0.rows.remove(at: 17) },
        Damaged("last message missing", "message 40 of 40 (2026-05-02 user): missing") {
            $0.rows.removeLast()
        },
        Damaged("message too many", "message at place 6 of the target (2026-05-02 user): not expected") {
            var row = Copy.Row(number: 5)
            row.time = "2026-05-02T10:15:01+00:00"
            $0.rows.insert(row, at: 5)
        },
        Damaged("text changed", "message 17 of 40 (2026-05-02 assistant): text changed") {
            $0.rows[16].parts[1] = part("text", "other words")
        },
        Damaged("role changed", "message 18 of 40 (2026-05-02 user): changed: role") {
            $0.rows[17].role = "system"
        },
        Damaged("order swapped", "message 11 of 40 (2026-05-02 assistant): stands at place 12 of 40") {
            $0.rows.swapAt(10, 11)
        },
        Damaged("message moved far", "message 3 of 40 (2026-05-02 assistant): stands at place 40 of 40") {
            $0.rows.append($0.rows.remove(at: 2))
        },
        Damaged("row split", "message 9 of 40 (2026-05-02 assistant): split into two rows") {
            var half = $0.rows[8]
            half.parts.removeFirst()
            $0.rows[8].parts.removeLast()
            $0.rows.insert(half, at: 9)
        },
        Damaged("row time shifted", "message 18 of 40 (2026-05-02 user): created_at shifted by +1 h") {
            $0.rows[17].time = $0.rows[17].time.replacing("T10:", with: "T11:")
        },
        Damaged(
            "row time off by a microsecond", "message 18 of 40 (2026-05-02 user): created_at shifted by +1 µs"
        ) {
            $0.rows[17].time = $0.rows[17].time.replacing("000117", with: "000118")
        },
        Damaged("passage lost", "passage 4 of 20 (2026-04-13T08:00:00.123456+00:00): missing") {
            $0.passages.remove(at: 3)
        },
        Damaged("passage twice", "passage of 2026-04-13T08:00:00.123456+00:00: not expected") {
            $0.passages.append($0.passages[3])
        },
        Damaged("tag lost", "passage 4 of 20 (2026-04-13T08:00:00.123456+00:00): tags changed: lost n3") {
            $0.passages[3].tags = ["fact"]
        },
        Damaged(
            "tag swapped",
            "passage 4 of 20 (2026-04-13T08:00:00.123456+00:00): tags changed: lost n3, added n4"
        ) { $0.passages[3].tags = ["fact", "n4"] },
        Damaged("metadata changed", "passage 4 of 20 (2026-04-13T08:00:00.123456+00:00): metadata changed") {
            $0.passages[3].metadata = #"{"by":"someone"}"#
        },
        Damaged(
            "passage time shifted",
            "passage 4 of 20 (2026-04-13T08:00:00.123456+00:00): created_at shifted by -2 h"
        ) { $0.passages[3].time = "2026-04-13T06:00:00.123456+00:00" },
        Damaged("passage text changed", "passage 4 of 20 (2026-04-13T08:00:00.123456+00:00): text changed") {
            $0.passages[3].text = "another fact"
        },
        Damaged("block value changed", "block persona: value changed") {
            $0.blocks[0].json = $0.blocks[0].json.replacing("I am Ada.", with: "I am Bob.")
        },
        Damaged("block limit and flag changed", "block persona: limit, read_only changed") {
            $0.blocks[0].json = $0.blocks[0].json.replacing("5000", with: "6000").replacing(
                "true", with: "false")
        },
        Damaged("block tag lost", "block persona: tags changed") {
            $0.blocks[0].json = $0.blocks[0].json.replacing(#","old""#, with: "")
        },
        Damaged("block missing", "block human: missing") { $0.blocks.removeLast() },
        Damaged("block too many", "block extra: not expected") { $0.blocks.append(("extra", "{}")) },
        Damaged("tool source changed", "tool weather: source_code changed") {
            $0.tools[0].json = $0.tools[0].json.replacing("pass", with: "raise")
        },
        Damaged("tool detached", "tool memory: missing") { $0.tools.removeLast() },
        Damaged("tool rule lost", "tool rule exit_loop of weather: missing") { $0.toolRules = "[]" },
        Damaged("agent tag lost", "tag companion: missing") { $0.tags.removeFirst() },
        Damaged("agent tag too many", "tag ferry-run-1: not expected") { $0.tags.append("ferry-run-1") },
        Damaged("conversation lost", "conversation “Rome”: missing") { $0.conversations.removeFirst() },
        Damaged("conversation twice", "conversation “Rome” [3]: not expected") {
            $0.conversations.append($0.conversations[1])
        },
        Damaged("conversation with a message less", "conversation “Rome” (2): messages[1] changed") {
            $0.conversations[1] = .init(
                name: "“Rome”", json: $0.conversations[1].json, messages: [9])
        },
        Damaged("conversation renamed", "conversation “Rome”: summary changed") {
            $0.conversations[0] = .init(
                name: "“Bern”", json: Array(#"{"summary":"Bern","model":null}"#.utf8), messages: [3, 4, 7])
        },
        Damaged("identity detached", "identity mira: missing") { $0.identities = [] },
        Damaged("identity too many", "identity bob: not expected") { $0.identities.append(("bob", "{}")) },
        Damaged("property changed", "identity mira: properties[1].value changed") {
            $0.identities[0].json = $0.identities[0].json.replacing("\"c\"", with: "\"d\"")
        },
        Damaged("secret lost", "secret WEATHER_KEY: missing") { $0.secrets = [] },
        Damaged("system prompt changed", "agent: system changed") {
            $0.state = $0.state.replacing("You are Ada.", with: "You are Bob.")
        },
        Damaged("metadata null is not absent", "agent: metadata.a changed") {
            $0.state = $0.state.replacing(#"{"a":null}"#, with: "{}")
        },
        Damaged("context lost one", "message 32: not in context") { $0.context.remove(at: 2) },
        Damaged("context out of order", "message 32: stands at place 4 of the context") {
            $0.context.swapAt(2, 3)
        },
    ]
}

struct DamageTests {
    @Test func `an undamaged copy is identical`() async throws {
        let verdict = try await Comparison().verdict(Copy())
        #expect(verdict.outcome == .identical)
        #expect(verdict.differences.isEmpty)
        #expect(verdict.sentence == "ada: 40 of 40 messages, 20 of 20 passages, 2 of 2 blocks: identical")
    }

    @Test(arguments: Damaged.all)
    func `a single damage is caught and named`(_ damaged: Damaged) async throws {
        var copy = Copy()
        damaged.damage(&copy)
        let verdict = try await Comparison().verdict(copy)
        #expect(verdict.differences.map(\.sentence) == [damaged.sentence])
        #expect(verdict.outcome == .different(1))
        #expect(!verdict.isVerified)
        #expect(verdict.sentence.hasSuffix(": different"))
    }

    @Test func `a row in context that the history lacks is named`() async throws {
        let found = try await StillHome().observing([0, 30, nil, 31, 32, 33] as [Int?])
        let result = ContextComparison(expecting: Copy().context).compare(found)
        #expect(result.differences.map(\.sentence) == ["an unknown message: in context, not expected"])
        #expect(!result.isEqual)
    }

    @Test func `without bodies a changed row is still named`() async throws {
        var copy = Copy()
        copy.rows[16].parts[1] = part("text", "other words")
        let verdict = try await Comparison(explains: false).verdict(copy)
        #expect(verdict.differences.map(\.sentence) == ["message 17 of 40 (2026-05-02 assistant): changed"])
    }

    @Test func `an excerpt shows where two texts part`() async throws {
        var copy = Copy()
        let long = String(repeating: "a", count: 200)
        var comparison = Comparison()
        comparison.expected.blocks[1].json = #"{"label":"human","value":"\#(long)x and the rest"}"#
        copy.blocks[1].json = #"{"label":"human","value":"\#(long)y and the rest"}"#
        let field = try await comparison.verdict(copy).differences.first?.fields.first
        #expect(field?.expected == "…\(String(repeating: "a", count: 20))x and the rest”")
        #expect(field?.found == "…\(String(repeating: "a", count: 20))y and the rest”")
    }

    @Test func `several damages are all named`() async throws {
        var copy = Copy()
        copy.rows.remove(at: 30)
        copy.rows[5].parts[0] = part("text", "changed")
        copy.passages.removeFirst()
        copy.tags = []
        let verdict = try await Comparison().verdict(copy)
        #expect(verdict.outcome == .different(5))
        #expect(verdict.differences.map(\.damage) == [.changed, .missing, .missing, .missing, .missing])
    }
}
