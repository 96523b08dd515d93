import LettaModel
import LosslessJSON

/// The agent file of a check.
struct AgentPlan: Sendable {
    var rows: [VerbatimJSON]
    /// The marker of the run, unless told otherwise.
    var marker: Marker?
    /// How many of the newest rows are in context, beside the first.
    var inContext = 6
    /// 0 for a file of tools only.
    var agents = 1
    var tools = 13
    var toolSource = "return words"
    var overridesTools = false
    var agentType = "letta_v1_agent"

    static func toolNames(_ marker: Marker) -> [String] {
        (0..<13).map { "\(marker.run)_tool_\($0)" }
    }

    static let blocks: [(label: String, value: String, limit: Int, isReadOnly: Bool, tag: String)] = [
        ("persona", "I am a fixture.\nI keep \"quotes\".", 5000, false, "first"),
        ("human", "Mira. Friend: Haruka (春香).", 8000, false, "second"),
        ("promises", "1. Letters wait.", 4000, true, "third"),
        ("empty", "", 100, false, "fourth"),
    ]

    /// Places of the rows in context.
    var context: [Int] {
        rows.isEmpty ? [] : [0] + Array(rows.indices.dropFirst().suffix(inContext))
    }

    func file(_ marker: Marker, embeds: Bool) -> VerbatimJSON {
        let agent = agents == 0 ? [] : [self.agent(marker, embeds: embeds)]
        let file: JSONNode = [
            "agents": .array(agent), "groups": [],
            "blocks": .array(agents == 0 ? [] : Self.blocks.indices.map { Self.block($0, marker) }),
            "files": [],
            "sources": [], "tools": .array((0..<tools).map { tool($0, marker) }), "mcp_servers": [],
            "metadata": ["revision_id": "1c28e167b74f"], "created_at": "2026-11-20T21:00:00+00:00",
        ]
        return file.bytes()
    }

    static func tags(_ marker: Marker) -> [String] { [marker.description, marker.runTag] }

    private func agent(_ marker: Marker, embeds: Bool) -> JSONNode {
        var agent: JSONNode = [
            "id": "agent-0", "name": .string(marker.description), "agent_type": .string(agentType),
            "description": "Made by a conformance check; safe to delete", "system": "You are a fixture.",
            "tags": .array((Self.tags(marker) + ["cork weather"]).map { .string($0) }),
            "metadata": ["origin": "conformance", "exact": .number("1.5"), "list": [1, "two", nil]],
            "timezone": "Europe/Lisbon",
            "block_ids": .array(Self.blocks.indices.map { .string("block-\($0)") }),
            "tool_ids": .array((0..<tools).map { .string("tool-\($0)") }), "source_ids": [],
            "memory_blocks": [],
            "tools": [],
            "tool_rules": [
                [
                    "tool_name": .string(Self.toolNames(marker)[0]), "type": "requires_approval",
                    "prompt_template": nil,
                ]
            ],
            "include_base_tools": false, "include_multi_agent_tools": false, "include_base_tool_rules": false,
            "include_default_source": false, "message_buffer_autoclear": false, "max_files_open": 7,
            "per_file_view_window_char_limit": 24001, "secrets": ["LIBRARY_CARD": "", "OTHER": ""],
            "tool_exec_environment_variables": ["LIBRARY_CARD": "", "OTHER": ""], "hidden": nil,
            "llm_config": Self.deadModel, "messages": .array(rows.map { .verbatim($0) }),
            "in_context_message_ids": .array(context.map { .string("message-\($0)") }), "files_agents": [],
            "group_ids": [],
        ]
        if embeds { agent["embedding_config"] = Self.deadEmbedder }
        return agent
    }

    private static let deadModel: JSONNode = [
        "model": "none", "model_endpoint_type": "openai", "model_endpoint": "http://127.0.0.1:1/v1",
        "context_window": 32000,
    ]
    private static let deadEmbedder: JSONNode = [
        "embedding_model": "none", "embedding_endpoint_type": "openai",
        "embedding_endpoint": "http://127.0.0.1:1/v1", "embedding_dim": 1536, "embedding_chunk_size": 300,
    ]

    private static func block(_ number: Int, _ marker: Marker) -> JSONNode {
        let block = blocks[number]
        return [
            "id": .string("block-\(number)"), "label": .string(block.label), "value": .string(block.value),
            "limit": .int(block.limit), "read_only": .bool(block.isReadOnly),
            "description": .string("The \(block.label)."),
            "metadata": ["place": .int(number)], "is_template": false, "preserve_on_migration": false,
            "tags": .array((tags(marker) + [block.tag]).map { .string($0) }),
        ]
    }

    private func tool(_ number: Int, _ marker: Marker) -> JSONNode {
        let name = Self.toolNames(marker)[number]
        return [
            "id": .string("tool-\(number)"), "tool_type": "custom", "name": .string(name),
            "description": .string("Does number \(number)."), "source_type": "python",
            "source_code": .string("def \(name)(words: str):\n    \"\"\"Does it.\"\"\"\n    \(toolSource)\n"),
            "json_schema": [
                "name": .string(name), "description": .string("Does number \(number)."),
                "parameters": [
                    "type": "object",
                    "properties": ["words": ["type": "string", "description": "Which words."]],
                    "required": ["words"],
                ],
            ],
            "tags": .array([.string("number \(number)")]), "return_char_limit": 4321,
        ]
    }
}
