import LettaModel
import LosslessJSON

/// A small agent with a bit of everything: reasoning, single and parallel
/// calls, a failed call, other scripts, three blocks of which one is
/// read-only, two tools of its own, tool rules, tags, a secret, passages.
struct SmallAgent: Sendable {
    /// Part of every name, so that what belongs to it can be counted.
    let word: String
    var turns = 10
    var passages = 8
    var hasSecret = false
    var agentType = "letta_v1_agent"
    /// Whose file it is.
    var release = Release.last

    var name: String { "lt-\(word)" }
    var labels: [String] { ["persona", "human", "ledger"].map { "\($0)-\(word)" } }
    var toolNames: [String] { ["note_\(word)", "count_\(word)"] }
    var rowCount: Int { 1 + turns * 4 }

    private static let start: Int64 = 1_772_359_200_000_000

    /// - Parameter micros: what the microseconds are made of, where that is
    ///   not the minute itself.
    static func time(_ minutes: Int, micros: Int? = nil) -> String {
        let odd = Int64(((micros ?? minutes) * 7919) % 999_983) + 1
        return Instant(microseconds: start + Int64(minutes) * 60_000_000 + odd).text
    }

    // MARK: rows

    var rows: [JSONNode] {
        var rows = [Row.make(0, "system", [Row.text("You are \(name). Answer briefly.")])]
        for turn in 0..<turns { rows += self.turn(turn, from: rows.count) }
        return rows
    }

    private func turn(_ turn: Int, from first: Int) -> [JSONNode] {
        let words = ["the harbour", "海の天気", "ветер", "a recipe: 1½ cups", "\"quoted\" and \\slashed"]
        let about = words[turn % words.count]
        let failed = turn % 4 == 3
        var ids = ["call_\(word)_\(turn)_a"]
        // 0.11.7 has no rows with several returns.
        if turn % 3 == 1, release.hasArchives { ids.append("call_\(word)_\(turn)_b") }
        let calls = ids.map { Row.call($0, toolNames[0], "{\"about\": \"turn \(turn)\"}") }
        var asked = Row.make(
            first + 1, "assistant", [Row.reasoning("Think about turn \(turn).", signature: "sig\(turn)==")])
        asked["tool_calls"] = .array(calls)
        var answered = Row.make(first + 2, "tool", [])
        let returns = ids.map { Row.toolReturn($0, "noted \(about)", failed: failed, at: first + 2) }
        answered["tool_returns"] = .array(returns)
        answered["content"] = .array(
            returns.map { Row.part(ofReturn: $0) })
        answered["tool_call_id"] = .string(ids[0])
        answered["name"] = .string(toolNames[0])
        var content = [Row.text("Noted: \(about), turn \(turn).")]
        if turn % 2 == 0 { content.insert(Row.reasoning("Keep turn \(turn) short.", signature: nil), at: 0) }
        return [
            Row.make(first, "user", [Row.text("Turn \(turn): a word about \(about), please.")]), asked,
            answered,
            Row.make(first + 3, "assistant", content),
        ]
    }

    // MARK: the file

    /// - Parameter change: what is done to the agent before it is written.
    func file(
        _ models: LabModels, rows: [JSONNode]? = nil, contextTail: Int = 9,
        change: (inout JSONNode) -> Void = { _ in }
    ) -> [UInt8] {
        let rows = rows ?? self.rows
        let inContext = [0] + Array(max(1, rows.count - contextTail + 1)..<rows.count)
        var agent: JSONNode = [
            "id": "agent-0", "name": .string(name), "agent_type": .string(agentType),
            "system": .string("You are \(name). Answer briefly."),
            "description": "A small agent of the tests.", "metadata": ["made_for": "tests", "n": 7],
            "tags": ["lab", .string("tag-\(word)"), "海"], "memory_blocks": [], "tools": [],
            "tool_ids": .array(toolNames.indices.map { .string("tool-\($0)") }), "source_ids": [],
            "folder_ids": nil, "block_ids": .array(labels.indices.map { .string("block-\($0)") }),
            "tool_rules": [
                ["tool_name": .string(toolNames[0]), "type": "continue_loop", "prompt_template": nil],
                ["tool_name": .string(toolNames[1]), "type": "exit_loop", "prompt_template": nil],
            ],
            "include_base_tools": false, "include_multi_agent_tools": false,
            "include_base_tool_rules": false, "include_default_source": false, "timezone": "Asia/Tokyo",
            "enable_sleeptime": false, "message_buffer_autoclear": false,
            "llm_config": models.llm, "embedding_config": models.embedding,
            "messages": .array(
                rows.enumerated().map { index, row in
                    var row = row
                    row["id"] = .string("message-\(index)")
                    return row
                }),
            "in_context_message_ids": .array(inContext.map { .string("message-\($0)") }),
            "files_agents": [], "group_ids": [],
            "secrets": secrets,
            "tool_exec_environment_variables": [:],
        ]
        change(&agent)
        let file: JSONNode = [
            "agents": [agent], "groups": [], "blocks": .array(blocks), "files": [], "sources": [],
            "tools": .array(tools), "mcp_servers": [], "skills": [],
            "metadata": ["revision_id": "1c28e167b74f"], "created_at": "2026-11-20T21:00:00+00:00",
        ]
        return file.bytes()
    }

    private var secrets: JSONNode { hasSecret ? ["LAB_KEY": "a-secret-of-the-tests"] : [:] }

    private var blocks: [JSONNode] {
        labels.enumerated().map { index, label in
            [
                "id": .string("block-\(index)"), "label": .string(label),
                "value": .string("I am \(label), 海, and I keep notes."), "limit": .number("\(4000 + index)"),
                "read_only": .bool(index == 2), "description": .string("What \(label) is for."),
                "metadata": ["at": .number("\(index)")], "is_template": false, "preserve_on_migration": false,
            ]
        }
    }

    private var tools: [JSONNode] {
        toolNames.enumerated().map { index, name in
            let schema: JSONNode = [
                "name": .string(name), "description": "Notes a thing.",
                "parameters": [
                    "type": "object", "properties": ["about": ["type": "string", "description": "What."]],
                    "required": index == 0 ? ["about"] : [],
                ],
            ]
            var tool: JSONNode = [
                "id": .string("tool-\(index)"), "tool_type": "custom", "name": .string(name),
                "description": "Notes a thing.", "source_type": "python",
                "source_code": .string(
                    "def \(name)(about: str = 'nothing') -> str:\n    \"\"\"Notes a thing.\"\"\"\n    return 'noted ' + about\n"
                ),
                "json_schema": schema, "args_json_schema": nil, "tags": [.string("lab-\(word)")],
                "return_char_limit": .number("\(3000 + index)"), "default_requires_approval": nil,
            ]
            if release.knowsParallelTools { tool["enable_parallel_execution"] = false }
            return tool
        }
    }

    /// Two of one instant are among them.
    var passageBodies: [JSONNode] {
        (0..<passages).map { index in
            [
                "text": .string("Memory \(index) of \(name): 海の天気."),
                "tags": ["all", .string("tag-\(index % 3)")] as JSONNode,
                "metadata": ["index": .number("\(index)")],
                "created_at": .string(Self.time((index == 1 ? 0 : index) * 17)),
            ]
        }
    }
}

/// Rows as 0.16.8 exports them.
enum Row {
    static func make(_ number: Int, _ role: String, _ content: [JSONNode]) -> JSONNode {
        [
            "type": "message", "otid": nil, "group_id": nil, "role": .string(role),
            "content": .array(content), "name": nil, "sender_id": nil, "batch_item_id": nil,
            "model": role == "assistant" || role == "tool" ? "gpt-4o-mini" : nil, "agent_id": "agent-0",
            "tool_calls": nil, "tool_call_id": nil, "tool_returns": [],
            "created_at": .string(SmallAgent.time(number)), "approve": nil, "approval_request_id": nil,
            "denial_reason": nil, "approvals": [],
        ]
    }

    static func text(_ text: String) -> JSONNode {
        ["type": "text", "text": .string(text), "signature": nil]
    }

    static func part(ofReturn node: JSONNode) -> JSONNode {
        ["type": "text", "text": node["func_response"] ?? JSONNode.null, "signature": nil]
    }

    static func reasoning(_ text: String, signature: String?) -> JSONNode {
        [
            "type": "reasoning", "is_native": true, "reasoning": .string(text),
            "signature": signature.map { .string($0) } ?? .null,
        ]
    }

    static func call(_ id: String, _ name: String, _ arguments: String) -> JSONNode {
        [
            "id": .string(id), "function": ["name": .string(name), "arguments": .string(arguments)],
            "type": "function",
        ]
    }

    static func toolReturn(_ id: String, _ message: String, failed: Bool, at number: Int) -> JSONNode {
        let body: JSONNode = [
            "status": failed ? "Failed" : "OK", "message": .string(message),
            "time": "2026-03-01 10:00:00 AM UTC+0000",
        ]
        return [
            "tool_call_id": .string(id), "status": failed ? "error" : "success",
            "stdout": failed ? nil : ["line one"], "stderr": nil, "func_response": .string(body.text()),
        ]
    }
}

/// The lab's model and embedder as a server lists them.
struct LabModels: Sendable {
    let llm: JSONNode
    let embedding: JSONNode

    init(of server: LabServer) async throws {
        llm = try await Self.named(Lab.variable("FERRY_LAB_MODEL") ?? "", "/v1/models/", server)
        embedding =
            server.embedding.isEmpty
            ? LabServer.unlistedEmbedding
            : try await Self.named(server.embedding, "/v1/models/embedding", server)
    }

    private static func named(
        _ handle: String, _ path: String, _ server: LabServer
    ) async throws -> JSONNode {
        guard let found = try await server.get(path).elements.first(where: { $0["handle"]?.string == handle })
        else { throw LabError("\(server.role) has no \(handle)") }
        return JSONNode(found)
    }
}

/// An agent that stands on a server.
struct Planted: Sendable {
    let agent: SmallAgent
    let id: String
    let archive: String?
}

extension SmallAgent {
    func plant(on server: LabServer) async throws -> Planted {
        var agent = self
        agent.release = server.release
        let id = try await server.importFile(agent.file(try await LabModels(of: server)))
        guard passages > 0 else { return Planted(agent: self, id: id, archive: nil) }
        guard server.release.batchesPassages else {
            for passage in passageBodies {
                try await server.post("/v1/agents/\(id)/archival-memory", passage)
            }
            return Planted(agent: self, id: id, archive: nil)
        }
        let archive = try await server.addPassages(passageBodies, named: "\(name)'s Archive", to: id)
        return Planted(agent: self, id: id, archive: archive)
    }
}

extension LabServer {
    /// One archive, filled in ascending order, passages of one instant in
    /// requests of their own.
    func addPassages(_ passages: [JSONNode], named name: String, to agent: String) async throws -> String {
        let archive = try await post(
            "/v1/archives/",
            ["name": .string(name), "embedding": .string(embedding)])
        guard let id = archive["id"]?.string else { throw LabError("the archive has no id") }
        try await patch("/v1/agents/\(agent)/archives/attach/\(id)")
        var seen: Set<String> = []
        let (firsts, twins) = passages.reduce(into: ([JSONNode](), [JSONNode]())) { parts, passage in
            let isNew = seen.insert(passage["created_at"]?.text() ?? "").inserted
            if isNew { parts.0.append(passage) } else { parts.1.append(passage) }
        }
        for batch in [firsts, twins] where !batch.isEmpty {
            try await post("/v1/archives/\(id)/passages/batch", ["passages": .array(batch)])
        }
        return id
    }

    /// Everything that bears the agent's word: agents, blocks, archives,
    /// tools.
    func removeAll(of word: String) async throws {
        for agent in try await agents(bearing: word) {
            if let id = agent["id"]?.string { try await delete("/v1/agents/\(id)") }
        }
        for label in SmallAgent(word: word).labels {
            for block in try await get("/v1/blocks/?label=\(label)&limit=500").elements {
                if let id = block["id"]?.string { try await delete("/v1/blocks/\(id)") }
            }
        }
        for archive in try await archives(bearing: word) {
            if let id = archive["id"]?.string { try await deleteArchive(id) }
        }
        for name in SmallAgent(word: word).toolNames {
            for tool in try await get("/v1/tools/?name=\(name)").elements where tool["name"]?.string == name {
                if let id = tool["id"]?.string { try await delete("/v1/tools/\(id)") }
            }
        }
    }

    /// 0.13.0 deletes it, fails to describe that, and answers 500.
    private func deleteArchive(_ id: String) async throws {
        do {
            try await delete("/v1/archives/\(id)")
        } catch {
            guard try await archives(bearing: "").allSatisfy({ $0["id"]?.string != id }) else { throw error }
        }
    }

    /// Those with the word in their name, and those with the word as a tag;
    /// hidden ones too.
    func agents(bearing word: String) async throws -> [JSONValue] {
        let named = try await get("/v1/agents/?limit=500&show_hidden_agents=true&query_text=\(word)").elements
        let tagged = try await get("/v1/agents/?limit=500&show_hidden_agents=true&tags=\(word)").elements
        let ids = Set(named.compactMap { $0["id"]?.string })
        return named.filter { $0["name"]?.string?.contains(word) == true }
            + tagged.filter { agent in
                agent["tags"]?.elements.contains { $0.string == word } == true
                    && !ids.contains(agent["id"]?.string ?? "")
            }
    }

    func archives(bearing word: String) async throws -> [JSONValue] {
        guard release.hasArchives else { return [] }
        var found: [JSONValue] = []
        var after = ""
        while true {
            let page = try await get("/v1/archives/?limit=200" + after).elements
            found += page.filter { $0["name"]?.string?.contains(word) == true }
            guard let last = page.last?["id"]?.string, page.count == 200 else { return found }
            after = "&after=\(last)"
        }
    }

    /// The blocks that bear the label of the word, attached or not.
    func blocks(bearing word: String) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        for label in SmallAgent(word: word).labels {
            found += try await get("/v1/blocks/?label=\(label)&limit=500").elements
        }
        return found
    }
}
