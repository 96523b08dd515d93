import LettaModel
import LosslessJSON
import Testing

@testable import AgentFile

/// The form of one agent, in the form of today.
@Suite struct LegacyTests {
    private static let old = """
        {"name": "Sam", "version": "0.6.47", "system": "Be Sam.", "llm_config": {"model": "m"}, "metadata_": {"k": 1},
        "core_memory": [{"label": "human", "value": "Tom", "limit": 5, "metadata_": {}}],
        "in_context_message_indices": [0, 2, 7], "tags": [{"tag": "a"}, {"tag": "b"}],
        "tool_exec_environment_variables": [{"key": "KEY", "value": "hush-hush"}, {"key": "BARE", "value": ""}],
        "messages": [{"role": "system", "content": [{"type": "text", "text": "Be Sam."}], "updated_at": "x"},
        {"role": "user", "text": "Hello"}, {"role": "user", "content": [], "big": 12345678901234567890.0}],
        "tools": [{"name": "look", "created_at": "x", "source_code": "s"}, {"name": "gone", "tool_type": "letta_core"}],
        "identities": [{"id": 1}], "groups": []}
        """

    @Test func `everything finds its place`() throws {
        let (root, changes) = try Self.convert(Self.old)
        let agent = try #require(root["agents"]?[0])
        #expect(
            agent["messages"]?.elements.compactMap { $0["id"]?.string } == [
                "message-0", "message-1", "message-2",
            ])
        #expect(agent["messages"]?[0]?["updated_at"] == nil)
        #expect(agent["messages"]?[1]?["content"]?[0]?["text"]?.string == "Hello")
        #expect(agent["messages"]?[2]?["big"]?.raw.elementsEqual("12345678901234567890.0".utf8) == true)
        #expect(
            agent["in_context_message_ids"]?.elements.compactMap(\.string) == [
                "message-0", "message-2", "message-7",
            ])
        #expect(agent["agent_type"]?.string == "memgpt_agent")
        #expect(agent["tags"]?.elements.compactMap(\.string) == ["a", "b"])
        #expect(agent["metadata"]?["k"]?.int == 1)
        #expect(root["blocks"]?[0]?["label"]?.string == "human")
        #expect(agent["block_ids"]?[0]?.string == "block-0")
        #expect(root["tools"]?.elements.compactMap { $0["name"]?.string } == ["look"])
        #expect(root["tools"]?[0]?["created_at"] == nil)
        #expect(agent["tool_ids"]?.elements.compactMap(\.string) == ["tool-0"])
        for key in ["secrets", "tool_exec_environment_variables"] {
            #expect(agent[key]?.members.map(\.key) == ["KEY", "BARE"])
            #expect(agent[key]?.members.allSatisfy { $0.value.string == "" } == true)
        }
        #expect(
            changes.changes.map(\.path) == [
                "$", "$.core_memory", "$.tools[1]", "$.tools", "$.tools[*].created_at", "$.identities",
                "$.agent_type", "$.metadata_", "$.tags", "$.in_context_message_indices",
                "$.tool_exec_environment_variables.KEY", "$.messages", "$.messages[*].updated_at",
                "$.messages[1].text",
            ])
        #expect(!changes.changes.contains { ($0.before + $0.after).contains("hush") })
    }

    @Test func `whatever is left out is said with its place, and no value of a secret`() throws {
        let text = """
            {"llm_config": {"model": "m"}, "messages": [], "core_memory": {"human": {"value": "Tom", "owner": "x"}},
            "tags": ["a", 7], "in_context_message_indices": [0, "one", 9], "mood": "hush-hush", "api_key": "hush-hush",
            "secrets": [{"key": "K", "value": "hush-hush"}, {"value": "hush-hush"}],
            "tool_exec_environment_variables": {"N": 7}, "tools": [{"name": "gone", "tool_type": "letta_core"},
            {"name": "look", "source_code": "s"}]}
            """
        let (root, changes) = try Self.convert(text)
        let paths = changes.changes.map(\.path)
        for path in [
            "$.core_memory.*.owner", "$.tags[1]", "$.in_context_message_indices[1]", "$.mood", "$.api_key",
            "$.secrets.K", "$.secrets.unnamed", "$.tool_exec_environment_variables.N", "$.tools[0]",
        ] {
            #expect(paths.contains(path), "\(path)")
        }
        #expect(!changes.changes.contains { ($0.before + $0.after).contains("hush") })
        #expect(root["agents"]?[0]?["secrets"]?.members.map(\.key) == ["N", "K"])
        #expect(changes.path("$.tools[0].source_type") == "$.tools[1].source_type")
        #expect(changes.path("$.blocks[0].limit") == "$.core_memory.human.limit")
        #expect(changes.path("$.agents[0].messages[4].content") == "$.messages[4].content")
        #expect(
            changes.path("$.agents[0].in_context_message_ids[1]") == "$.in_context_message_indices[2]")
        #expect(changes.path("$.agents[0].in_context_message_ids") == "$.in_context_message_indices")
        #expect(changes.path("$") == "$")
    }

    @Test func `a key that stands twice is refused with its place in the file`() {
        for (text, place) in [
            (#"{"llm_config": {}, "messages": [{"role": "user", "role": "tool"}]}"#, "$.messages[0].role"),
            (#"{"llm_config": {}, "system": "a", "system": "b", "messages": []}"#, "$.system"),
        ] {
            let failure = #expect(throws: Failure.self) { try Self.convert(text) }
            #expect(failure?.reason.contains(place) == true, "\(failure?.reason ?? "")")
        }
    }

    @Test func `chunks may end anywhere, and quotes around it do no harm`() throws {
        let whole = Canonical.bytes(try Self.convert(Self.old).0)
        for size in [1, 7, 64] {
            #expect(Canonical.bytes(try Self.convert(Self.old, chunk: size).0) == whole)
        }
        let quoted = try Self.convert("\u{FEFF}" + JSONNode.string(Self.old).text())
        #expect(Canonical.bytes(quoted.0) == whole)
        #expect(
            quoted.1.changes.map(\.rule.id).starts(with: [
                "byte-order-mark", "json-in-a-string", "legacy-form",
            ]))
    }

    @Test(arguments: [
        "{\"agents\": []}", "{}", "", "[1]", "{\"messages\": [7], \"llm_config\": {}}", "{\"messages\": [",
    ])
    func `what is no such file is a failure`(text: String) {
        #expect(throws: Failure.self) { try Self.convert(text) }
    }

    @discardableResult
    private static func convert(_ text: String, chunk: Int = 4096) throws -> (JSONValue, LegacyChanges) {
        let sink = Sink()
        var converter = LegacyConverter(name: "x.af", target: .v0_16_8) { sink.bytes += $0 }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            try converter.feed(Array(bytes[start..<min(start + chunk, bytes.count)]))
        }
        let changes = try converter.finish()
        return (try JSONDocument(sink.bytes).root, changes)
    }

    private final class Sink {
        var bytes: [UInt8] = []
    }
}
