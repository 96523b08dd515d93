import LettaModel
import LosslessJSON

/// The form of one agent, from before version 2 -> version 2, as far as the
/// two differ in form alone. What its rows lack is for the rules to mend.
///
/// **Bounds**: one row, and the agent with its blocks and tools.
/// **Source**: files that 0.6.47, 0.7.10, 0.10.0 and 0.11.7 wrote, and the
/// schema that 0.16.8 still has of them.
public struct LegacyConverter {
    private let name: String
    private let target: LintTarget
    private let sink: ([UInt8]) throws -> Void
    private var stream: AgentFileStream
    private var rows = LegacyRows()

    public init(name: String, target: LintTarget, to sink: @escaping ([UInt8]) throws -> Void) {
        self.name = name
        self.target = target
        self.sink = sink
        stream = AgentFileStream(name: name, streaming: ["$.messages[*]"])
    }

    /// Throws `agent-file-unreadable`, and what the sink throws.
    public mutating func feed(_ chunk: [UInt8]) throws {
        try stream.feed(chunk) { element, _ in try sink(try rows.next(element, name)) }
    }

    /// - Returns: what differs but for form: what is left out, what is emptied.
    ///
    /// Throws `agent-file-unreadable`, also for what is version 2 already,
    /// and what the sink throws.
    public mutating func finish() throws -> [MendChange] {
        let root = try stream.finish { element, _ in try sink(try rows.next(element, name)) }.root
        try check(root)
        if rows.count == 0 { try sink(Array(LegacyRows.head.utf8)) }
        var shell = LegacyShell(root, target)
        var agent = shell.agent().bytes()
        agent[0] = UInt8(ascii: ",")
        try sink(Array("\n]".utf8) + agent + Array("],\n".utf8))
        try sink(Array(shell.rest().bytes().dropFirst()))
        return shell.changes
    }

    private func check(_ root: JSONValue) throws {
        guard root["agents"] == nil else {
            throw SniffedFile.unreadable(
                name, "the file has the form of version 2 already",
                "if a server refuses it: ferry mend \(ShellWord.quoted(name)) -o NEW.af")
        }
        let failure = SniffedFile.noAgents(root, name: name)
        guard failure.code == .agentFileLegacy else { throw failure }
    }
}

/// Rows in their order, numbered by it.
private struct LegacyRows {
    static let head = "{\"agents\":[\n{\"messages\":["
    private(set) var count = 0

    mutating func next(_ element: JSONElement, _ name: String) throws -> [UInt8] {
        guard let row = try? JSONDocument(element.bytes).root, row.kind == .object else {
            throw SniffedFile.unreadable(
                name, "$.messages[\(count)] is no JSON object",
                "export the agent again where it comes from")
        }
        var node = JSONNode.shallow(row)
        node["id"] = .string("message-\(count)")
        node["type"] = "message"
        node["updated_at"] = .none
        if row["content"].map(\.isNull) ?? true, let text = row["text"]?.string {
            node["content"] = [.textPart(text)]
            node["text"] = .none
        }
        defer { count += 1 }
        return Array((count == 0 ? Self.head + "\n" : ",\n").utf8) + node.bytes()
    }
}

/// Everything but the rows.
private struct LegacyShell {
    private let root: JSONValue
    private let target: LintTarget
    private(set) var changes: [MendChange] = []
    private var tools: [JSONNode] = []
    private var blocks: [JSONNode] = []

    init(_ root: JSONValue, _ target: LintTarget) {
        self.root = root
        self.target = target
        let version = root["version"]?.string ?? "an unknown version"
        say(LintRule.legacy, "$", "the form of one agent, written by Letta \(version)", "version 2")
        convertBlocks()
        convertTools()
        leaveOut()
    }

    private mutating func say(_ rule: Rule, _ path: String, _ before: String, _ after: String) {
        changes.append(MendChange(rule, path, line: nil, before: before, after: after))
    }

    // MARK: Blocks and tools

    private mutating func convertBlocks() {
        let memory = root["core_memory"]
        // Files of the 0.5 series have an object, by label.
        let list = memory?.elements.map { ($0["label"]?.string, $0) } ?? []
        let named = memory?.members.map { (Optional($0.key), $0.value) } ?? []
        for (label, block) in list + named {
            var node: JSONNode = ["id": .string("block-\(blocks.count)")]
            node["label"] = label.map { .string($0) }
            node["value"] = (block["value"] ?? (block.kind == .string ? block : nil)).map { JSONNode($0) }
            for key in ["limit", "description", "is_template", "template_name", "read_only"] {
                node[key] = block[key].flatMap(\.present)
            }
            node["metadata"] = (block["metadata_"] ?? block["metadata"]).flatMap(\.present)
            blocks.append(node)
        }
    }

    /// Who made a tool and when is the server's to say.
    private static let dropped: Set<String> = [
        "id", "created_at", "updated_at", "created_by_id", "last_updated_by_id", "organization_id", "module",
    ]

    private mutating func convertTools() {
        for (place, tool) in (root["tools"]?.elements ?? []).enumerated() {
            let name = tool["name"]?.string ?? ""
            let type = tool["tool_type"]?.string ?? "custom"
            if let known = target.words?.ownTools[type], !known.contains(name) {
                say(
                    LintRule.coreTool, "$.tools[\(place)]", "Letta's own tool \(name)",
                    "left out: Letta \(target.version) has none of that name")
                continue
            }
            var node: JSONNode = ["id": .string("tool-\(tools.count)")]
            for (key, value) in tool.members where !Self.dropped.contains(key) { node[key] = JSONNode(value) }
            tools.append(node)
        }
    }

    private mutating func leaveOut() {
        for key in ["identities", "groups", "multi_agent_group", "sources"] {
            guard let value = root[key], !value.isNull, value.kind != .array || value.count > 0 else {
                continue
            }
            let count = value.kind == .array ? "\(value.count) of them" : "one"
            say(LintRule.legacy, "$.\(key)", count, "left out: they name what is on another server")
        }
    }

    // MARK: The agent

    /// Under the same name in both forms.
    private static let kept = [
        "name", "system", "description", "llm_config", "embedding_config", "message_buffer_autoclear",
        "tool_rules", "timezone", "response_format",
    ]

    mutating func agent() -> JSONNode {
        var node: JSONNode = ["id": "agent-0"]
        for key in Self.kept { node[key] = root[key].flatMap(\.present) }
        // Letta 0.16.8 takes none for an agent whose text is its reply.
        node["agent_type"] = root["agent_type"].flatMap(\.present) ?? "memgpt_agent"
        node["metadata"] = (root["metadata_"] ?? root["metadata"]).flatMap(\.present)
        node["tags"] = .array(
            (root["tags"]?.elements ?? []).compactMap { ($0["tag"] ?? $0).string.map { .string($0) } })
        node["in_context_message_ids"] = .array(
            (root["in_context_message_indices"]?.elements ?? []).compactMap { index in
                index.int.map { .string("message-\($0)") }
            })
        node["block_ids"] = .array(blocks.compactMap { $0["id"] })
        node["tool_ids"] = .array(tools.compactMap { $0["id"] })
        let secrets = secrets()
        node["secrets"] = secrets
        node["tool_exec_environment_variables"] = secrets
        return node
    }

    /// Names alone: no value is written.
    private mutating func secrets() -> JSONNode {
        let variables = root["tool_exec_environment_variables"]
        let named = (variables?.elements ?? []).compactMap { item in
            item["key"]?.string.map { ($0, item["value"]) }
        }
        let all = named + (variables?.members.map { ($0.key, Optional($0.value)) } ?? [])
        var names: JSONNode = [:]
        for (name, value) in all {
            names[name] = ""
            guard value?.string.map(AgentSecrets.isShown) ?? false else { continue }
            say(
                LintRule.secretInClear, "$.tool_exec_environment_variables.\(name)", "a value",
                "no value, the name is kept")
        }
        return names
    }

    func rest() -> JSONNode {
        [
            "groups": [], "blocks": .array(blocks), "files": [], "sources": [], "tools": .array(tools),
            "mcp_servers": [],
        ]
    }
}
