import HTTP
import HTTPCurl
import Home
import LettaModel
import LettaServer
import LosslessJSON
import ScriptedLetta
import Testing

/// Where the scripted server and the real one answer differently to the same
/// request on the same agent. The scripted one is right only while there is
/// no difference.
@Suite("Drift", .serialized, .enabled(if: Lab.isUp, "Lab/lab up, then load its environment"))
struct DriftTests {
    @Test func `both list the same items for the same rows`() async throws {
        try await withBoth { scripted, real in
            for query in ["use_assistant_message=false", "use_assistant_message=true"] {
                let route = "/v1/agents/{agent}/messages?limit=1000&order=asc&\(query)"
                let (one, other) = (try await scripted.items(route), try await real.items(route))
                #expect(one.count == other.count)
                for (mine, theirs) in zip(one, other) where mine != theirs {
                    Issue.record("\(query)\nscripted \(mine)\nreal     \(theirs)")
                }
            }
        }
    }

    @Test func `both export the same rows`() async throws {
        try await withBoth { scripted, real in
            let route = "/v1/agents/{agent}/export"
            let (one, other) = (try await scripted.exported(route), try await real.exported(route))
            #expect(one.count == other.count)
            for (mine, theirs) in zip(one, other) where mine != theirs {
                Issue.record("scripted \(mine)\nreal     \(theirs)")
            }
        }
    }

    @Test func `both answer reads and wrong requests with the same status and shape`() async throws {
        try await withBoth { scripted, real in
            for probe in Probe.harmless { try await compare(probe, scripted, real) }
        }
    }

    @Test(arguments: Probe.writes)
    func `both answer writes with the same status and shape`(_ probe: Probe) async throws {
        try await withBoth { scripted, real in
            try await compare(probe, scripted, real)
            // What a write leaves behind is part of its answer.
            for read in Probe.afterwards { try await compare(read, scripted, real) }
        }
    }

    private func compare(_ probe: Probe, _ scripted: Place, _ real: Place) async throws {
        let (mine, theirs) = (try await scripted.answer(probe), try await real.answer(probe))
        #expect(mine.status == theirs.status, "\(probe): \(mine.text) / \(theirs.text)")
        for difference in Shape.differences(mine.body, theirs.body) {
            Issue.record("\(probe): \(difference)")
        }
    }
}

/// One request; `{agent}`, `{row}` and so on stand for what the place has.
struct Probe: Sendable, CustomStringConvertible {
    let method: Request.Method
    let target: String
    var json: String?

    init(_ method: Request.Method, _ target: String, json: String? = nil) {
        self.method = method
        self.target = target
        self.json = json
    }

    var description: String { "\(method.rawValue) \(target)\(json.map { " \($0)" } ?? "")" }

    static let harmless = reads + listings + refusals

    private static let nobody = "00000000-0000-4000-8000-000000000001"

    private static let reads = [
        "/v1/health/", "/v1/agents/{agent}", "/v1/agents/{agent}/export", "/v1/agents/{agent}/tools",
        "/v1/agents/{agent}/tools?limit=1000&order=asc", "/v1/agents/{agent}/core-memory/blocks",
        "/v1/agents/{agent}/archival-memory?limit=2",
        "/v1/agents/{agent}/archival-memory/search?query=Passage&top_k=9",
        "/v1/archives/?agent_id={agent}", "/v1/archives/{archive}", "/v1/blocks/{block}",
        "/v1/blocks/{block}/agents",
        "/v1/tools/?name=conversation_search", "/v1/tools/{tool}", "/v1/agents/?name={name}",
        "/v1/agents/?tags={name}",
        "/v1/blocks/?tags={name}", "/v1/messages/{row}", "/v1/conversations/?agent_id={agent}",
        "/v1/agents/{agent}/folders",
        "/v1/archives/{archive}/agents", "/v1/agents/{agent}/groups", "/v1/sandbox-config/",
        "/v1/agents/count",
    ].map { Probe(.get, $0) }

    private static let listings = [
        "limit=3&order=asc", "limit=3", "limit=3&order=desc", "limit=0", "limit=3&order=asc&after={row}",
        "limit=3&order=desc&after={row}", "limit=3&order=desc&before={row}", "limit=3&order=asc&before={row}",
        "after=",
        "conversation_id=default&limit=2", "conversation_id=conv-\(nobody)&limit=2",
    ].map { Probe(.get, "/v1/agents/{agent}/messages?\($0)") }

    private static let refusals = [
        Probe(.get, "/v1/health"), Probe(.get, "/v1/agents"), Probe(.get, "/v1/agents/{agent}/"),
        Probe(.get, "/v1/nothing"),
        Probe(.put, "/v1/health/"), Probe(.get, "/readyz"), Probe(.get, "/v1/agents/nope"),
        Probe(.get, "/v1/agents/agent-\(nobody)"), Probe(.get, "/v1/agents/agent-\(nobody)/messages"),
        Probe(.get, "/v1/agents/agent-\(nobody)/export"), Probe(.get, "/v1/agents/agent-\(nobody)/tools"),
        Probe(.get, "/v1/agents/agent-\(nobody)/context"),
        Probe(.get, "/v1/agents/agent-\(nobody)/archival-memory"),
        Probe(.get, "/v1/agents/agent-\(nobody)/core-memory/blocks"),
        Probe(.get, "/v1/blocks/block-\(nobody)"),
        Probe(.get, "/v1/tools/tool-\(nobody)"), Probe(.get, "/v1/archives/archive-\(nobody)"),
        Probe(.get, "/v1/messages/message-\(nobody)"),
        Probe(.get, "/v1/conversations/conv-\(nobody)/messages"),
        Probe(.get, "/v1/agents/{agent}/messages?after=message-\(nobody)"),
        Probe(.get, "/v1/agents/{agent}/messages?after=junk"),
        Probe(.get, "/v1/agents/{agent}/messages?limit=-1"),
        Probe(.get, "/v1/agents/{agent}/messages?limit=x"),
        Probe(.get, "/v1/agents/{agent}/messages?order=up"),
        Probe(.get, "/v1/agents/{agent}/archival-memory?after=passage-\(nobody)"),
        Probe(.get, "/v1/agents/{agent}/export?use_legacy_format=true"),
        Probe(.delete, "/v1/agents/agent-\(nobody)"),
        Probe(.delete, "/v1/blocks/block-\(nobody)"), Probe(.delete, "/v1/archives/archive-\(nobody)"),
        Probe(.post, "/v1/blocks/", json: "{}"), Probe(.post, "/v1/blocks/", json: "{"),
        Probe(.patch, "/v1/agents/agent-\(nobody)", json: "{\"name\":\"x\"}"),
        Probe(.post, "/v1/archives/", json: "{\"name\":\"x\",\"embedding\":\"no/such\"}"),
        Probe(.post, "/v1/agents/", json: "{\"name\":\"x\",\"model\":\"no/such\"}"),
        Probe(.post, "/v1/agents/", json: "{\"name\":\"x\"}"),
        Probe(.post, "/v1/archives/{archive}/passages/batch", json: "{\"passages\":[{}]}"),
        Probe(.patch, "/v1/agents/{agent}/archives/attach/archive-\(nobody)"),
        Probe(.patch, "/v1/agents/{agent}/core-memory/blocks/attach/block-\(nobody)"),
        Probe(.patch, "/v1/agents/{agent}/tools/attach/tool-\(nobody)"),
    ]

    /// What may look different after a write.
    static let afterwards = [
        "/v1/agents/{agent}", "/v1/agents/{agent}/export", "/v1/agents/{agent}/messages?limit=3",
        "/v1/blocks/{block}",
        "/v1/agents/{agent}/context", "/v1/agents/{agent}/archival-memory?limit=2", "/v1/archives/{archive}",
    ].map { Probe(.get, $0) }

    static let writes = [
        Probe(
            .patch, "/v1/agents/{agent}",
            json: "{\"agent_type\":\"memgpt_agent\",\"hidden\":true,\"nonsense\":1}"),
        Probe(.patch, "/v1/agents/{agent}", json: "{\"message_ids\":[\"{row}\"]}"),
        Probe(.patch, "/v1/blocks/{block}", json: "{\"value\":\"patched\"}"),
        Probe(.patch, "/v1/agents/{agent}/core-memory/blocks/attach/{block}"),
        Probe(.patch, "/v1/archives/{archive}", json: "{\"description\":\"patched\"}"),
        Probe(.patch, "/v1/agents/{agent}/archives/attach/{archive}"),
        Probe(.patch, "/v1/agents/{agent}/tools/attach/{tool}"),
        Probe(
            .post, "/v1/archives/{archive}/passages/batch",
            json:
                "{\"passages\":[{\"text\":\"a\",\"tags\":[\"x\"],\"created_at\":\"2026-01-01T02:00:00+02:00\"}]}"
        ),
        Probe(
            .post, "/v1/agents/{agent}/archival-memory", json: "{\"text\":\"single\",\"tags\":[\"x\",\"x\"]}"),
        Probe(.post, "/v1/agents/{agent}/messages", json: "{\"input\":\"Hello?\"}"),
        Probe(.delete, "/v1/archives/{archive}"), Probe(.delete, "/v1/blocks/{block}"),
        Probe(.delete, "/v1/agents/{agent}"),
    ]
}

/// Keys and kinds of a JSON value; null fits every kind.
enum Shape {
    private static let free: Set<String> = [
        "json_schema", "metadata", "metadata_", "properties", "llm_config", "embedding_config",
        "model_settings",
        "compaction_settings", "memory", "reasoning", "usage", "examples",
    ]

    static func differences(_ mine: JSONValue?, _ theirs: JSONValue?, at path: String = "$") -> [String] {
        guard let mine, let theirs else {
            return mine == nil && theirs == nil
                ? [] : ["\(path): only \(mine == nil ? "the real" : "the scripted") one has it"]
        }
        if mine.isNull || theirs.isNull { return [] }
        guard mine.kind == theirs.kind else { return ["\(path): scripted \(mine.kind), real \(theirs.kind)"] }
        if mine.kind == .array {
            guard let first = mine[0], let other = theirs[0] else { return [] }
            return differences(first, other, at: path + "[0]")
        }
        let keys = Set((mine.members + theirs.members).map(\.key)).subtracting(free)
        return keys.sorted().flatMap { differences(mine[$0], theirs[$0], at: "\(path).\($0)") }
    }
}
