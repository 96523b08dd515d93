public import LosslessJSON

// What tests put into a world before a server shows it.
extension World {
    /// Ada: an agent with everything that the server can give one.
    /// - Parameters:
    ///   - rows: the system row included; generated when asked for.
    ///   - inContext: about how many of them are in context.
    ///   - rowBytes: about how long a listed row is; nil for as it comes.
    ///   - tools: custom tools besides two of Letta's own.
    public static func ada(
        rows: Int = 341, passages: Int = 60, inContext: Int = 20, rowBytes: Int? = nil, tools: Int = 12,
        name: String = "Ada", seed: String = "scripted"
    ) -> World {
        var world = World(seed: seed)
        let mira = world.addIdentity(key: "mira", name: "Mira")
        let ada = world.addAgent(
            name: name, rows: rows, inContext: inContext, score: .companion(rowBytes: rowBytes, sender: mira))
        world.furnish(ada, identity: mira)
        for number in 0..<tools { world.attachTool(Stock.custom(number), to: ada) }
        for name in ["archival_memory_search", "memory_insert"] {
            if let tool = world.tool(named: name) { world.agents[ada]?.toolIDs.append(tool.id) }
        }
        world.addPassages(passages, to: ada)
        return world
    }

    /// Ada's blocks, secrets, rules and settings.
    private mutating func furnish(_ agent: String, identity: String) {
        var persona = Stock.block("persona", "I am Ada. I remember on purpose.")
        persona["description"] = "Who Ada is."
        persona["metadata"] = ["version": 7, "exact": .number("1.0")]
        attachBlock(persona, tags: ["core", "ada"], to: agent)
        attachBlock(
            Stock.block("human", "Mira Tavares Lindqvist. Friend: Haruka (春香).\nDog: Bolota."), to: agent)
        var promises = Stock.block("promises", "1. Ada does not pretend.\n2. Letters wait for Mira's yes.")
        promises["read_only"] = true
        promises["limit"] = 4000
        attachBlock(promises, tags: ["promises"], to: agent)
        attachBlock(
            Stock.block("words", "\"мир\": peace and world.\n\"النفس الطويل\": the long breath."), to: agent)
        attachBlock(Stock.block("empty", ""), to: agent)
        guard var ada = agents[agent] else { return }
        ada.tags = ["companion", "cork weather"]
        ada.identityIDs = [identity]
        ada.secrets = [.init(key: "LIBRARY_CARD", value: "scripted-card-0417")]
        ada.fields["description"] = "Mira's companion in Porto."
        ada.fields["metadata"] = ["origin": "scripted", "household": ["dog": "Bolota", "pianos": 3]]
        ada.fields["timezone"] = "Asia/Tokyo"
        ada.fields["tool_rules"] = [
            ["tool_name": "tool_number_0", "type": "requires_approval", "prompt_template": nil]
        ]
        ada.fields["compaction_settings"] = [
            "model": "openai-proxy/gpt-4o-mini", "mode": "sliding_window", "clip_chars": 20000,
        ]
        agents[agent] = ada
    }

    /// A new agent. - Returns: its id.
    @discardableResult
    public mutating func addAgent(
        name: String, type: String = "letta_v1_agent", rows: Int = 1, inContext: Int = 10,
        score: Score = .companion(), isHidden: Bool? = nil
    ) -> String {
        let id = mint("agent")
        let now = tick()
        var agent = ScriptedAgent(
            id: id, name: name, agentType: type, fields: Stock.agentFields, created: now, updated: now)
        agent.fields["system"] = "You are Ada, a companion. Speak plainly."
        agent.isHidden = isHidden
        if rows > 0 {
            let start = Moment("2024-02-03T07:12:00.000417+00:00") ?? now
            agent.history = History(
                generated: Generated(
                    agentID: id, count: rows, firstSequence: nextSequence(reserving: rows), score: score,
                    start: start))
            agent.messageIDs = agent.history.tail(min(inContext, rows))
        }
        agents[id] = agent
        return id
    }

    /// A legacy agent that speaks by calling `send_message`.
    @discardableResult
    public mutating func addLegacyAgent(name: String, rows: Int) -> String {
        addAgent(name: name, type: "memgpt_v2_agent", rows: rows, score: .legacy())
    }

    /// Appends a row to the agent's history. - Returns: its id.
    /// - Parameter row: in export form; keys that are missing get defaults.
    @discardableResult
    public mutating func append(_ row: JSONNode, to agent: String, conversation: String? = nil) -> String {
        let stored = store(row, for: agent, conversation: conversation)
        agents[agent]?.history.append(stored)
        return stored.id
    }

    /// Puts a row before the one at that place of the agent's history, as a
    /// transaction does that was held open.
    @discardableResult
    public mutating func insert(_ row: JSONNode, before place: Int, of agent: String) -> String {
        let stored = store(row, for: agent, conversation: nil)
        agents[agent]?.history.insert(stored, at: place)
        return stored.id
    }

    /// A user row that says `words`, in export form.
    public static func userRow(_ words: String, at time: String = "2026-11-21T10:00:00.000001+00:00")
        -> JSONNode
    {
        StoredRow.form(
            role: "user", content: [["type": "text", "text": .string(words), "signature": nil]], created: time
        )
    }

    mutating func store(_ row: JSONNode, for agent: String, conversation: String?) -> StoredRow {
        var body = StoredRow.form(role: "user", content: [], created: tick().text)
        for member in row.members ?? [] where body[member.key] != nil { body[member.key] = member.value }
        return StoredRow(
            id: mint("message"), sequence: nextSequence(), agentID: agent, conversationID: conversation,
            otid: body.given("otid")?.string ?? dice.uuid(), senderID: body.given("sender_id")?.string,
            text: body.bytes())
    }

    @discardableResult
    public mutating func attachBlock(_ fields: JSONNode, tags: [String] = [], to agent: String) -> String {
        let block = ScriptedBlock(id: mint("block"), tags: tags, fields: fields)
        blocks[block.id] = block
        agents[agent]?.blockIDs.append(block.id)
        return block.id
    }

    /// - Parameter json: as `GET /v1/tools/{id}` shows it; the id is minted.
    @discardableResult
    public mutating func addTool(_ json: JSONNode) -> String {
        var tool = ScriptedTool(id: mint("tool"), json: json)
        tool.json["id"] = .string(tool.id)
        tools[tool.id] = tool
        return tool.id
    }

    @discardableResult
    public mutating func attachTool(_ json: JSONNode, to agent: String) -> String {
        let id = addTool(json)
        agents[agent]?.toolIDs.append(id)
        return id
    }

    /// A custom tool as the server shows it.
    public static func tool(_ name: String, source: String? = nil, tags: [String] = []) -> JSONNode {
        Stock.tool(name, source: source ?? "def \(name)(words: str):\n    return words\n", tags: tags)
    }

    /// A block as the server shows it, without id and tags.
    public static func block(_ label: String, _ value: String) -> JSONNode { Stock.block(label, value) }

    /// Passages in an archive of the agent's own, which is made where it is missing.
    public mutating func addPassages(_ count: Int, to agent: String) {
        guard count > 0, let archive = archive(of: agent) else { return }
        let start = Moment("2026-02-05T20:12:00.000011+00:00")?.microseconds ?? 0
        for number in 0..<count {
            let subject = Phrases.subjects[number % Phrases.subjects.count]
            // Every fifth has the time of the one before it.
            let place = Int64(number - (number % 5 == 4 ? 1 : 0))
            add(
                passage: "Passage \(number): \(subject), as it was.", tags: ["lab", "group-\(number % 7)"],
                metadata: number % 3 == 0 ? ["index": .number("\(number)"), "exact": .number("1.50")] : [:],
                created: Moment(microseconds: start + place * 1_020_000_017), to: archive)
        }
    }

    @discardableResult
    mutating func add(
        passage text: String, tags: [String], metadata: JSONNode, created: Moment, asSent: String? = nil,
        to archive: String
    ) -> ScriptedPassage {
        let passage = ScriptedPassage(
            id: mint("passage"), archiveID: archive, text: text, tags: tags, metadata: metadata,
            created: created,
            createdAsSent: asSent ?? created.text)
        passages[passage.id] = passage
        return passage
    }

    /// The agent's archive; made, as the server does at the first insert.
    mutating func archive(of agent: String) -> String? {
        guard let owner = agents[agent] else { return nil }
        if let archive = owner.archiveID { return archive }
        let id = addArchive(
            name: "\(owner.name)'s Archive", summary: nil, embedding: owner.fields["embedding_config"])
        agents[agent]?.archiveID = id
        return id
    }

    mutating func addArchive(name: String, summary: String?, embedding: JSONNode?) -> String {
        let archive = ScriptedArchive(
            id: mint("archive"), name: name, summary: summary, embedding: embedding ?? Stock.embeddingConfig,
            created: tick())
        archives[archive.id] = archive
        return archive.id
    }

    /// - Returns: its id.
    @discardableResult
    public mutating func addIdentity(key: String, name: String) -> String {
        let id = mint("identity")
        identities[id] = ScriptedThing(
            id: id,
            json: [
                "id": .string(id), "identifier_key": .string(key), "name": .string(name),
                "identity_type": "user",
                "project_id": nil, "agent_ids": [], "block_ids": [], "properties": [],
            ])
        return id
    }

    /// A conversation with rows of its own, its first being a system row.
    @discardableResult
    public mutating func addConversation(to agent: String, summary: String?, rows: Int) -> String {
        let id = mint("conv")
        conversations[id] = ScriptedConversation(
            id: id, agentID: agent, summary: summary, rowIDs: [], created: tick())
        var ids: [String] = []
        for number in 0..<rows {
            var row = World.userRow("\(summary ?? "fork"), word \(number).", at: tick().text)
            if number == 0 { row["role"] = "system" }
            ids.append(append(row, to: agent, conversation: id))
        }
        conversations[id]?.rowIDs = ids
        return id
    }

    @discardableResult
    public mutating func addFolder(name: String, to agent: String, files: [String] = []) -> String {
        let id = mint("source")
        folders[id] = ScriptedThing(
            id: id,
            json: [
                "id": .string(id), "name": .string(name), "description": nil, "instructions": nil,
                "metadata": nil,
                "vector_db_provider": "native", "embedding_config": Stock.embeddingConfig,
                "files": .strings(files),
            ])
        agents[agent]?.sourceIDs.append(id)
        return id
    }

    @discardableResult
    public mutating func addGroup(manager agent: String, members: [String], type: String = "sleeptime")
        -> String
    {
        let id = mint("group")
        groups[id] = ScriptedThing(
            id: id,
            json: [
                "id": .string(id), "manager_type": .string(type), "agent_ids": .strings(members),
                "description": "A group.", "project_id": nil, "manager_agent_id": .string(agent),
                "sleeptime_agent_frequency": 5, "turns_counter": 3, "shared_block_ids": [], "hidden": nil,
            ])
        return id
    }

    /// One that Letta itself starts.
    @discardableResult
    public mutating func addStdioServer(name: String, command: String, arguments: [String]) -> String {
        let id = mint("mcp_server")
        mcpServers[id] = ScriptedThing(
            id: id,
            json: [
                "id": .string(id), "server_name": .string(name), "mcp_server_type": "stdio",
                "command": .string(command), "args": .strings(arguments),
                "env": ["KEY": "scripted-mcp-token"],
            ])
        return id
    }

    /// A turn that is under way.
    public mutating func addRun(of agent: String) {
        let id = mint("run")
        runs[id] = ScriptedThing(
            id: id, json: ["id": .string(id), "agent_id": .string(agent), "status": "created"])
    }

    @discardableResult
    public mutating func addMCPServer(name: String, url: String) -> String {
        let id = mint("mcp_server")
        mcpServers[id] = ScriptedThing(
            id: id,
            json: [
                "id": .string(id), "server_name": .string(name), "mcp_server_type": "streamable_http",
                "server_url": .string(url), "auth_header": "Authorization",
                "auth_token": "scripted-mcp-token",
                "custom_headers": ["X-Scripted": "value"],
            ])
        return id
    }
}

extension Stock {
    static func custom(_ number: Int) -> JSONNode {
        World.tool("tool_number_\(number)", tags: number % 2 == 0 ? ["own", "number \(number)"] : [])
    }
}
