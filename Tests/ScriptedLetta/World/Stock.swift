import LosslessJSON

/// What a Letta server has before anybody used it.
enum Stock {
    static let user = "user-00000000-0000-4000-8000-000000000000"
    static let organization = "org-00000000-0000-4000-8000-000000000000"
    static let revision = "1c28e167b74f"

    static let llmConfig: JSONNode = [
        "model": "gpt-4o-mini", "display_name": "gpt-4o-mini", "model_endpoint_type": "openai",
        "model_endpoint": "http://127.0.0.1:1/v1", "provider_name": "openai", "provider_category": "base",
        "model_wrapper": nil, "context_window": 128_000, "put_inner_thoughts_in_kwargs": false,
        "handle": "openai-proxy/gpt-4o-mini", "temperature": .number("0.7"), "max_tokens": 16384,
        "enable_reasoner": false, "reasoning_effort": nil, "max_reasoning_tokens": 0, "effort": nil,
        "frequency_penalty": nil, "compatibility_type": nil, "verbosity": nil, "tier": nil,
        "parallel_tool_calls": true, "response_format": nil, "strict": false, "return_logprobs": false,
        "top_logprobs": nil, "return_token_ids": false, "tool_call_parser": nil,
    ]

    static let embeddingConfig: JSONNode = [
        "embedding_endpoint_type": "openai", "embedding_endpoint": "http://127.0.0.1:1/v1",
        "embedding_model": "text-embedding-3-small", "embedding_dim": 1536, "embedding_chunk_size": 300,
        "handle": "openai/text-embedding-3-small", "batch_size": 32, "azure_endpoint": nil,
        "azure_version": nil,
        "azure_deployment": nil,
    ]

    static let model: JSONNode = {
        var model: JSONNode = ["handle": "openai-proxy/gpt-4o-mini", "name": "gpt-4o-mini"]
        for member in llmConfig.members ?? [] where member.key != "handle" {
            model[member.key] = member.value
        }
        model["provider_type"] = "openai"
        model["model_type"] = "llm"
        model["max_context_window"] = 128_000
        return model
    }()

    static let embeddingModel: JSONNode = {
        var model: JSONNode = ["handle": "openai/text-embedding-3-small", "name": "text-embedding-3-small"]
        for member in embeddingConfig.members ?? [] where member.key != "handle" {
            model[member.key] = member.value
        }
        model["provider_type"] = "openai"
        model["model_type"] = "embedding"
        return model
    }()

    static let baseTools: [JSONNode] = [
        "send_message", "conversation_search", "archival_memory_insert", "archival_memory_search", "memory",
        "memory_insert", "memory_replace", "memory_rethink", "memory_finish_edits", "web_search",
        "fetch_webpage",
        "run_code",
    ].map {
        tool($0, type: $0.contains("web") || $0 == "run_code" ? "letta_builtin" : "letta_core", source: nil)
    }

    /// A tool as `GET /v1/tools/{id}` shows it, but for its id.
    static func tool(_ name: String, type: String = "custom", source: String?, tags: [String] = [])
        -> JSONNode
    {
        [
            "id": nil, "tool_type": .string(type), "description": .string("Does \(name)."),
            "source_type": "python",
            "name": .string(name), "tags": .strings(type == "custom" ? tags : [type]),
            "source_code": .optional(source),
            "json_schema": [
                "name": .string(name), "description": .string("Does \(name)."),
                "parameters": [
                    "type": "object",
                    "properties": ["words": ["type": "string", "description": "Which words."]],
                    "required": ["words"],
                ],
            ],
            "args_json_schema": nil, "return_char_limit": 50000, "pip_requirements": nil,
            "npm_requirements": nil,
            "default_requires_approval": nil, "enable_parallel_execution": false,
            "created_by_id": .string(user),
            "last_updated_by_id": .string(user), "metadata_": [:], "project_id": nil,
        ]
    }

    /// A block as an agent shows it, without `id` and `tags`.
    static func block(_ label: String, _ value: String) -> JSONNode {
        [
            "value": .string(value), "limit": 20000, "project_id": nil, "template_name": nil,
            "is_template": false,
            "template_id": nil, "base_template_id": nil, "deployment_id": nil, "entity_id": nil,
            "preserve_on_migration": false, "label": .string(label), "read_only": false, "description": nil,
            "metadata": [:], "hidden": nil,
        ]
    }

    /// State of a new agent that is not kept in members of its own, in the
    /// order of `GET /v1/agents/{id}`.
    static let agentFields: JSONNode = [
        "tool_rules": [], "system": "", "llm_config": llmConfig, "embedding_config": embeddingConfig,
        "model_settings": nil, "compaction_settings": nil, "response_format": nil, "description": nil,
        "metadata": nil, "project_id": nil, "template_id": nil, "base_template_id": nil, "deployment_id": nil,
        "entity_id": nil, "message_buffer_autoclear": false, "enable_sleeptime": false,
        "last_run_completion": nil, "last_run_duration_ms": nil, "last_stop_reason": nil, "timezone": "UTC",
        "max_files_open": 10, "per_file_view_window_char_limit": 25000,
    ]

    /// Letters that an agent's name may have.
    static func accepts(agentName name: String) -> Bool {
        name.allSatisfy { $0.isLetter || $0.isNumber || " -_'".contains($0) }
    }
}
