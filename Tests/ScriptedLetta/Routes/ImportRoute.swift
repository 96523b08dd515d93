import LosslessJSON

/// `POST /v1/agents/import`. Not one transaction: what was made before a late
/// 400 stays.
enum ImportRoute {
    static func run(_ world: inout World, _ call: Call) throws -> Answer {
        var job = try ImportJob(call, world)
        try job.makeShells(&world)
        try job.addRows(&world)
        try job.setContext(&world)
        return job.answer
    }
}

/// One import in the steps that a reader beside it can see.
struct ImportJob: Sendable {
    private let file: JSONDocument
    private let form: Form
    private let profile: VersionProfile
    private var toolIDs: [String: String] = [:]
    private var blockIDs: [String: String] = [:]
    /// By place in the file.
    private var agentIDs: [String] = []
    private var rowIDs: [[String: String]] = []
    /// The system row that each agent has until its own are in context.
    private var placeholders: [String] = []

    /// The fields of the form, with the server's defaults.
    private struct Form: Sendable {
        var name: String?
        var addsSuffix: Bool
        var overridesTools: Bool
        var model: String?
        var embedding: String?
        var secrets: JSONNode?

        init(_ parts: Multipart) throws {
            name = parts.text("name") ?? parts.text("override_name")
            if name?.isEmpty == true { name = nil }
            addsSuffix = parts.isTrue("append_copy_suffix", else: true)
            overridesTools = parts.isTrue("override_existing_tools", else: true)
            model = parts.text("model") ?? parts.text("override_model_handle")
            embedding = parts.text("embedding") ?? parts.text("override_embedding_handle")
            guard let text = parts.text("secrets") ?? parts.text("env_vars_json"), !text.isEmpty else {
                return
            }
            guard let secrets = JSONNode(parsing: text), secrets.isObject else {
                throw Refused(400, "secrets must be a valid JSON string")
            }
            self.secrets = secrets
        }
    }

    /// Throws what the server refuses before it has made anything.
    init(_ call: Call, _ world: World) throws {
        guard let parts = Multipart(call.body, contentType: call.head.headers["content-type"] ?? ""),
            let bytes = parts.file
        else {
            throw Refused(
                .json(
                    [
                        "trace_id": "",
                        "detail": "[{'type': 'missing', 'loc': ('body', 'file'), 'msg': 'Field required'}]",
                    ],
                    status: 422))
        }
        guard var file = try? JSONDocument(bytes) else { throw Refused(400, "Corrupted agent file format.") }
        if let inner = file.root.string, let again = try? JSONDocument(inner) { file = again }
        var rules = ImportRules(profile: call.profile, world: world)
        try rules.check(file.root)
        form = try Form(parts)
        if let model = form.model, world.llmConfig(model) == nil {
            throw Refused(404, "Handle \(model) not found")
        }
        if let handle = form.embedding, world.embeddingConfig(handle) == nil {
            throw Refused(400, "Embedding model \(handle) not found")
        }
        self.file = file
        profile = call.profile
    }

    var answer: Answer { .json(["agent_ids": .strings(agentIDs)]) }

    private var agents: [JSONValue] { file.root["agents"]?.elements ?? [] }

    // MARK: tools, blocks, agents

    mutating func makeShells(_ world: inout World) throws {
        for tool in file.root["tools"]?.elements ?? [] { importTool(JSONNode(deep: tool), &world) }
        for block in file.root["blocks"]?.elements ?? [] {
            let node = JSONNode(deep: block)
            let made = world.makeBlock(node["label"]?.string ?? "", node["value"]?.string ?? "", node)
            blockIDs[node["id"]?.string ?? ""] = made.id
        }
        for server in file.root["mcp_servers"]?.elements ?? [] {
            let name = server["server_name"]?.string ?? ""
            let isKnown = world.mcpServers.all.contains { $0.json["server_name"]?.string == name }
            if !isKnown { world.addMCPServer(name: name, url: server["server_url"]?.string ?? "") }
        }
        for agent in agents { try makeAgent(agent, &world) }
    }

    private mutating func importTool(_ node: JSONNode, _ world: inout World) {
        var json = Stock.tool(node["name"]?.string ?? "", source: nil)
        for member in node.members ?? [] where member.key != "id" { json[member.key] = member.value }
        json["created_by_id"] = .string(Stock.user)
        let made = world.upsertTool(json, overriding: form.overridesTools)
        toolIDs[node["id"]?.string ?? ""] = made.id
    }

    private mutating func makeAgent(_ source: JSONValue, _ world: inout World) throws {
        guard Stock.accepts(agentName: form.name ?? "") else {
            throw Refused(400, "Import failed: Agent name '\(form.name ?? "")' contains invalid characters.")
        }
        let tools = try Self.mapped(source["tool_ids"], toolIDs)
        let blocks = try Self.mapped(source["block_ids"], blockIDs)
        guard source["llm_config"]?.kind == .object || form.model != nil else {
            throw Refused(400, "Import failed: llm_config is required")
        }
        let own = source["name"]?.string ?? "Agent"
        let name = form.name ?? (form.addsSuffix ? own + "_copy" : own)
        let type = source["agent_type"]?.string ?? "letta_v1_agent"
        let id = world.addAgent(name: name, type: type, rows: 0, isHidden: source["hidden"]?.bool)
        agentIDs.append(id)
        guard var agent = world.agents[id] else { return }
        agent.toolIDs = tools
        agent.blockIDs = blocks.reduce(into: []) { kept, id in
            // The second of one label is lost without a word.
            if !kept.contains(where: { world.blocks[$0]?.label == world.blocks[id]?.label }) {
                kept.append(id)
            }
        }
        agent.tags = source["tags"].map { JSONNode(deep: $0).strings } ?? []
        agent.identityIDs = source["identity_ids"].map { JSONNode(deep: $0).strings } ?? []
        agent.secrets = secrets(of: source)
        for key in Self.keptKeys where source[key]?.isNull == false {
            agent.fields[key] = source[key].map { JSONNode(deep: $0) }
        }
        if let model = form.model { agent.fields["llm_config"] = world.llmConfig(model) }
        if let handle = form.embedding { agent.fields["embedding_config"] = world.embeddingConfig(handle) }
        world.agents[id] = agent
        var system = World.userRow(
            "\(agent.fields["system"]?.string ?? "")\n\n<memory_metadata>", at: world.tick().text)
        system["role"] = "system"
        let placeholder = world.append(system, to: id)
        placeholders.append(placeholder)
        world.agents[id]?.messageIDs = [placeholder]
    }

    private static let keptKeys = [
        "tool_rules", "system", "description", "metadata", "llm_config", "embedding_config", "model_settings",
        "compaction_settings", "response_format", "message_buffer_autoclear", "timezone", "max_files_open",
        "per_file_view_window_char_limit", "project_id",
    ]

    private static func mapped(_ ids: JSONValue?, _ map: [String: String]) throws -> [String] {
        try (ids?.elements ?? []).compactMap(\.string).map { id in
            guard let made = map[id] else { throw Refused(400, "Import failed: '\(id)'") }
            return made
        }
    }

    /// The form fills only keys that the file has; a key that it does not
    /// name becomes empty.
    private func secrets(of source: JSONValue) -> [ScriptedAgent.Secret] {
        let node =
            source["secrets"].flatMap { $0.kind == .object ? $0 : nil }
            ?? source["tool_exec_environment_variables"]
        return (node?.members ?? []).map { member in
            let value = form.secrets.map { $0[member.key]?.string ?? "" } ?? member.value.string ?? ""
            return ScriptedAgent.Secret(key: member.key, value: value)
        }
    }

    // MARK: rows

    /// Order is the file's, whatever the times are.
    mutating func addRows(_ world: inout World) throws {
        for (number, agent) in agents.enumerated() {
            var ids: [String: String] = [:]
            let messages = (agent["messages"]?.elements ?? []).map { JSONNode(deep: $0) }
            for message in messages {
                if message["content"]?.isString == true {
                    throw Refused(400, "Import failed: 1 validation error for Message\ncontent")
                }
                if message["role"]?.string == "function" {
                    throw Refused(400, "Import failed: 1 validation error for Message\nrole")
                }
            }
            // Gone meanwhile: the rows have nowhere to go.
            guard world.agents[agentIDs[number]] != nil else { throw Refused(404, "Agent not found") }
            for message in messages {
                let row = Self.stored(message, &world)
                ids[message["id"]?.string ?? ""] = world.append(row, to: agentIDs[number])
            }
            rowIDs.append(ids)
        }
    }

    /// Times become UTC, and pictures get the id of a file that is none.
    private static func stored(_ message: JSONNode, _ world: inout World) -> JSONNode {
        var row = message
        let created = message["created_at"]?.string.flatMap { Moment($0) }
        if let created { row["created_at"] = .string(created.text) }
        var returns = message.given("tool_returns")?.elements ?? []
        let parts = message["content"]?.elements ?? []
        if row["role"]?.string == "tool", returns.count == 1, parts.count == 1,
            let text = parts[0]["text"]?.string
        {
            // Of one text and one return, the text is what is read again.
            returns[0]["func_response"] = .string(text)
            if returns[0].given("tool_call_id") == nil { returns[0]["tool_call_id"] = row["tool_call_id"] }
            row["tool_returns"] = .array(returns)
        }
        guard parts.contains(where: { $0["source"]?["type"]?.string == "base64" }) else { return row }
        row["content"] = .array(parts.map { picture($0, &world) })
        return row
    }

    private static func picture(_ part: JSONNode, _ world: inout World) -> JSONNode {
        guard var source = part["source"], source["type"]?.string == "base64" else { return part }
        source["type"] = "letta"
        source["file_id"] = .string(world.mint("file"))
        var stored = part
        stored["source"] = source
        return stored
    }

    mutating func setContext(_ world: inout World) throws {
        for (number, agent) in agents.enumerated() {
            let wanted = (agent["in_context_message_ids"]?.elements ?? []).compactMap(\.string)
            let ids = try wanted.map { id in
                guard let made = rowIDs[number][id] else { throw Refused(400, "Import failed: '\(id)'") }
                return made
            }
            world.agents[agentIDs[number]]?.messageIDs = ids
            let placeholder = placeholders[number]
            world.agents[agentIDs[number]]?.history.removeAll { $0.id == placeholder }
        }
    }
}
