import LosslessJSON

/// `GET /v1/agents/{id}/export`: only the rows in context, fetched by id and
/// not by agent, so that an agent shows whatever rows it is pointed at.
enum ExportRoute {
    static func run(_ world: inout World, _ call: Call) throws -> Answer {
        let id = call.parameters[0]
        guard let agent = world.agents[id] else {
            throw Refused(500, "Export failed: The following agent IDs were not found: ['\(id)']")
        }
        guard Stock.accepts(agentName: agent.name) else {
            throw Refused(
                500,
                "Export failed: Agent name '\(agent.name)' contains invalid characters. Only letters, digits, spaces, hyphens, underscores and apostrophes are allowed."
            )
        }
        if call.query.isTrue("use_legacy_format", else: false) {
            throw Refused(400, "Legacy format is not supported")
        }
        let shown =
            call.query["conversation_id"].flatMap { world.conversations[$0]?.rowIDs } ?? agent.messageIDs
        let export = Export(world: world, agent: agent, rows: try rows(shown, of: agent, world, call.profile))
        return Answer(
            200, .bytes(try export.bytes(seed: world.dice.next(), revision: call.profile.revision, shown)))
    }

    /// Where rows are, in the order in which the export shows them.
    private static func rows(
        _ shown: [String], of agent: ScriptedAgent, _ world: World, _ profile: VersionProfile
    ) throws -> [(id: String, history: History, place: Int)] {
        if case .upToFifty = profile.exportedRows,
            agent.history.count > 50
                || shown.contains(where: {
                    agent.history.place(of: $0) == nil
                })
        {
            throw Refused(500, "Export failed: Unexpected new message ID encountered during conversion")
        }
        guard shown.count <= 32767 else {
            throw Refused(500, "Export failed: the number of query arguments cannot exceed 32767")
        }
        var found: [(String, History, Int)] = []
        if shown.isEmpty {
            return (0..<min(50, agent.history.count)).map { (agent.history.id(at: $0), agent.history, $0) }
        }
        if case .oldestFiftyAndContext = profile.exportedRows {
            let known = Set(shown)
            found += (0..<min(50, agent.history.count)).map { (agent.history.id(at: $0), agent.history, $0) }
                .filter { !known.contains($0.0) }
        }
        var last: ScriptedAgent?
        for id in shown {
            if let owner = last, let place = owner.history.place(of: id) {
                found.append((id, owner.history, place))
            } else if let (owner, place) = world.owner(of: id) {
                last = owner
                found.append((id, owner.history, place))
            } else {
                throw Refused(500, "Export failed: The following message IDs were not found: ['\(id)']")
            }
        }
        return found
    }
}

/// One agent file, being written.
struct Export {
    let world: World
    let agent: ScriptedAgent
    let rows: [(id: String, history: History, place: Int)]

    /// How deep a row stands in the file.
    static let rowDepth = 4

    func bytes(seed: UInt64, revision: String, _ inContext: [String]) throws -> [UInt8] {
        var dice = Dice(seed: seed)
        let places = Dictionary(rows.enumerated().map { ($1.id, $0) }) { first, _ in first }
        let context = (inContext.isEmpty ? rows.map(\.id) : inContext).compactMap { places[$0] }
        var shell = self.shell(revision)
        shell["agents"] = [agentNode(context.map { "message-\($0)" }, messages: "\u{E0FF}")]
        // The rows go where the mark is, written without being taken apart.
        let bytes = Pretty.bytes(shell.bytes())
        let mark = Array("\"\u{E0FF}\"".utf8)
        guard let place = bytes.indices.first(where: { bytes[$0] == 0x22 && bytes[$0...].starts(with: mark) })
        else {
            return bytes
        }
        var result = Array(bytes[..<place])
        try writeRows(&dice, into: &result)
        return result + bytes[(place + mark.count)...]
    }

    private func writeRows(_ dice: inout Dice, into bytes: inout [UInt8]) throws {
        guard !rows.isEmpty else {
            bytes += [0x5B, 0x5D]
            return
        }
        bytes.append(0x5B)
        for (number, row) in rows.enumerated() {
            if number > 0 { bytes.append(0x2C) }
            Pretty.newLine(Self.rowDepth, &bytes)
            if row.history.writeExport(at: row.place, shownAs: number, dice: &dice, into: &bytes) { continue }
            let node = row.history[row.place].exported(place: number, agent: 0, otid: dice.uuid())
            if node["content"]?.elements.contains(where: { $0["source"]?["type"]?.string == "url" }) == true {
                throw Refused(500, "Export failed: Invalid image source type: url")
            }
            bytes += Pretty.bytes(node.bytes(), depth: Self.rowDepth)
        }
        Pretty.newLine(Self.rowDepth - 1, &bytes)
        bytes.append(0x5D)
    }

    private func agentNode(_ inContext: [String], messages: String) -> JSONNode {
        var node: JSONNode = [
            "name": .string(agent.name), "memory_blocks": [], "tools": [],
            "tool_ids": .strings(agent.toolIDs.indices.map { "tool-\($0)" }), "source_ids": [],
            "folder_ids": nil,
            "block_ids": .strings(agent.blockIDs.indices.map { "block-\($0)" }), "tool_rules": [],
            "tags": .strings(agent.tags), "system": "", "agent_type": .string(agent.agentType),
            "initial_message_sequence": nil, "include_base_tools": false, "include_multi_agent_tools": false,
            "include_base_tool_rules": false, "include_default_source": false,
        ]
        for key in Export.kept { node[key] = agent.fields[key] ?? .null }
        let blanked = JSONNode.object(agent.secrets.map { JSONMember(key: $0.key, value: "") })
        node["tool_exec_environment_variables"] = blanked
        node["secrets"] = blanked
        for key in Export.never { node[key] = .null }
        for key in ["enable_reasoner", "template", "enable_sleeptime"] { node[key] = false }
        node["id"] = "agent-0"
        node["in_context_message_ids"] = .strings(inContext)
        node["messages"] = .string(messages)
        node["files_agents"] = []
        node["group_ids"] = []
        return node
    }

    private static let kept = [
        "tool_rules", "system", "description", "metadata", "llm_config", "embedding_config",
        "message_buffer_autoclear", "response_format", "timezone", "max_files_open",
        "per_file_view_window_char_limit",
    ]
    /// Null in every export, whatever the agent has.
    private static let never = [
        "model", "embedding", "model_settings", "compaction_settings", "context_window_limit",
        "embedding_chunk_size",
        "max_tokens", "max_reasoning_tokens", "reasoning", "from_template", "project", "memory_variables",
        "project_id", "template_id", "base_template_id", "identity_ids", "hidden", "parallel_tool_calls",
    ]

    private func shell(_ revision: String) -> JSONNode {
        [
            "agents": [], "groups": [], "blocks": .array(fileBlocks), "files": [], "sources": [],
            "tools": .array(fileTools), "mcp_servers": [], "skills": [],
            "metadata": ["revision_id": .string(revision)],
            "created_at": .string(agent.updated.text),
        ]
    }

    private var fileBlocks: [JSONNode] {
        agent.blockIDs.enumerated().compactMap { number, id in
            guard let block = world.blocks[id] else { return nil }
            var node = block.fields
            node["tags"] = .null
            node["id"] = .string("block-\(number)")
            return node
        }
    }

    private var fileTools: [JSONNode] {
        agent.toolIDs.enumerated().compactMap { number, id in
            guard var node = world.tools[id]?.json else { return nil }
            node["id"] = .string("tool-\(number)")
            return node
        }
    }
}
