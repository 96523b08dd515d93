import LosslessJSON

/// Everything of a file from before version 2 but its rows.
struct LegacyShell {
    private let root: JSONValue
    private let target: LintTarget
    private var changes: [MendChange] = []
    private var tools: [JSONNode] = []
    private var blocks: [JSONNode] = []
    private var blockPaths: [String] = []
    private var toolPaths: [String] = []
    private var contextPlaces: [Int] = []

    init(_ root: JSONValue, _ target: LintTarget) {
        self.root = root
        self.target = target
        let version = root["version"]?.string ?? "an unknown version"
        say("$", "the form of one agent, written by Letta \(version)", "version 2")
        convertBlocks()
        convertTools()
        leaveOut()
    }

    private mutating func say(
        _ path: String, _ before: String, _ after: String, _ rule: Rule = LintRule.legacy
    ) {
        changes.append(MendChange(rule, path, line: nil, before: before, after: after))
    }

    private mutating func say(_ path: String, _ before: JSONValue, _ key: String, _ after: String) {
        say(path, Credentials.shown(before, of: key), after)
    }

    // MARK: Blocks and tools

    private static let blockKeys = ["limit", "description", "is_template", "template_name", "read_only"]

    private mutating func convertBlocks() {
        let memory = root["core_memory"]
        // Files of the 0.5 series have an object, by label.
        let list =
            memory?.elements.enumerated().map { ($1["label"]?.string, $1, "$.core_memory[\($0)]") } ?? []
        let named = memory?.members.map { (Optional($0.key), $0.value, "$.core_memory.\($0.key)") } ?? []
        for (label, block, path) in list + named {
            var node: JSONNode = ["id": .string("block-\(blocks.count)")]
            node["label"] = label.map { .string($0) }
            node["value"] = (block["value"] ?? (block.kind == .string ? block : nil)).map { JSONNode($0) }
            for key in Self.blockKeys { node[key] = block[key].flatMap(\.present) }
            node["metadata"] = (block["metadata_"] ?? block["metadata"]).flatMap(\.present)
            blocks.append(node)
            blockPaths.append(path)
        }
        guard let memory, !memory.isNull else { return }
        say("$.core_memory", "\(blocks.count) of them", "`blocks`, and `block_ids` of the agent")
        let known = Set(Self.blockKeys + ["label", "value", "metadata", "metadata_"])
        let each = memory.kind == .array ? "[*]" : ".*"
        sayLeftOut((list + named).map(\.1), besides: known, in: "$.core_memory\(each)")
    }

    /// Who made a tool and when is the server's to say.
    private static let dropped: Set<String> = [
        "id", "created_at", "updated_at", "created_by_id", "last_updated_by_id", "organization_id", "module",
    ]

    private mutating func convertTools() {
        let all = root["tools"]?.elements ?? []
        for (place, tool) in all.enumerated() {
            let name = tool["name"]?.string ?? ""
            let type = tool["tool_type"]?.string ?? "custom"
            if let known = target.words?.ownTools[type], !known.contains(name) {
                say(
                    "$.tools[\(place)]", "Letta's own tool \(name)",
                    "left out: Letta \(target.version) has none of that name", LintRule.coreTool)
                continue
            }
            var node: JSONNode = ["id": .string("tool-\(tools.count)")]
            for (key, value) in tool.members where !Self.dropped.contains(key) { node[key] = JSONNode(value) }
            tools.append(node)
            toolPaths.append("$.tools[\(place)]")
        }
        guard !all.isEmpty else { return }
        say("$.tools", "\(all.count) of them", "\(tools.count) with ids, and `tool_ids` of the agent")
        let kept = Set(all.flatMap(\.members).map(\.key)).subtracting(Self.dropped)
        sayLeftOut(all, besides: kept, in: "$.tools[*]")
    }

    /// One line for a member, however many things have it.
    private mutating func sayLeftOut(_ things: [JSONValue], besides known: Set<String>, in path: String) {
        var counts: [String: Int] = [:]
        for thing in things {
            for (key, value) in thing.members where !known.contains(key) && !value.isNull {
                counts[key, default: 0] += 1
            }
        }
        for (key, count) in counts.sorted(by: { $0.key < $1.key }) {
            say("\(path).\(key)", "\(count) of them", "left out: version 2 has no place for it")
        }
    }

    /// What names things on another server, and what has no place.
    private mutating func leaveOut() {
        for (key, value) in root.members where !Self.members.contains(key) && !Self.isEmpty(value) {
            let isForeign = ["identities", "groups", "multi_agent_group", "sources"].contains(key)
            let after =
                isForeign
                ? "left out: they name what is on another server" : "left out: version 2 has no place for it"
            // Whatever it is: its value may be a secret under a name that nobody knows.
            say("$.\(key)", value.kind == .array ? "\(value.count) of them" : "a value", after)
        }
    }

    private static func isEmpty(_ value: JSONValue) -> Bool {
        value.isNull || ([.array, .object].contains(value.kind) && value.count == 0)
    }

    // MARK: The agent

    /// Under the same name in both forms.
    private static let kept = [
        "name", "system", "description", "llm_config", "embedding_config", "message_buffer_autoclear",
        "tool_rules", "timezone", "response_format",
    ]

    /// Those that have a place, and the version, which is said.
    private static let members = Set(
        kept + [
            "agent_type", "core_memory", "in_context_message_indices", "messages", "metadata", "metadata_",
            "secrets", "tags", "tool_exec_environment_variables", "tools", "version",
        ])

    mutating func agent() -> JSONNode {
        var node: JSONNode = ["id": "agent-0"]
        for key in Self.kept { node[key] = root[key].flatMap(\.present) }
        // Letta 0.16.8 takes none for an agent whose text is its reply.
        node["agent_type"] = root["agent_type"].flatMap(\.present) ?? "memgpt_agent"
        if root["agent_type"].flatMap(\.present) == nil {
            say("$.agent_type", "none", "memgpt_agent, the only kind there was")
        }
        node["metadata"] = (root["metadata_"] ?? root["metadata"]).flatMap(\.present)
        if root["metadata_"].flatMap(\.present) != nil {
            say("$.metadata_", "metadata_", "metadata")
            if let other = root["metadata"], !Self.isEmpty(other) {
                say("$.metadata", "a value", "left out: `metadata_` has its place")
            }
        }
        node["tags"] = tags()
        node["in_context_message_ids"] = context()
        node["block_ids"] = .array(blocks.compactMap { $0["id"] })
        node["tool_ids"] = .array(tools.compactMap { $0["id"] })
        let secrets = secrets()
        node["secrets"] = secrets
        node["tool_exec_environment_variables"] = secrets
        return node
    }

    private mutating func tags() -> JSONNode {
        let all = root["tags"]?.elements ?? []
        let words = all.map { ($0["tag"] ?? $0).string }
        if all.contains(where: { $0.kind == .object }) { say("$.tags", "\(all.count) of them", "words") }
        for (place, word) in words.enumerated() where word == nil {
            say("$.tags[\(place)]", all[place], "tags", "left out: it is no text")
        }
        return .array(words.compactMap { $0.map { .string($0) } })
    }

    private mutating func context() -> JSONNode {
        let all = root["in_context_message_indices"]?.elements ?? []
        if !all.isEmpty {
            say("$.in_context_message_indices", "\(all.count) of them", "`in_context_message_ids`")
        }
        for (place, index) in all.enumerated() where index.int == nil {
            say(
                "$.in_context_message_indices[\(place)]", index, "in_context_message_indices",
                "left out: it is no number of a row")
        }
        contextPlaces = all.indices.filter { all[$0].int != nil }
        return .array(all.compactMap { $0.int.map { .string("message-\($0)") } })
    }

    /// Names alone: no value is written.
    private mutating func secrets() -> JSONNode {
        var names: JSONNode = [:]
        for key in ["tool_exec_environment_variables", "secrets"] {
            let listed = (root[key]?.elements ?? []).map {
                ($0["key"]?.string ?? $0["name"]?.string, $0["value"])
            }
            let named = (root[key]?.members ?? []).map { (Optional($0.key), Optional($0.value)) }
            for (name, value) in listed + named {
                if let name { names[name] = "" }
                let hasValue = value?.string.map(AgentSecrets.isShown) ?? !(value.map(\.isNull) ?? true)
                guard hasValue || name == nil else { continue }
                say(
                    "$.\(key).\(name ?? "unnamed")", hasValue ? "a value" : "no name",
                    name == nil ? "left out: it has no name" : "no value, the name is kept",
                    LintRule.secretInClear)
            }
        }
        return names
    }

    // MARK: The rest

    func rest() -> JSONNode {
        [
            "groups": [], "blocks": .array(blocks), "files": [], "sources": [], "tools": .array(tools),
            "mcp_servers": [],
        ]
    }

    /// - Parameter first: what the text around the JSON had.
    mutating func ended(_ rows: LegacyRows, _ first: [MendChange]) -> LegacyChanges {
        if rows.count > 0 {
            let last = rows.count == 1 ? "message-0" : "message-0 to message-\(rows.count - 1)"
            say("$.messages", "\(rows.count) of them, told apart by their place", "ids: \(last)")
        }
        if rows.ids > 0 { say("$.messages[*].id", "\(rows.ids) of them", "numbered by their place") }
        if rows.updated > 0 {
            say(
                "$.messages[*].updated_at", "\(rows.updated) of them",
                "left out: version 2 has no place for it")
        }
        for place in rows.texts {
            say("$.messages[\(place)].text", "a text", "`content`: one part of type text")
        }
        return LegacyChanges(
            changes: first + changes, blocks: blockPaths, tools: toolPaths, context: contextPlaces)
    }
}
