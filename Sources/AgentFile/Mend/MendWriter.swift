import LettaModel
import LosslessJSON

/// Reads a file once more and writes the mended one: what no rule finds goes
/// through byte for byte, but for white space.
///
/// **Bounds**: one element of the file's lists, and what is in no list.
public struct MendWriter {
    private var stream: AgentFileStream
    private var walk: MendWalk

    public init(
        name: String, plan: MendPlan, target: LintTarget, to sink: @escaping ([UInt8]) throws -> Void
    ) {
        stream = AgentFileStream(
            name: name, streaming: ["$.agents[*].messages[*]"] + FileSections.elements)
        walk = MendWalk(name: name, plan: plan, target: target, sink: sink)
    }

    /// Throws `agent-file-unreadable`, and what the sink throws.
    public mutating func feed(_ chunk: [UInt8], _ emit: (MendChange) -> Void) throws {
        try stream.feed(chunk) { try walk.take($0, line: $1, emit) }
    }

    /// - Returns: how many rows were written.
    ///
    /// Throws `agent-file-unreadable`, and what the sink throws.
    public mutating func finish(_ emit: (MendChange) -> Void) throws -> Int {
        let rest = try stream.finish { try walk.take($0, line: $1, emit) }
        try walk.end(rest.root, emit)
        return walk.rows
    }
}

/// The file as it grows.
private struct MendWalk {
    let name: String
    let plan: MendPlan
    let target: LintTarget
    let sink: ([UInt8]) throws -> Void
    private(set) var rows = 0
    private var numbers = RowNumbers()
    /// The list that is being written, and those that are done.
    private var section: String?
    private var done: Set<String> = []
    /// The place of the last element in it.
    private var lastPlace = -1
    private var agent: Agent?

    private struct Agent {
        let place: Int
        var preceding = Preceding()
        var rows = 0
        var last = -1
    }

    init(
        name: String, plan: MendPlan, target: LintTarget, sink: @escaping ([UInt8]) throws -> Void
    ) {
        self.name = name
        self.plan = plan
        self.target = target
        self.sink = sink
    }

    mutating func take(_ element: JSONElement, line: Int?, _ emit: (MendChange) -> Void) throws {
        guard element.path > 0 else { return try row(element, line, emit) }
        let section = FileSections.all[element.path - 1]
        let place = element.indices[0]
        let path = "$.\(section)[\(place)]"
        guard self.section != section || place > lastPlace || section == "agents" else {
            throw twice(section)
        }
        lastPlace = place
        let raw = try JSONDocument(element.bytes).root
        if section == "agents" { return try endAgent(raw, place, line, emit) }
        let (thing, cut) = try Credentials.cut(raw, isConfig: section == "mcp_servers")
        var changes = cut
        switch section {
        case "blocks":
            let (node, mended) = try ThingMend.block(thing, place: place, plan, target)
            changes += mended
            try write(node.bytes(), in: section)
        case "tools":
            let (node, mended) = try ThingMend.tool(thing, place: place, plan, target)
            changes += mended
            if let node { try write(node.bytes(), in: section) }
        case "groups": try write(group(thing).bytes(), in: section)
        default: try write(Array(thing.raw), in: section)
        }
        changes.forEach { emit($0.change(path, line: line)) }
    }

    // MARK: Lists

    private mutating func write(_ bytes: [UInt8], in list: String) throws {
        if section != list { try open(list) } else { try put(",\n") }
        try sink(bytes)
    }

    private mutating func open(_ list: String) throws {
        if section != nil { try put("\n]") }
        guard done.insert(list).inserted else { throw twice(list) }
        try put(section == nil ? "{\"\(list)\":[\n" : ",\n\"\(list)\":[\n")
        section = list
    }

    private func put(_ text: String) throws { try sink(Array(text.utf8)) }

    private func twice(_ member: String) -> Failure {
        SniffedFile.unreadable(
            name, "the member `\(member)` stands in it twice", "take one of them out by hand")
    }

    // MARK: Agents and rows

    private mutating func beginAgent(_ place: Int) throws {
        guard agent?.place != place else { return }
        if section != "agents" { try open("agents") } else { try put(",\n") }
        try put("{\"messages\":[")
        agent = Agent(place: place)
    }

    private mutating func row(_ element: JSONElement, _ line: Int?, _ emit: (MendChange) -> Void) throws {
        let place = element.indices[0]
        try beginAgent(place)
        var state = agent ?? Agent(place: place)
        guard element.indices[1] > state.last else { throw twice("messages") }
        let row = try MendedRow(element, name: name, &numbers, &state.preceding)
        state.last = row.ordinal
        agent = state
        for change in row.draft.changes { emit(Self.announced(change, row.path, line)) }
        if row.isLeftOut, let rule = row.draft.withheldBy {
            let before = String(decoding: row.draft.view.value.raw.prefix(400), as: UTF8.self)
            return emit(
                MendChange(rule, row.path, line: line, before: before, after: "left out: it holds nothing"))
        }
        try writeRow(bytes(of: row, line, emit))
        for added in plan.agents[place].added[row.ordinal] ?? [] { try writeRow(added) }
    }

    private func bytes(of row: MendedRow, _ line: Int?, _ emit: (MendChange) -> Void) -> [UInt8] {
        guard let rule = row.idRule else { return row.draft.view.document.bytes }
        let id = row.id.text(base: plan.base)
        emit(
            MendChange(
                rule, "\(row.path).id", line: line, before: row.sourceID.isEmpty ? "none" : row.sourceID,
                after: id))
        return RowSplice.setting(["id": JSONNode.string(id).bytes()], in: row.draft.view.document)
    }

    private mutating func writeRow(_ bytes: [UInt8]) throws {
        try put((agent?.rows ?? 0) == 0 ? "\n" : ",\n")
        try sink(bytes)
        agent?.rows += 1
        rows += 1
    }

    private static let rules = Dictionary(RowRule.table.map { ($0.rule.id, $0.rule) }) { first, _ in first }

    private static func announced(_ change: AnnouncedChange, _ path: String, _ line: Int?) -> MendChange {
        func sole(_ text: String) -> (key: String, value: String)? {
            guard let members = try? JSONDocument(text).root.members, members.count == 1 else { return nil }
            return (members[0].key, String(decoding: members[0].value.raw.prefix(400), as: UTF8.self))
        }
        let before = sole(change.before)
        let after = sole(change.after)
        let key = before?.key ?? after?.key
        let isOne = key != nil && (after == nil || before == nil || after?.key == before?.key)
        return MendChange(
            rules[change.rule] ?? PairRule.rule, isOne ? "\(path).\(key ?? "")" : path, line: line,
            before: isOne ? before?.value ?? "none" : change.before,
            after: isOne ? after?.value ?? "none" : change.after)
    }

    private mutating func endAgent(
        _ thing: JSONValue, _ place: Int, _ line: Int?, _ emit: (MendChange) -> Void
    ) throws {
        try beginAgent(place)
        let plan = plan.agents[place]
        let mend = try AgentMend(thing, place: place, self.plan, target)
        let path = "$.agents[\(place)]"
        for change in mend.changes { emit(change.change(path, line: line)) }
        for change in plan.changes {
            emit(change.change(path, line: change.key.hasPrefix("messages[") ? nil : line))
        }
        var context = plan.context
        if let made = systemRow(plan, mend.system, path, line, emit) {
            try writeRow(made.bytes)
            context.insert(made.id, at: 0)
        }
        var node = mend.node
        node["messages"] = .none
        node["in_context_message_ids"] = .array(context.map { .string($0) })
        var rest = node.bytes()
        rest[0] = UInt8(ascii: ",")
        try put("\n]")
        try sink(rest)
        agent = nil
    }

    /// The agent's instructions as a row, for a history without any.
    private func systemRow(
        _ plan: MendPlan.Agent, _ system: String?, _ path: String, _ line: Int?,
        _ emit: (MendChange) -> Void
    ) -> (bytes: [UInt8], id: String)? {
        guard let id = plan.systemRowID, let system else { return nil }
        var row: JSONNode = [
            "id": .string(id), "type": "message", "role": "system", "content": [.textPart(system)],
        ]
        if let time = plan.lastTime { row["created_at"] = .string(time) }
        emit(
            MendChange(
                ContextRule.beginsWithSystem, "\(path).in_context_message_ids", line: line,
                before: "no system row in the history",
                after: "a system row made of the agent's instructions, in front"))
        return (row.bytes(), id)
    }

    /// Groups refer to agents and blocks.
    private func group(_ group: JSONValue) -> JSONNode {
        var node = JSONNode.shallow(group)
        for (key, numbers) in [("agent_ids", plan.agentIDs), ("shared_block_ids", plan.blockIDs)] {
            guard let ids = group[key], ids.kind == .array, !numbers.renamed.isEmpty else { continue }
            node[key] = .array(
                ids.elements.map { id in
                    id.string.map { .string(numbers.now($0)) } ?? JSONNode(id)
                })
        }
        return node
    }

    // MARK: The rest

    mutating func end(_ root: JSONValue, _ emit: (MendChange) -> Void) throws {
        MendChange.wrapping(hasOrderMark: plan.facts.hasOrderMark, isWrapped: plan.facts.isWrapped)
            .forEach(emit)
        let (root, cut) = try Credentials.cut(root)
        cut.forEach { emit($0.change("$", line: nil)) }
        var members: [JSONMember] = []
        if !done.contains("agents") { members.append(JSONMember(key: "agents", value: [])) }
        members += lists(root, emit)
        for (key, value) in root.members where !done.contains(key) && !FileSections.all.contains(key) {
            if let node = member(key, value, emit) { members.append(JSONMember(key: key, value: node)) }
        }
        try put(section == nil ? "{" : "\n]")
        for (place, member) in members.enumerated() {
            try put(section == nil && place == 0 ? "" : ",\n")
            try sink(Array(JSONNode.object([member]).bytes().dropFirst().dropLast()))
        }
        try put("}\n")
    }

    /// Lists of which nothing was written.
    private func lists(_ root: JSONValue, _ emit: (MendChange) -> Void) -> [JSONMember] {
        FileSections.all.dropFirst().filter { !done.contains($0) }.compactMap { key in
            let value = root[key]
            if value.map(\.isNull) ?? (key != "skills") {
                let before = value == nil ? "none" : "null"
                emit(MendChange(LintRule.topKey, "$.\(key)", line: 1, before: before, after: "[]"))
                return JSONMember(key: key, value: [])
            }
            return value.map { JSONMember(key: key, value: JSONNode($0)) }
        }
    }

    private func member(_ key: String, _ value: JSONValue, _ emit: (MendChange) -> Void) -> JSONNode? {
        let spots = FileMembers.spots(key, value)
        guard let spot = spots.first else { return JSONNode(value) }
        let before = String(decoding: value.raw.prefix(400), as: UTF8.self)
        var node: JSONNode?
        if value.kind == .object {
            node = .object(
                value.members.map { name, value in
                    let text = String(decoding: value.raw, as: UTF8.self)
                    return JSONMember(
                        key: name, value: value.kind == .string ? JSONNode(value) : .string(text))
                })
        }
        emit(
            MendChange(
                spot.rule, "$.\(key)", line: nil, before: before, after: node?.text() ?? "left out"))
        return node
    }
}
