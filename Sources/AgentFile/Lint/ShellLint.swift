import LettaModel
import LosslessJSON

/// The first look at an agent file: everything but the rows.
///
/// **Bounds**: one agent without its rows, one block or tool, and the names
/// of all of them.
public struct ShellLint {
    /// What the look at the rows has to know.
    public struct Facts: Sendable, Equatable {
        /// Of each agent the ids in context, in order.
        public internal(set) var contexts: [[String]] = []
        /// The file has the form before version 2: there are no rows to look at.
        public internal(set) var isLegacy = false
    }

    private var text: AgentFileText
    private var splitter = JSONSplitter(
        streaming: ["$.agents[*]", "$.blocks[*]", "$.tools[*]"], dropping: ["$.agents[*].messages"])
    private var walk: ShellWalk

    /// - Parameter name: of the file, for failures.
    public init(name: String, target: LintTarget) {
        text = AgentFileText(name: name)
        walk = ShellWalk(name: name, target: target)
    }

    /// Throws `agent-file-unreadable`.
    public mutating func feed(_ chunk: [UInt8], _ emit: (LintFinding) throws -> Void) throws {
        try pass(try text.feed(chunk), emit)
    }

    /// Throws `agent-file-unreadable`.
    public mutating func finish(_ emit: (LintFinding) throws -> Void) throws -> Facts {
        try pass(try text.finish(), emit)
        if text.hasOrderMark { try emit(LintFinding(LintRule.orderMark, "$", line: 1)) }
        if text.isWrapped { try emit(LintFinding(LintRule.wrapped, "$", line: nil)) }
        do {
            try walk.end(try JSONDocument(try splitter.finish()).root, emit)
        } catch let error as JSONError {
            throw text.explaining(error)
        }
        return walk.facts
    }

    private mutating func pass(_ bytes: [UInt8], _ emit: (LintFinding) throws -> Void) throws {
        walk.lines.feed(bytes)
        let isWrapped = text.isWrapped
        do {
            try splitter.feed(bytes) { try walk.take($0, isWrapped: isWrapped, emit) }
        } catch let error as JSONError {
            throw text.explaining(error)
        }
    }
}

/// What the first look has seen so far.
private struct ShellWalk {
    let target: LintTarget
    let name: String
    var lines = LineIndex()
    var facts = ShellLint.Facts()
    private var references: [References] = []
    private var blockLabels: [String: String] = [:]
    private var toolIDs: Set<String> = []
    private var toolNames: Set<String> = []

    private struct References {
        let path: String
        let line: Int?
        let blocks: [String]
        let tools: [String]
    }

    init(name: String, target: LintTarget) {
        self.name = name
        self.target = target
    }

    mutating func take(
        _ element: JSONElement, isWrapped: Bool, _ emit: (LintFinding) throws -> Void
    ) throws {
        let line = isWrapped ? nil : lines.line(at: element.offset)
        let root = try JSONDocument(element.bytes).root
        let place = element.indices.first ?? 0
        switch element.path {
        case 0: try agent(root, "$.agents[\(place)]", line, emit)
        case 1: blockLabels[root["id"]?.string ?? ""] = root["label"]?.string ?? ""
        default: try tool(root, "$.tools[\(place)]", line, emit)
        }
    }

    // MARK: Agents

    private mutating func agent(
        _ agent: JSONValue, _ path: String, _ line: Int?, _ emit: (LintFinding) throws -> Void
    ) throws {
        facts.contexts.append(agent["in_context_message_ids"]?.elements.compactMap(\.string) ?? [])
        references.append(
            References(
                path: path, line: line, blocks: agent["block_ids"]?.elements.compactMap(\.string) ?? [],
                tools: agent["tool_ids"]?.elements.compactMap(\.string) ?? []))
        func say(
            _ rule: Rule, _ key: String, _ detail: String? = nil, _ severity: LintFinding.Severity? = nil
        )
            throws
        {
            try emit(LintFinding(rule, "\(path).\(key)", line: line, detail: detail, severity: severity))
        }
        let name = agent["name"]?.string ?? ""
        if !AgentFileShape.isPlainName(name) { try say(FileRule.name, "name", name) }
        switch agent["agent_type"]?.string {
        case nil: try say(FileRule.agentType, "agent_type")
        case let type? where !target.agentTypes.contains(type):
            try say(LintRule.agentType, "agent_type", type)
        default: break
        }
        if agent["llm_config"]?.kind != .object { try say(LintRule.noModel, "llm_config") }
        if agent["llm_config"]?["model_endpoint"]?.string != nil {
            try say(FileRule.endpoint, "llm_config.model_endpoint", nil, .note)
        }
        if let settings = agent["model_settings"], !settings.isNull {
            try say(FileRule.modelSettings, "model_settings", nil, .note)
        }
        for key in ["secrets", "tool_exec_environment_variables"] {
            for (secret, value) in agent[key]?.members ?? [] {
                let isShown = value.string.map { !$0.isEmpty && $0 != "<encrypted>" } ?? false
                try say(
                    isShown ? LintRule.secretInClear : FileRule.secrets, "\(key).\(secret)", secret,
                    isShown ? nil : .note)
            }
        }
    }

    // MARK: Tools

    private mutating func tool(
        _ tool: JSONValue, _ path: String, _ line: Int?, _ emit: (LintFinding) throws -> Void
    ) throws {
        func say(_ rule: Rule, _ key: String, _ detail: String) throws {
            try emit(LintFinding(rule, "\(path).\(key)", line: line, detail: detail))
        }
        let name = tool["name"]?.string ?? ""
        if let id = tool["id"]?.string { toolIDs.insert(id) }
        if !toolNames.insert(name).inserted { try say(FileRule.toolTwice, "name", name) }
        for member in tool.members where !target.toolKeys.contains(member.key) {
            try say(FileRule.toolKey, member.key, name)
        }
        let type = tool["tool_type"]?.string ?? "custom"
        if !LintTarget.toolTypes.contains(type) {
            try say(LintRule.toolType, "tool_type", "\(name): \(type)")
        }
        if type == "letta_core", let known = target.coreTools, !known.contains(name) {
            try say(LintRule.coreTool, "name", name)
        }
        if tool["source_type"]?.string == nil { try say(FileRule.toolSourceType, "source_type", name) }
        if type == "custom", tool["source_code"]?.string == nil {
            try say(LintRule.toolWithoutSource, "source_code", name)
        }
    }

    // MARK: The whole

    private static let topKeys = ["groups", "blocks", "files", "sources", "tools", "mcp_servers"]

    mutating func end(_ root: JSONValue, _ emit: (LintFinding) throws -> Void) throws {
        guard root["agents"]?.kind == .array else {
            let failure = SniffedFile.noAgents(root, name: name)
            guard failure.code == .agentFileLegacy else { throw failure }
            facts.isLegacy = true
            return try emit(LintFinding(LintRule.legacy, "$", line: 1, detail: root["version"]?.string))
        }
        for key in Self.topKeys where root[key]?.kind != .array {
            try emit(LintFinding(LintRule.topKey, "$.\(key)", line: 1, detail: key))
        }
        for agent in references { try check(agent, emit) }
    }

    private func check(_ agent: References, _ emit: (LintFinding) throws -> Void) throws {
        var labels: Set<String> = []
        for (place, id) in agent.blocks.enumerated() {
            let path = "\(agent.path).block_ids[\(place)]"
            guard let label = blockLabels[id] else {
                try emit(LintFinding(LintRule.unknownBlock, path, line: agent.line, detail: id))
                continue
            }
            if !labels.insert(label).inserted {
                try emit(LintFinding(FileRule.blockTwice, path, line: agent.line, detail: label))
            }
        }
        for (place, id) in agent.tools.enumerated() where !toolIDs.contains(id) {
            let path = "\(agent.path).tool_ids[\(place)]"
            try emit(LintFinding(LintRule.unknownTool, path, line: agent.line, detail: id))
        }
    }
}
