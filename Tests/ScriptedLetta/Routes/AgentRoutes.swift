import LosslessJSON

extension RouteTable {
    static let agentRoutes: [Route] = [
        Route("GET", "/v1/agents/", AgentRoutes.list),
        Route(
            "GET", "/v1/agents/count",
            { world, _ in
                .json(.int(world.agents.all.filter { $0.isHidden != true }.count))
            }),
        Route("POST", "/v1/agents/", AgentRoutes.create),
        Route("POST", "/v1/agents/import", ImportRoute.run),
        Route(
            "GET", "/v1/agents/{agent_id}",
            { world, call in
                world.shownBlocks += 1
                return .json(world.shape(of: try world.agent(call)))
            }),
        Route("PATCH", "/v1/agents/{agent_id}", AgentPatch.run),
        Route("DELETE", "/v1/agents/{agent_id}", AgentRoutes.delete),
        Route("GET", "/v1/agents/{agent_id}/export", ExportRoute.run),
        Route("GET", "/v1/agents/{agent_id}/context", AgentRoutes.context),
    ]
}

extension World {
    /// The agent of the path's first parameter. A malformed id is 422.
    func agent(_ call: Call) throws -> ScriptedAgent {
        let id = try call.checkedID("agent")
        guard let agent = agents[id] else { throw Refused(404, "Agent with ID \(id) not found") }
        return agent
    }

    static func notFound(_ what: String, _ id: String) -> Refused {
        Refused(
            404,
            "\(what) not found with id='['\(id)']', access level in ['read'] for actor='id='\(Stock.user)''")
    }
}

extension Call {
    /// The path's parameter, if it is `kind-<uuid4>`; else 422.
    func checkedID(_ kind: String, _ place: Int = 0) throws -> String {
        let id = parameters[place]
        guard id.hasPrefix(kind + "-"), UUIDText.words(id.dropFirst(kind.count + 1)) != nil else {
            throw Refused(
                .json(
                    [
                        "trace_id": "",
                        "detail": .string(
                            "[{'type': 'string_pattern_mismatch', 'loc': ('path', '\(kind)_id'), 'msg': \"String should match pattern '\(kind)-{uuid4}'\", 'input': '\(id)'}]"
                        ),
                        "examples": .strings(["\(kind)-123e4567-e89b-42d3-8456-426614174000"]),
                    ], status: 422))
        }
        return id
    }
}

enum AgentRoutes {
    static func list(_ world: inout World, _ call: Call) throws -> Answer {
        var found = world.agents.all
        if !call.query.isTrue("show_hidden_agents", else: false) { found.removeAll { $0.isHidden == true } }
        if let name = call.query["name"] { found.removeAll { $0.name != name } }
        let tags = call.query.all("tags")
        if !tags.isEmpty {
            let all = call.query.isTrue("match_all_tags", else: false)
            found.removeAll { agent in
                all ? !tags.allSatisfy(agent.tags.contains) : !tags.contains(where: agent.tags.contains)
            }
        }
        if let words = call.query["query_text"]?.lowercased() {
            found.removeAll { !$0.name.lowercased().contains(words) }
        }
        if let identity = call.query["identity_id"] { found.removeAll { !$0.identityIDs.contains(identity) } }
        let page = try found.page(call, limit: 50) { $0.id }
        let shown = world
        return .json(.array(page.map { shown.shape(of: $0) }))
    }

    /// Only what a reader needs; `POST /agents/` is not a way to migrate.
    static func create(_ world: inout World, _ call: Call) throws -> Answer {
        let wish = try call.json()
        let name = wish.given("name")?.string ?? "Agent"
        guard Stock.accepts(agentName: name) else { throw Refused(500, "An unknown error occurred") }
        try AgentRoutes.checkModel(wish, world)
        let type = wish.given("agent_type")?.string ?? "letta_v1_agent"
        guard call.profile.agentTypes.contains(type) else {
            throw Refused(
                .json(
                    ["trace_id": "", "detail": "[{'type': 'enum', 'loc': ('body', 'agent_type')}]"],
                    status: 422))
        }
        let id = world.addAgent(name: name, type: type, rows: 0, isHidden: wish.given("hidden")?.bool)
        world.agents[id]?.tags = wish.given("tags")?.strings ?? []
        for key in [
            "system", "llm_config", "description", "metadata", "timezone", "tool_rules",
            "compaction_settings",
        ] {
            if let value = wish.given(key) { world.agents[id]?.fields[key] = value }
        }
        let config = wish.given("embedding_config") ?? embedding(wish, world)
        world.agents[id]?.fields["embedding_config"] = config
        world.addFirstRows(wish, to: id)
        if wish.given("include_base_tools")?.bool ?? true {
            world.agents[id]?.toolIDs = world.tools.all.prefix(5).map(\.id)
        }
        world.agents[id]?.toolIDs += wish.given("tool_ids")?.strings ?? []
        world.agents[id]?.blockIDs += wish.given("block_ids")?.strings ?? []
        guard let made = world.agents[id] else { throw Refused(500, "An unknown error occurred") }
        return .json(world.shape(of: made))
    }

    private static func checkModel(_ wish: JSONNode, _ world: World) throws {
        let handles = world.models.compactMap { $0["handle"]?.string }
        if let model = wish.given("model")?.string, !handles.contains(model) {
            throw Refused(404, "Handle \(model) not found, must be one of \(handles)")
        }
        guard wish.given("model") != nil || wish.given("llm_config") != nil else {
            throw Refused(400, "Must specify either model or llm_config in request")
        }
    }

    private static func embedding(_ wish: JSONNode, _ world: World) -> JSONNode {
        guard let handle = wish.given("embedding")?.string else { return .null }
        return world.embeddingConfig(handle) ?? .null
    }

    static func delete(_ world: inout World, _ call: Call) throws -> Answer {
        let id = try call.checkedID("agent")
        guard world.agents[id] != nil else { throw World.notFound("Agent", id) }
        world.agents[id] = nil
        for talk in world.conversations.all where talk.agentID == id { world.conversations[talk.id] = nil }
        return .json(["message": .string("Agent id=\(id) successfully deleted")])
    }

    static func context(_ world: inout World, _ call: Call) throws -> Answer {
        let agent = try world.agent(call)
        return .json([
            "context_window_size_max": 128_000,
            "context_window_size_current": .int(agent.messageIDs.count * 180),
            "num_messages": .int(agent.messageIDs.count),
            "num_archival_memory": .int(world.passages(of: agent.archiveID).count),
            "num_recall_memory": .int(agent.history.count),
            "num_tokens_external_memory_summary": 88, "external_memory_summary": "", "num_tokens_system": 104,
            "system_prompt": agent.fields["system"] ?? .null, "num_tokens_core_memory": 900,
            "core_memory": "",
            "num_tokens_memory_filesystem": 0, "memory_filesystem": nil, "num_tokens_tool_usage_rules": 0,
            "tool_usage_rules": nil, "num_tokens_directories": 0, "directories": nil,
            "num_tokens_summary_memory": 0, "summary_memory": nil, "num_tokens_functions_definitions": 0,
            "functions_definitions": [], "num_tokens_messages": 0, "messages": [],
        ])
    }
}

extension World {
    /// A new agent begins with its system row, unless it is told otherwise.
    fileprivate mutating func addFirstRows(_ wish: JSONNode, to agent: String) {
        var system = World.userRow(wish.given("system")?.string ?? "You are an agent.", at: tick().text)
        system["role"] = "system"
        var ids = [append(system, to: agent)]
        if wish.given("initial_message_sequence")?.isArray != true {
            ids.append(append(World.userRow("{\"type\": \"login\"}", at: tick().text), to: agent))
        }
        agents[agent]?.messageIDs = ids
    }

    /// The config that goes with a handle, less what only the list shows.
    func embeddingConfig(_ handle: String) -> JSONNode? {
        embeddingModels.first { $0["handle"]?.string == handle }.map(World.config)
    }

    func llmConfig(_ handle: String) -> JSONNode? {
        models.first { $0["handle"]?.string == handle }.map(World.config)
    }

    private static func config(_ model: JSONNode) -> JSONNode {
        var config = model
        for key in ["name", "provider_type", "model_type", "max_context_window"] { config[key] = nil }
        return config
    }
}

/// `PATCH /v1/agents/{id}`: unknown keys are ignored with 200.
enum AgentPatch {
    static let keys = [
        "name", "tool_ids", "source_ids", "folder_ids", "block_ids", "tags", "system", "tool_rules",
        "message_ids",
        "description", "metadata", "tool_exec_environment_variables", "secrets", "project_id", "template_id",
        "base_template_id", "identity_ids", "message_buffer_autoclear", "model", "embedding",
        "model_settings",
        "compaction_settings", "context_window_limit", "reasoning", "llm_config", "embedding_config",
        "parallel_tool_calls", "response_format", "max_tokens", "enable_sleeptime", "last_run_completion",
        "last_run_duration_ms", "last_stop_reason", "timezone", "max_files_open",
        "per_file_view_window_char_limit",
        "hidden",
    ]
    private static let plain: Set<String> = [
        "system", "tool_rules", "description", "metadata", "project_id", "message_buffer_autoclear",
        "model_settings",
        "compaction_settings", "llm_config", "embedding_config", "response_format", "enable_sleeptime",
        "last_run_completion", "last_run_duration_ms", "last_stop_reason", "timezone", "max_files_open",
        "per_file_view_window_char_limit",
    ]

    static func run(_ world: inout World, _ call: Call) throws -> Answer {
        var agent = try world.agent(call)
        for member in try call.json().members ?? [] where !member.value.isNull {
            try apply(member, to: &agent, world)
        }
        agent.updated = world.tick()
        world.agents[agent.id] = agent
        return .json(world.shape(of: agent))
    }

    private static func apply(_ member: JSONMember, to agent: inout ScriptedAgent, _ world: World) throws {
        switch member.key {
        case "name": agent.name = member.value.string ?? agent.name
        case "tags": agent.tags = member.value.strings
        case "message_ids": agent.messageIDs = member.value.strings
        case "tool_ids": agent.toolIDs = member.value.strings
        case "block_ids": agent.blockIDs = member.value.strings
        case "source_ids", "folder_ids": agent.sourceIDs = member.value.strings
        case "identity_ids": agent.identityIDs = member.value.strings
        case "secrets", "tool_exec_environment_variables":
            agent.secrets = (member.value.members ?? []).map {
                .init(key: $0.key, value: $0.value.string ?? "")
            }
        case "model":
            guard let config = world.llmConfig(member.value.string ?? "") else {
                throw Refused(404, "Handle \(member.value.string ?? "") not found")
            }
            agent.fields["llm_config"] = config
        case "embedding":
            guard let config = world.embeddingConfig(member.value.string ?? "") else {
                throw Refused(400, "Embedding handle \(member.value.string ?? "") not found")
            }
            agent.fields["embedding_config"] = config
        case let key where plain.contains(key): agent.fields[key] = member.value
        default: break
        }
    }
}
