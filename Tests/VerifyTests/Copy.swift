import Home
import LettaModel
import LosslessJSON
import StillHome
import Verify

/// A small agent as one side holds it; the tests damage one copy.
struct Copy: Sendable {
    var rows: [Row] = (0..<40).map(Row.init(number:))
    var context: [Int] = [0, 30, 31, 32, 33]
    var state =
        #"{"name":"ada","system":"You are Ada.","timezone":"UTC","metadata":{"a":null},"hidden":null}"#
    var blocks: [(label: String, json: String)] = [
        (
            "persona",
            #"{"label":"persona","value":"I am Ada.","limit":5000,"read_only":true,"tags":["core","old"]}"#
        ),
        ("human", #"{"label":"human","value":"Likes tea.","limit":5000,"read_only":false,"tags":[]}"#),
    ]
    var tools: [(name: String, type: String, json: String)] = [
        (
            "weather", "custom",
            #"{"name":"weather","tool_type":"custom","source_code":"def weather(): pass"}"#
        ),
        ("memory", "letta_core", #"{"name":"memory","tool_type":"letta_core","source_code":"old"}"#),
    ]
    var toolRules = #"[{"tool_name":"weather","type":"exit_loop","prompt_template":null}]"#
    var tags = ["companion", "long-lived"]
    var passages: [Passage] = (0..<20).map(Passage.init(number:))
    var secrets = ["WEATHER_KEY"]
    var conversations = [
        ConversationComparison.Item(
            name: "“Rome”", json: Array(#"{"summary":"Rome","model":null}"#.utf8), messages: [3, 4, 7]),
        ConversationComparison.Item(
            name: "“Rome”", json: Array(#"{"summary":"Rome","model":null}"#.utf8), messages: [9, 11]),
    ]
    var identities: [(key: String, json: String)] = [
        (
            "mira",
            #"{"identifier_key":"mira","name":"Mira","identity_type":"user","properties":[{"key":"a","value":1,"type":"number"},{"key":"b","value":"c","type":"string"}]}"#
        )
    ]

    var home: StillHome { StillHome(state: state, blocks: blocks, tools: tools) }

    struct Row: Sendable {
        var role: String
        var time: String
        var parts: [String]

        init(number: Int) {
            role = number == 0 ? "system" : ["assistant", "user"][number % 2]
            time = "2026-05-02T10:\(number + 10):00.000\(100 + number)+00:00"
            parts = role == "assistant" ? [part("reasoning", "thinking \(number)")] : []
            parts.append(part("text", "words \(number)"))
        }

        var json: String {
            #"{"role":"\#(role)","content":[\#(parts.joined(separator: ","))],"created_at":"\#(time)","id":"x"}"#
        }
    }

    struct Passage: Sendable {
        var time: String
        var text: String
        var tags: [String]
        var metadata = "null"

        init(number: Int) {
            time = "2026-04-\(number + 10)T08:00:00.123456+00:00"
            text = "fact \(number)"
            tags = ["fact", "n\(number)"]
        }

        var json: String {
            let tags = tags.map { "\"\($0)\"" }.joined(separator: ",")
            return #"{"text":"\#(text)","tags":[\#(tags)],"metadata":\#(metadata),"created_at":"\#(time)"}"#
        }
    }
}

func part(_ kind: String, _ text: String) -> String {
    #"{"type":"\#(kind)","\#(kind)":"\#(text)"}"#
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Spreads over 32 bytes; enough for tests.
func digest(_ value: JSONValue) -> ContentDigest {
    digest(Canonical.bytes(value, dropping: RowPrint.dropped))
}

func digest(_ bytes: [UInt8]) -> ContentDigest {
    var words: [UInt64] = [1, 2, 3, 4]
    for byte in bytes {
        for index in words.indices {
            words[index] = (words[index] ^ UInt64(byte)) &* (0x100_0000_01B3 &+ UInt64(index) &* 2)
        }
    }
    return ContentDigest(
        bytes: words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } })
}

/// Compares a copy with the source, all kinds, as an engine would.
struct Comparison {
    var expected = Copy()
    var announcedRows: [Int: [AnnouncedChange]] = [:]
    var announcedFields: [AnnouncedField] = []
    var explains = true

    func verdict(_ copy: Copy, skipping skipped: Set<ComparedKind> = []) async throws -> Verdict {
        let home = copy.home
        var verification = Verification(of: "ada", at: home.address)
        for result in try await results(copy, home) where !skipped.contains(result.kind) {
            verification.add(result)
        }
        return verification.verdict()
    }

    func results(_ copy: Copy, _ home: StillHome) async throws -> [KindResult] {
        let agent = ServerID<AgentKind, TargetSide>("agent-1")
        let items = expected.blocks.map { KeyedItem(key: $0.label, json: bytes($0.json)) }
        let tools = expected.tools.map { KeyedItem(key: $0.name, json: bytes($0.json)) }
        return [
            try await rows(copy, home), try await passages(copy, home),
            ContextComparison(expecting: expected.context).compare(try await home.observing(copy.context)),
            KeyedComparison.agent(expecting: bytes(expected.state), announced: announcedFields)
                .compare(try await home.observeAgent(agent)),
            KeyedComparison.blocks(expecting: items, announced: announcedFields)
                .compare(try await home.observeBlocks(of: agent)),
            KeyedComparison.tools(expecting: tools, announced: announcedFields)
                .compare(try await home.observeTools(of: agent)),
            ValueComparison.toolRules(expecting: bytes(expected.toolRules))
                .compare(toolRules: try await home.observing(bytes(copy.toolRules))),
            ValueComparison.tags(expecting: expected.tags).compare(tags: try await home.observing(copy.tags)),
            KeyedComparison.identities(
                expecting: expected.identities.map { KeyedItem(key: $0.key, json: bytes($0.json)) }
            ).compare(
                try await home.observing(
                    copy.identities.map {
                        Identity<TargetSide>(
                            id: ServerID("identity-1"), key: $0.key, name: $0.key, json: bytes($0.json))
                    })),
            ConversationComparison(expecting: expected.conversations).compare(
                try await home.observing(copy.conversations)),
            ValueComparison.secrets(expecting: expected.secrets)
                .compare(names: try await home.observing(copy.secrets)),
        ]
    }

    private func rows(_ copy: Copy, _ home: StillHome) async throws -> KindResult {
        var comparison = RowComparison()
        for (place, row) in expected.rows.enumerated() {
            comparison.expect(try print(row), announced: announcedRows[place] ?? [])
        }
        comparison.observe(try await home.observing(try copy.rows.map(print)))
        var outcome = comparison.finish()
        for pair in outcome.changed where explains {
            outcome.explain(
                pair, expected: bytes(expected.rows[pair.expected].json),
                found: bytes(copy.rows[pair.found].json))
        }
        return outcome.result()
    }

    private func print(_ row: Copy.Row) throws -> RowPrint {
        let value = try JSONDocument(row.json).root
        return RowPrint(value, digest: digest(value))
    }

    private func passages(_ copy: Copy, _ home: StillHome) async throws -> KindResult {
        var comparison = PassageComparison()
        for passage in expected.passages { comparison.expect(try print(passage)) }
        comparison.observe(try await home.observing(try copy.passages.reversed().map(print)))
        return comparison.finish()
    }

    private func print(_ passage: Copy.Passage) throws -> PassagePrint {
        PassagePrint(try JSONDocument(passage.json).root, hasMetadata: true) { digest(Canonical.bytes($0)) }
    }
}
