import LettaModel
import LosslessJSON

/// The first look at an agent file: everything but the rows.
///
/// **Bounds**: one agent without its rows, one block or tool, and the names
/// of all of them.
public struct ShellLint {
    /// What later looks have to know.
    public struct Facts: Sendable, Equatable {
        /// Of each agent the ids in context, in order.
        public internal(set) var contexts: [[String]] = []
        /// The file has the form before version 2: there are no rows to look at.
        public internal(set) var isLegacy = false
        /// A block or a tool: its id, and its label or name.
        struct Thing: Sendable, Equatable {
            let id: String?
            let name: String
        }

        /// Lines on which the agents begin.
        var agentLines: [Int?] = []
        var agentIDs: [String?] = []
        var blocks: [Thing] = []
        var tools: [Thing] = []
        var hasOrderMark = false
        var isWrapped = false
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
        walk.facts.hasOrderMark = text.hasOrderMark
        walk.facts.isWrapped = text.isWrapped
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
    private var ids: Set<String> = []

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
        let kind = ["agent", "block", "tool"][element.path]
        let place = "$.\(kind)s[\(element.indices.first ?? 0)]"
        try checkID(root["id"]?.string, kind, place, line, emit)
        for spot in note(root, kind, place, line) + TwiceKeys.spots(root) + NumberLint.spots(root) {
            try emit(spot.finding(place, line: line))
        }
    }

    private mutating func note(_ thing: JSONValue, _ kind: String, _ place: String, _ line: Int?) -> [Spot] {
        switch kind {
        case "agent":
            noteAgent(thing, place, line)
            return AgentLint(target: target).spots(thing)
        case "block":
            let label = thing["label"]?.string ?? ""
            facts.blocks.append(.init(id: thing["id"]?.string, name: label))
            blockLabels[thing["id"]?.string ?? ""] = label
            return BlockLint.spots(thing)
        default:
            return noteTool(thing) + ToolLint(target: target).spots(thing)
        }
    }

    private mutating func noteAgent(_ agent: JSONValue, _ place: String, _ line: Int?) {
        facts.contexts.append(agent["in_context_message_ids"]?.elements.compactMap(\.string) ?? [])
        facts.agentIDs.append(agent["id"]?.string)
        facts.agentLines.append(line)
        references.append(
            References(
                path: place, line: line, blocks: agent["block_ids"]?.elements.compactMap(\.string) ?? [],
                tools: agent["tool_ids"]?.elements.compactMap(\.string) ?? []))
    }

    private mutating func noteTool(_ tool: JSONValue) -> [Spot] {
        let name = tool["name"]?.string ?? ""
        facts.tools.append(.init(id: tool["id"]?.string, name: name))
        if let id = tool["id"]?.string { toolIDs.insert(id) }
        return toolNames.insert(name).inserted || name.isEmpty ? [] : [Spot(FileRule.toolTwice, "name", name)]
    }

    private mutating func checkID(
        _ id: String?, _ kind: String, _ place: String, _ line: Int?, _ emit: (LintFinding) throws -> Void
    ) throws {
        guard let id, ThingID.number(id, of: kind) != nil else {
            return try emit(LintFinding(LintRule.thingID, "\(place).id", line: line, detail: id ?? "none"))
        }
        guard !ids.insert(id).inserted else { return }
        try emit(LintFinding(LintRule.thingTwice, "\(place).id", line: line, detail: id))
    }

    // MARK: The whole

    static let topKeys = ["groups", "blocks", "files", "sources", "tools", "mcp_servers"]

    mutating func end(_ root: JSONValue, _ emit: (LintFinding) throws -> Void) throws {
        for spot in TwiceKeys.spots(root) + NumberLint.spots(root) { try emit(spot.finding("$", line: nil)) }
        guard root["agents"]?.kind == .array else {
            let failure = SniffedFile.noAgents(root, name: name)
            guard failure.code == .agentFileLegacy else { throw failure }
            facts.isLegacy = true
            return try emit(
                LintFinding(
                    LintRule.legacy, "$", line: 1, detail: root["version"]?.string,
                    severity: target.takesLegacy ? .note : nil))
        }
        for key in Self.topKeys where root[key]?.kind != .array {
            let isAbsent = root[key].map(\.isNull) ?? true
            try emit(LintFinding(LintRule.topKey, "$.\(key)", line: 1, detail: key, isMended: isAbsent))
        }
        for spot in FileMembers.spots(root) { try emit(spot.finding("$", line: nil)) }
        for (place, server) in (root["mcp_servers"]?.elements ?? []).enumerated() {
            for spot in Credentials.spots(server, isConfig: true) {
                try emit(spot.finding("$.mcp_servers[\(place)]", line: nil))
            }
        }
        for agent in references { try check(agent, emit) }
    }

    private func check(_ agent: References, _ emit: (LintFinding) throws -> Void) throws {
        var labels: [String: String] = [:]
        for (place, id) in agent.blocks.enumerated() {
            let path = "\(agent.path).block_ids[\(place)]"
            guard let label = blockLabels[id] else {
                try emit(LintFinding(LintRule.unknownBlock, path, line: agent.line, detail: id))
                continue
            }
            if let other = labels.updateValue(id, forKey: label) {
                try emit(
                    LintFinding(
                        FileRule.blockTwice, path, line: agent.line, detail: label, isMended: other == id))
            }
        }
        for (place, id) in agent.tools.enumerated() where !toolIDs.contains(id) {
            let path = "\(agent.path).tool_ids[\(place)]"
            try emit(LintFinding(LintRule.unknownTool, path, line: agent.line, detail: id))
        }
    }
}

/// Members of the file itself that are no lists.
enum FileMembers {
    static func spots(_ root: JSONValue) -> [Spot] {
        ["metadata", "created_at"].flatMap { key in root[key].map { spots(key, $0) } ?? [] }
    }

    static func spots(_ key: String, _ value: JSONValue) -> [Spot] {
        switch key {
        case "metadata" where value.kind != .object: [Spot(LintRule.fileMetadata, key)]
        case "metadata":
            value.members.filter { $0.value.kind != .string }.map {
                Spot(LintRule.fileMetadata, "\(key).\($0.key)")
            }
        case "created_at" where !isTime(value): [Spot(LintRule.fileTime, key, value.string)]
        default: []
        }
    }

    /// Numbers are seconds since 1970 to the importer.
    private static func isTime(_ value: JSONValue) -> Bool {
        if let text = value.string { return Instant(text) != nil }
        return value.isNull || value.kind == .number
    }
}
