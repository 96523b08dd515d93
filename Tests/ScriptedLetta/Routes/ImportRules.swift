import LosslessJSON

/// What the schema of agent files refuses before anything is made.
/// Source: 0.16.8 `POST /v1/agents/import`.
struct ImportRules {
    let profile: VersionProfile
    let toolNames: Set<String>
    private(set) var faults: [String] = []

    init(profile: VersionProfile, world: World) {
        self.profile = profile
        toolNames = Set(world.tools.all.filter { $0.type != "custom" }.map(\.name))
    }

    static let topKeys = ["agents", "groups", "blocks", "files", "sources", "tools", "mcp_servers"]
    private static let partTypes: Set<String> = [
        "text", "image", "tool_call", "tool_return", "reasoning", "redacted_reasoning", "omitted_reasoning",
        "summarized_reasoning",
    ]
    private static let toolTypes: Set<String> = [
        "custom", "letta_core", "letta_memory_core", "letta_multi_agent_core", "letta_sleeptime_core",
        "letta_voice_sleeptime_core", "letta_builtin", "letta_files_core", "external_langchain",
        "external_composio",
        "external_mcp",
    ]

    /// Throws the 400 that says it all.
    mutating func check(_ file: JSONValue) throws {
        guard file["agents"]?.kind == .array else {
            throw Refused(
                400, "Legacy AgentSchema format is deprecated. Please use the new AgentFileSchema format")
        }
        for key in Self.topKeys where file[key]?.kind != .array { faults.append("\(key)\n  Field required") }
        for (number, tool) in (file["tools"]?.elements ?? []).enumerated() {
            check(tool: JSONNode(deep: tool), number)
        }
        for (number, agent) in (file["agents"]?.elements ?? []).enumerated() { check(agent: agent, number) }
        guard faults.isEmpty else {
            let plural = faults.count == 1 ? "" : "s"
            throw Refused(
                400,
                "\(faults.count) validation error\(plural) for AgentFileSchema\n"
                    + faults.joined(separator: "\n"))
        }
        try checkIDs(file)
        try checkNames(file)
    }

    private mutating func check(tool: JSONNode, _ number: Int) {
        for member in tool.members ?? [] where !profile.toolKeys.contains(member.key) {
            faults.append(
                "tools.\(number).\(member.key)\n  Extra inputs are not permitted [type=extra_forbidden]")
        }
        let type = tool.given("tool_type")?.string ?? "custom"
        if !Self.toolTypes.contains(type) {
            faults.append("tools.\(number).tool_type\n  Input should be 'custom', …")
        }
        let name = tool["name"]?.string ?? ""
        if type == "letta_core", !toolNames.contains(name) {
            faults.append(
                "tools.\(number)\n  Value error, '\(name)' is not a user-defined function in module …")
        }
    }

    private mutating func check(agent: JSONValue, _ number: Int) {
        if let type = agent["agent_type"]?.string, !profile.agentTypes.contains(type) {
            faults.append("agents.\(number).agent_type\n  Input should be 'memgpt_agent', …")
        }
        for (place, message) in (agent["messages"]?.elements ?? []).enumerated() {
            check(row: JSONNode(deep: message), at: "agents.\(number).messages.\(place)")
        }
    }

    private mutating func check(row: JSONNode, at place: String) {
        if row.given("role") == nil { faults.append("\(place).role\n  Field required") }
        switch row["content"] {
        case nil, .null?: faults.append("\(place).content\n  Input should be a valid list")
        case let content?: check(parts: content.elements, at: place)
        }
        let created = row["created_at"]
        if created == .null || created.map({ $0.string.flatMap { Moment($0) } == nil }) == true {
            faults.append("\(place).created_at\n  Input should be a valid datetime")
        }
        for (number, call) in (row.given("tool_calls")?.elements ?? []).enumerated() {
            if call["type"]?.string != "function" || call["function"]?["arguments"]?.isString != true {
                faults.append("\(place).tool_calls.\(number)\n  Input should be a valid tool call")
            }
        }
        for (number, answer) in (row.given("tool_returns")?.elements ?? []).enumerated() {
            if !["success", "error"].contains(answer["status"]?.string) {
                faults.append(
                    "\(place).tool_returns.\(number).status\n  Input should be 'success' or 'error'")
            }
        }
    }

    private mutating func check(parts: [JSONNode], at place: String) {
        for (number, part) in parts.enumerated() {
            let type = part["type"]?.string ?? "text"
            if !Self.partTypes.contains(type) {
                faults.append(
                    "\(place).content.\(number)\n  Input tag '\(type)' does not match any of the expected tags"
                )
            } else if type == "reasoning", part.given("is_native") == nil {
                faults.append("\(place).content.\(number).reasoning.is_native\n  Field required")
            }
        }
    }

    // MARK: ids and names

    private func checkIDs(_ file: JSONValue) throws {
        var seen: Set<String> = []
        for (number, agent) in (file["agents"]?.elements ?? []).enumerated() {
            try Self.checkSuffix(agent["id"]?.string ?? "", "agent", "agent")
            for message in agent["messages"]?.elements ?? [] {
                let id = message["id"]?.string ?? ""
                try Self.checkSuffix(id, "message", "message")
                guard seen.insert(id).inserted else {
                    throw Refused(
                        400,
                        "Import failed: Schema validation failed: Duplicate message IDs in agent agent-\(number): {'\(id)'}; …"
                    )
                }
            }
        }
    }

    private static func checkSuffix(_ id: String, _ kind: String, _ word: String) throws {
        guard id.hasPrefix(kind + "-"), Int(id.dropFirst(kind.count + 1)) != nil else {
            throw Refused(
                400,
                "Import failed: Schema validation failed: Invalid \(word) ID format: \(id) should have integer suffix"
            )
        }
    }

    private func checkNames(_ file: JSONValue) throws {
        for name in (file["agents"]?.elements ?? []).compactMap({ $0["name"]?.string })
        where !Stock.accepts(agentName: name) {
            throw Refused(
                500, "Export failed: Agent name '\(name)' contains invalid characters. Only letters, …")
        }
        let tools = (file["tools"]?.elements ?? []).compactMap { $0["name"]?.string }
        guard Set(tools).count == tools.count else {
            throw Refused(
                400,
                "Import failed: (CardinalityViolationError) ON CONFLICT DO UPDATE command cannot affect row a second time"
            )
        }
    }
}
