import LettaModel
import LosslessJSON

/// The body of `POST /v1/agents/` for a reader: an agent that can hold a list
/// of rows and nothing else.
enum ReaderBody {
    static func json(_ marker: Marker, template: JSONValue?, version: Version) -> VerbatimJSON {
        var body: JSONNode = [
            "name": .string(marker.description), "agent_type": .string(agentType(template)), "hidden": true,
            "tags": [
                .string(marker.description), .string(marker.runTag), .string(marker.runReaderTag),
                .string(Marker.readerTag),
            ],
            "system": "", "memory_blocks": [], "tools": [], "tool_ids": [], "tool_rules": [],
            "include_base_tools": false, "include_multi_agent_tools": false, "include_base_tool_rules": false,
            "include_default_source": false, "initial_message_sequence": [], "enable_sleeptime": false,
            "description": "Made by ferry to read a history; safe to delete",
        ]
        body["llm_config"] = deadModel(template)
        // Older servers want an embedder for any agent; its endpoint is dead, too.
        if version < Version(0, 16, 5), let embedder = template?["embedding_config"], embedder.kind == .object
        {
            var dead = JSONNode.shallow(embedder)
            dead["embedding_endpoint"] = .string(deadEndpoint)
            body["embedding_config"] = dead
        }
        return body.bytes()
    }

    private static let deadEndpoint = "http://127.0.0.1:1/v1"

    private static func agentType(_ template: JSONValue?) -> String {
        template?["agent_type"]?.string ?? "letta_v1_agent"
    }

    /// No handle: it would be looked up, and the agent could be talked to.
    private static func deadModel(_ template: JSONValue?) -> JSONNode {
        let window = template?["llm_config"]?["context_window"]?.int ?? 8192
        return [
            "model": "none", "model_endpoint_type": "openai", "model_endpoint": .string(deadEndpoint),
            "context_window": .int(window),
        ]
    }
}
