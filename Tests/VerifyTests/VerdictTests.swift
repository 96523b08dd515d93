import Home
import LettaModel
import StillHome
import Testing
import Verify

struct VerdictTests {
    private let change = AnnouncedChange(
        item: "message 17", rule: "tool-status-failed", before: "a", after: "b")

    @Test func `announced changes are counted when the target has exactly them`() async throws {
        let comparison = Comparison(announcedRows: [16: [change]])
        let verdict = try await comparison.verdict(Copy())
        #expect(verdict.outcome == .announced(1))
        #expect(verdict.announced == [change])
        #expect(verdict.sentence.hasSuffix("2 of 2 blocks: equal but for 1 announced change"))
    }

    @Test func `an announced row that came out otherwise is different`() async throws {
        var copy = Copy()
        copy.rows[16].parts[1] = part("text", "other words")
        let verdict = try await Comparison(announcedRows: [16: [change]]).verdict(copy)
        #expect(verdict.outcome == .different(1))
        #expect(verdict.announced.isEmpty)
    }

    @Test func `an announced field is used up by the exact value only`() async throws {
        let name = AnnouncedField(key: "agent", path: "name", rule: "name", after: .value(bytes(#""ada 2""#)))
        var copy = Copy()
        copy.state = copy.state.replacing(#""ada""#, with: #""ada 2""#)
        let comparison = Comparison(announcedFields: [name])
        #expect(try await comparison.verdict(copy).outcome == .announced(1))
        copy.state = copy.state.replacing(#""ada 2""#, with: #""ada 3""#)
        let verdict = try await comparison.verdict(copy)
        #expect(verdict.differences.map(\.sentence) == ["agent: name changed"])
    }

    @Test func `an announced change that did not happen is a difference`() async throws {
        let name = AnnouncedField(key: "agent", path: "name", rule: "name", after: .value(bytes(#""ada 2""#)))
        let verdict = try await Comparison(announcedFields: [name]).verdict(Copy())
        #expect(verdict.differences.map(\.sentence) == ["agent: name was to be changed by name and was not"])
        #expect(verdict.outcome == .different(1))
    }

    @Test func `a kept tool has to be the target's own to the letter`() async throws {
        let own = #"{"name":"weather","tool_type":"custom","source_code":"def weather(): own"}"#
        let kept = AnnouncedField(key: "weather", path: "", rule: "tool-kept", after: .value(bytes(own)))
        var copy = Copy()
        copy.tools[0].json = own
        let comparison = Comparison(announcedFields: [kept])
        #expect(try await comparison.verdict(copy).outcome == .announced(1))
        copy.tools[0].json = own.replacing("own", with: "third")
        #expect(try await comparison.verdict(copy).outcome == .different(1))
    }

    @Test func `what a target derives from a handle is announced below the configs only`() async throws {
        var comparison = Comparison()
        comparison.expected.state = #"{"llm_config":{"handle":"a/b","model_endpoint":"x"},"system":"s"}"#
        comparison.announcedFields = [
            AnnouncedField(key: "agent", path: "llm_config", rule: "model", after: .setByTarget)
        ]
        var copy = Copy()
        copy.state = #"{"llm_config":{"handle":"c/d","model_endpoint":"y"},"system":"s"}"#
        #expect(try await comparison.verdict(copy).outcome == .announced(1))
        comparison.announcedFields.append(
            AnnouncedField(key: "agent", path: "system", rule: "model", after: .setByTarget))
        copy.state = copy.state.replacing(#""s""#, with: #""t""#)
        #expect(try await comparison.verdict(copy).outcome == .different(1))
    }

    @Test(arguments: ComparedKind.allCases.filter { $0 != .checks })
    func `a kind that nobody compared makes it different`(_ kind: ComparedKind) async throws {
        let verdict = try await Comparison().verdict(Copy(), skipping: [kind])
        #expect(verdict.outcome == .different(1))
        #expect(verdict.differences.map(\.sentence) == ["\(kind.rawValue): not compared"])
    }

    @Test func `an answer of another server is no proof`() async throws {
        let home = Copy().home
        let other = StillHome(
            address: HomeAddress(name: "cloud", url: "https://cloud.example.org", project: nil))
        var verification = Verification(of: "ada", at: home.address)
        for result in try await Comparison().results(Copy(), home) { verification.add(result) }
        verification.add(
            ValueComparison.tags(expecting: ["a"]).compare(tags: try await other.observing(["a"])))
        let verdict = verification.verdict()
        #expect(
            verdict.differences.map(\.sentence) == [
                "tags: read from cloud (https://cloud.example.org), not from home (https://home.example.org)"
            ])
    }

    @Test func `null and absent are one in the server's schema`() async throws {
        var copy = Copy()
        copy.state = copy.state.replacing(#","hidden":null"#, with: "")
        #expect(try await Comparison().verdict(copy).outcome == .identical)
    }

    /// Block tags came with 0.16.4: moved from 0.13.0, a block has an empty list.
    @Test func `an empty list or false is one with a field that the other release does not know`()
        async throws
    {
        let younger = #","tags":[],"pinned":false"#
        let older = { (json: String) in json.replacing(#","tags":[]"#, with: "") }
        var source = Copy()
        source.blocks[1].json = older(source.blocks[1].json)
        var copy = Copy()
        copy.blocks[1].json = copy.blocks[1].json.replacing(#","tags":[]"#, with: younger)
        #expect(try await Comparison(expected: source).verdict(copy).outcome == .identical)
        #expect(try await Comparison(expected: copy).verdict(source).outcome == .identical)
        copy.blocks[1].json = copy.blocks[1].json.replacing("[]", with: #"["new"]"#)
        #expect(try await Comparison(expected: source).verdict(copy).outcome != .identical)
        #expect(try await Comparison(expected: copy).verdict(source).outcome != .identical)
    }

    @Test func `ids, users and times of the server are not compared`() async throws {
        var copy = Copy()
        copy.state = copy.state.replacing(#"{"name""#, with: #"{"id":"agent-2","updated_at":"now","name""#)
        copy.blocks[0].json = copy.blocks[0].json.replacing(#"{"label""#, with: #"{"id":"b","label""#)
        #expect(try await Comparison().verdict(copy).outcome == .identical)
    }

    @Test func `the source of Letta's own tools belongs to the server`() async throws {
        var copy = Copy()
        copy.tools[1].json = copy.tools[1].json.replacing("old", with: "new")
        #expect(try await Comparison().verdict(copy).outcome == .identical)
    }

    @Test func `the run's marker among the tags is no difference`() async throws {
        let marker = Marker(run: "r1", attempt: 1)
        let home = StillHome(blocks: [("human", #"{"label":"human","tags":["a","ferry-r1-1"]}"#)])
        let items = [KeyedItem(key: "human", json: bytes(#"{"label":"human","tags":["a"]}"#))]
        let observed = try await home.observeBlocks(of: ServerID("agent-1"))
        #expect(KeyedComparison.blocks(expecting: items, marker: marker).compare(observed).isEqual)
        #expect(!KeyedComparison.blocks(expecting: items).compare(observed).isEqual)
        let tags = try await home.observing(["x", "ferry-r1-1"])
        #expect(ValueComparison.tags(expecting: ["x"]).compare(tags: tags, without: marker).isEqual)
    }

    @Test func `tags of a block have no order`() async throws {
        let items = [KeyedItem(key: "human", json: bytes(#"{"label":"human","tags":["a","b"]}"#))]
        let home = StillHome(blocks: [("human", #"{"label":"human","tags":["b","a"]}"#)])
        let observed = try await home.observeBlocks(of: ServerID("agent-1"))
        #expect(KeyedComparison.blocks(expecting: items).compare(observed).isEqual)
    }

    @Test func `a failed check makes it different`() async throws {
        let home = Copy().home
        var verification = Verification(of: "ada", at: home.address)
        for result in try await Comparison().results(Copy(), home) { verification.add(result) }
        verification.add(try await Evidence.lines { $0.agentType = try await home.observing("memgpt_agent") })
        #expect(verification.verdict().outcome == .different(1))
    }
}
