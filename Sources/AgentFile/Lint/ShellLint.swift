import LettaModel
import LosslessJSON

/// The first look at an agent file: everything but the rows.
///
/// **Bounds**: one agent without its rows, one element of the other lists, and
/// the names of all agents, blocks and tools.
public struct ShellLint {
    /// What later looks have to know.
    public struct Facts: Sendable, Equatable {
        /// Of each agent the ids in context, in order.
        public internal(set) var contexts: [[String]] = []
        /// The file has the form before version 2: there are no rows to look at.
        public internal(set) var isLegacy = false
        /// What the file has and no rule looks at: how often, by path
        /// (`$.files`, `$.agents[*].source_ids`).
        public internal(set) var unseen: [String: Int] = [:]
        /// A block or a tool.
        struct Thing: Sendable, Equatable {
            let id: String?
            /// Its label or name.
            let name: String
            /// Hash of what it says, but for its id.
            let says: Int
        }

        /// Lines on which the agents begin.
        var agentLines: [Int?] = []
        var agentIDs: [String?] = []
        var blocks: [Thing] = []
        var tools: [Thing] = []
        var hasOrderMark = false
        var isWrapped = false
    }

    private var stream: AgentFileStream
    private var walk: ShellWalk

    /// - Parameter name: of the file, for failures.
    public init(name: String, target: LintTarget) {
        stream = AgentFileStream(
            name: name, streaming: FileSections.elements, dropping: ["$.agents[*].messages"])
        walk = ShellWalk(name: name, target: target)
    }

    /// Throws `agent-file-unreadable`.
    public mutating func feed(_ chunk: [UInt8], _ emit: (LintFinding) throws -> Void) throws {
        try stream.feed(chunk) { try walk.take($0, line: $1, emit) }
    }

    /// Throws `agent-file-unreadable`.
    public mutating func finish(_ emit: (LintFinding) throws -> Void) throws -> Facts {
        let rest = try stream.finish { try walk.take($0, line: $1, emit) }
        walk.facts.hasOrderMark = stream.hasOrderMark
        walk.facts.isWrapped = stream.isWrapped
        if stream.hasOrderMark { try emit(LintFinding(LintRule.orderMark, "$", line: 1)) }
        if stream.isWrapped { try emit(LintFinding(LintRule.wrapped, "$", line: nil)) }
        try walk.end(rest.root, emit)
        return walk.facts
    }
}

/// What the first look has seen so far.
private struct ShellWalk {
    let target: LintTarget
    let name: String
    var facts = ShellLint.Facts()
    private var references: [References] = []
    private var blockLabels: [String: String] = [:]
    /// What each block says but for its id, hashed.
    private var blockHashes: [String: Int] = [:]
    private var toolLines: [Int?] = []
    private var ids: Set<String> = []
    /// Ids that are none, with where they stand: whether one can be given
    /// another is known when all have been seen.
    private var malformed: [(kind: String, id: String, path: String, line: Int?)] = []

    private struct References {
        let path: String
        let line: Int?
        /// Nil for what is no text.
        let blocks: [String?]
        let tools: [String?]
    }

    init(name: String, target: LintTarget) {
        self.name = name
        self.target = target
    }

    mutating func take(
        _ element: JSONElement, line: Int?, _ emit: (LintFinding) throws -> Void
    ) throws {
        let root = try JSONDocument(element.bytes).root
        let section = FileSections.all[element.path]
        let place = "$.\(section)[\(element.indices.first ?? 0)]"
        guard root.kind == .object else { throw SniffedFile.noObject(name, place) }
        var spots: [Spot] = []
        if element.path < 3 {
            let kind = String(section.dropLast())
            try checkID(root["id"]?.string, kind, place, line, emit)
            spots = note(root, kind, place, line)
            let foreign = MemberTypes.spots(root, kind)
            if target.words != nil { spots += foreign }
            let unknown = target.words == nil ? foreign.map(\.key) : []
            for key in Unseen.members(root, kind) + unknown {
                facts.unseen["$.\(section)[*].\(key)", default: 0] += 1
            }
        } else {
            facts.unseen["$.\(section)", default: 0] += 1
        }
        let secrets = Credentials.finds(in: root, isConfig: section == "mcp_servers")
        if section != "agents" { spots += Credentials.spots(secrets) }
        spots += KeyShapes.spots(root, besides: secrets.map(\.range))
        for spot in spots + TwiceKeys.spots(root) + NumberLint.spots(root) {
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
            facts.blocks.append(.init(id: thing["id"]?.string, name: label, says: Self.content(thing)))
            blockLabels[thing["id"]?.string ?? ""] = label
            blockHashes[thing["id"]?.string ?? ""] = Self.content(thing)
            return BlockLint.spots(thing)
        default:
            facts.tools.append(
                .init(
                    id: thing["id"]?.string, name: thing["name"]?.string ?? "", says: Self.content(thing)))
            toolLines.append(line)
            return ToolLint(target: target).spots(thing)
        }
    }

    private static func content(_ thing: JSONValue) -> Int {
        Canonical.bytes(thing, dropping: ["id"]).hashValue
    }

    private mutating func noteAgent(_ agent: JSONValue, _ place: String, _ line: Int?) {
        facts.contexts.append(agent["in_context_message_ids"]?.elements.compactMap(\.string) ?? [])
        facts.agentIDs.append(agent["id"]?.string)
        facts.agentLines.append(line)
        references.append(
            References(
                path: place, line: line, blocks: agent["block_ids"]?.elements.map(\.string) ?? [],
                tools: agent["tool_ids"]?.elements.map(\.string) ?? []))
    }

    private mutating func checkID(
        _ id: String?, _ kind: String, _ place: String, _ line: Int?, _ emit: (LintFinding) throws -> Void
    ) throws {
        guard let id else {
            return try emit(LintFinding(LintRule.thingID, "\(place).id", line: line, detail: "none"))
        }
        if ThingID.number(id, of: kind) == nil { malformed.append((kind, id, "\(place).id", line)) }
        // Of tools it depends on those that come later.
        guard !ids.insert("\(kind) \(id)").inserted, kind != "tool" else { return }
        try emit(LintFinding(LintRule.thingTwice, "\(place).id", line: line, detail: id))
    }

    /// What refers to an id that two have may mean either.
    private func checkForms(_ emit: (LintFinding) throws -> Void) throws {
        let counts = Dictionary(malformed.map { ("\($0.kind) \($0.id)", 1) }, uniquingKeysWith: +)
        for one in malformed {
            try emit(
                LintFinding(
                    LintRule.thingID, one.path, line: one.line, detail: one.id,
                    isMended: counts["\(one.kind) \(one.id)"] == 1))
        }
    }

    private func checkTools(_ emit: (LintFinding) throws -> Void) throws {
        let twins = ToolTwins(facts.tools)
        for (rule, key, places) in [
            (LintRule.thingTwice, "id", twins.sameIDs), (FileRule.toolTwice, "name", twins.namesakes),
        ] {
            for place in places {
                let tool = facts.tools[place]
                try emit(
                    LintFinding(
                        rule, "$.tools[\(place)].\(key)", line: toolLines[place],
                        detail: key == "id" ? tool.id : tool.name, isMended: twins.leftOut.contains(place)))
            }
        }
    }

    // MARK: The whole

    mutating func end(_ root: JSONValue, _ emit: (LintFinding) throws -> Void) throws {
        for spot in TwiceKeys.spots(root) + NumberLint.spots(root) { try emit(spot.finding("$", line: nil)) }
        guard root["agents"]?.kind == .array else {
            let failure = SniffedFile.noAgents(root, name: name)
            guard failure.code == .agentFileLegacy else { throw failure }
            return try endLegacy(root, emit)
        }
        for key in Unseen.members(ofFile: root, besides: FileSections.all + ["metadata", "created_at"]) {
            facts.unseen["$.\(key)", default: 0] += 1
        }
        let others = root["skills"] == nil ? [] : ["skills"]
        for key in FileSections.required + others where root[key]?.kind != .array {
            let isAbsent = root[key].map(\.isNull) ?? true
            try emit(LintFinding(LintRule.topKey, "$.\(key)", line: 1, detail: key, isMended: isAbsent))
        }
        for spot in FileMembers.spots(root) + Self.secrets(root) { try emit(spot.finding("$", line: nil)) }
        try checkForms(emit)
        try checkTools(emit)
        for agent in references { try check(agent, emit) }
    }

    private mutating func endLegacy(_ root: JSONValue, _ emit: (LintFinding) throws -> Void) throws {
        facts.isLegacy = true
        try emit(
            LintFinding(
                LintRule.legacy, "$", line: 1, detail: root["version"]?.string,
                severity: target.takesLegacy ? .note : nil))
        for spot in AgentSecrets.legacySpots(root) + Self.secrets(root) {
            try emit(spot.finding("$", line: nil))
        }
    }

    private static func secrets(_ root: JSONValue) -> [Spot] {
        let finds = Credentials.finds(in: root)
        return Credentials.spots(finds) + KeyShapes.spots(root, besides: finds.map(\.range))
    }

    private func check(_ agent: References, _ emit: (LintFinding) throws -> Void) throws {
        var labels: [String: String] = [:]
        for (place, id) in agent.blocks.enumerated() {
            let path = "\(agent.path).block_ids[\(place)]"
            guard let id, let label = blockLabels[id] else {
                try emit(LintFinding(LintRule.unknownBlock, path, line: agent.line, detail: id ?? "no text"))
                continue
            }
            if let other = labels.updateValue(id, forKey: label) {
                try emit(
                    LintFinding(
                        FileRule.blockTwice, path, line: agent.line, detail: label,
                        isMended: blockHashes[other] == blockHashes[id]))
            }
        }
        let known = Set(facts.tools.compactMap(\.id))
        for (place, id) in agent.tools.enumerated() where id.map({ !known.contains($0) }) ?? true {
            let path = "\(agent.path).tool_ids[\(place)]"
            try emit(LintFinding(LintRule.unknownTool, path, line: agent.line, detail: id ?? "no text"))
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
