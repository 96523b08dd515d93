import LosslessJSON

/// An agent of the file -> one that a server takes, as far as that can be
/// told from the file. Rows and their list are the writer's.
struct AgentMend {
    private(set) var node: JSONNode
    private(set) var changes: [Mended] = []
    private let agent: JSONValue
    private let target: LintTarget

    init(_ agent: JSONValue, place: Int, _ plan: MendPlan, _ target: LintTarget) throws {
        let (safe, cut) = try Credentials.cut(agent)
        var characters = CharacterMend(safe, own: ["messages"])
        self.agent = try characters.repaired()
        self.target = target
        changes = cut + characters.changes
        node = .shallow(self.agent)
        form(place, plan)
        settings()
        try toolRules()
        secrets()
        references(plan)
    }

    /// Its instructions, without what no server can keep.
    var system: String? { agent["system"]?.string }

    private mutating func set(_ rule: Rule, _ key: String, _ value: JSONNode?, says after: String? = nil) {
        changes.append(Mended(rule, key, agent[key], after ?? value?.text() ?? "none"))
        node[key] = value
    }

    private mutating func form(_ place: Int, _ plan: MendPlan) {
        if let id = plan.agentIDs.given[place] { set(LintRule.thingID, "id", .string(id)) }
        if let name = agent["name"], !AgentLint.isTaken(name) {
            set(FileRule.name, "name", .string(AgentFileShape.plainName(name.string ?? "")))
        }
        if let type = agent["agent_type"], type.isNull {
            set(LintRule.agentType, "agent_type", "letta_v1_agent")
        }
        for key in ["messages", "in_context_message_ids"] {
            guard let list = agent[key], list.kind != .array else { continue }
            set(LintRule.agentList, key, [])
        }
        if target.words != nil { changes += MemberTypes.mend(&node, agent, "agent") }
    }

    private mutating func settings() {
        guard let settings = agent["model_settings"], !settings.isNull else { return }
        guard !AgentLint.isKnown(settings, target.words) else { return }
        set(LintRule.provider, "model_settings", .null)
    }

    private mutating func toolRules() throws {
        guard let rules = agent["tool_rules"], rules.kind == .array, target.words != nil else { return }
        var list: [JSONNode] = []
        for (place, rule) in rules.elements.enumerated() {
            guard let former = rule["type"]?.string, let type = AgentLint.formerRuleTypes[former] else {
                list.append(JSONNode(rule))
                continue
            }
            list.append(rule.with("type", .string(type)))
            changes.append(Mended(LintRule.toolRule, "tool_rules[\(place)].type", former, type))
        }
        node["tool_rules"] = .array(list)
    }

    // MARK: Secrets

    /// No value is written, and none is said.
    private mutating func secrets() {
        let half = AgentSecrets.emptyHalf(of: agent)
        let halves = AgentSecrets.all(of: agent)
        for member in halves {
            let spots = member.spots().filter { $0.severity != .note }
            if !spots.isEmpty { node[member.key] = member.emptied }
            for spot in spots {
                changes.append(Mended(spot.rule, spot.key, "a value", "no value, names are kept"))
            }
        }
        guard let half else { return }
        let named = halves.first { $0.key != half }
        if let named { set(LintRule.secretsHalf, half, named.emptied) }
    }

    // MARK: References

    private mutating func references(_ plan: MendPlan) {
        let blocks = plan.facts.blocks
        let labels = Dictionary(blocks.map { ($0.id ?? "", $0.name) }, uniquingKeysWith: { $1 })
        var seen: [String: String] = [:]
        refer("block_ids", LintRule.unknownBlock, FileRule.blockTwice, plan.blockIDs, labels) { id in
            guard let label = labels[id], let earlier = seen.updateValue(id, forKey: label) else {
                return false
            }
            return plan.sameBlock(id) == plan.sameBlock(earlier)
        }
        let tools = Dictionary(plan.facts.tools.map { ($0.id ?? "", $0.name) }, uniquingKeysWith: { $1 })
        var taken: Set<String> = []
        refer("tool_ids", LintRule.unknownTool, FileRule.toolTwice, plan.toolIDs, tools) { id in
            !taken.insert(plan.tools.standIns[id] ?? id).inserted
        } standIn: {
            plan.tools.standIns[$0] ?? $0
        }
    }

    private mutating func refer(
        _ key: String, _ unknown: Rule, _ twice: Rule, _ numbers: ThingNumbers,
        _ known: [String: String], _ isTwice: (String) -> Bool, standIn: (String) -> String = { $0 }
    ) {
        guard let list = agent[key], list.kind == .array else { return }
        var ids: [JSONNode] = []
        for (place, element) in list.elements.enumerated() {
            guard let id = element.string, known[id] != nil else {
                changes.append(Mended(unknown, "\(key)[\(place)]", element, "left out"))
                continue
            }
            guard !isTwice(id) else {
                changes.append(
                    Mended(twice, "\(key)[\(place)]", id, "left out: the same stands there already"))
                continue
            }
            let meant = standIn(id)
            let now = numbers.now(meant)
            if now != id {
                changes.append(Mended(meant == id ? LintRule.thingID : twice, "\(key)[\(place)]", id, now))
            }
            ids.append(.string(now))
        }
        node[key] = .array(ids)
    }
}

/// Takes out of a thing what no server can keep.
struct CharacterMend {
    private let thing: JSONValue
    private let own: Set<String>
    private(set) var changes: [Mended] = []

    init(_ thing: JSONValue, own: Set<String> = []) {
        self.thing = thing
        self.own = own
    }

    mutating func repaired() throws -> JSONValue {
        var bytes = Array(thing.raw)
        for (target, rule) in [
            (EscapeScan.Target.nul, LintRule.shellNUL), (.loneSurrogate, LintRule.shellSurrogate),
        ] {
            guard EscapeScan.finds(target, in: bytes[...]) else { continue }
            for (key, value) in thing.members where !own.contains(key) {
                guard EscapeScan.finds(target, in: value.raw) else { continue }
                let isSecret = AgentSecrets.keys.contains(key)
                let fixed = String(decoding: EscapeScan.repaired(target, in: value.raw), as: UTF8.self)
                changes.append(Mended(rule, key, value, isSecret ? "none of them" : fixed))
            }
            bytes = EscapeScan.repaired(target, in: bytes[...])
        }
        return changes.isEmpty ? thing : try JSONDocument(bytes).root
    }
}

/// Blocks and tools.
enum ThingMend {
    static func block(
        _ block: JSONValue, place: Int, _ plan: MendPlan, _ target: LintTarget
    ) throws -> (JSONNode, [Mended]) {
        var characters = CharacterMend(block)
        var node = JSONNode.shallow(try characters.repaired())
        var changes = characters.changes
        number(&node, &changes, block, plan.blockIDs.given[place])
        if target.words != nil { changes += MemberTypes.mend(&node, block, "block") }
        return (node, changes)
    }

    /// Nil: an earlier tool of that name stands for it.
    static func tool(
        _ tool: JSONValue, place: Int, _ plan: MendPlan, _ target: LintTarget
    ) throws -> (JSONNode?, [Mended]) {
        guard !plan.tools.leftOut.contains(place) else {
            let name = tool["name"]?.string ?? ""
            let rules = plan.tools.sameIDs.contains(place) ? [LintRule.thingTwice] : []
            return (
                nil,
                (rules + [FileRule.toolTwice]).map {
                    Mended(
                        $0, "", "a second tool \(name)", "left out: the first, which says the same, is kept")
                }
            )
        }
        var characters = CharacterMend(tool)
        var node = JSONNode.shallow(try characters.repaired())
        var changes = characters.changes
        number(&node, &changes, tool, plan.toolIDs.given[place])
        if target.words != nil { changes += MemberTypes.mend(&node, tool, "tool") }
        for (key, value) in tool.members where !target.toolKeys.contains(key) {
            node[key] = .none
            changes.append(Mended(FileRule.toolKey, key, value, "left out"))
        }
        if tool["source_type"]?.string == nil {
            changes.append(Mended(FileRule.toolSourceType, "source_type", tool["source_type"], "\"python\""))
            node["source_type"] = "python"
        }
        return (node, changes)
    }

    private static func number(
        _ node: inout JSONNode, _ changes: inout [Mended], _ thing: JSONValue, _ id: String?
    ) {
        guard let id else { return }
        node["id"] = .string(id)
        changes.append(Mended(LintRule.thingID, "id", thing["id"], id))
    }
}
