import LettaModel
import LosslessJSON

/// The agent object of the file, without its rows and its context.
struct AgentSection {
    private(set) var node: JSONNode = .object([])
    private(set) var changes: [AnnouncedChange] = []
    let type: String
    let system: String
    let secretNames: [String]
    let secretsInFile: [String]
    let model: String?
    let embedding: String?
    let contextWindow: Int?
    private(set) var compactionModel: String?

    /// Members that an export fills in and import honours.
    private static let kept = [
        "description", "metadata", "timezone", "response_format", "message_buffer_autoclear",
        "max_files_open",
        "per_file_view_window_char_limit", "tool_rules", "hidden", "system",
    ]

    init(_ parts: SourceParts, _ choices: AgentFileChoices, blockIDs: [String], toolIDs: [String])
        throws(Failure)
    {
        type = try Self.agentType(parts, choices)
        system = parts["system"]?.string ?? ""
        secretNames = Self.secretNames(parts)
        secretsInFile = secretNames.filter(choices.secretNames.contains)
        let llm = parts["llm_config"]
        let embedder = parts["embedding_config"]
        model = parts.state?["model"]?.string ?? llm?["handle"]?.string
        embedding = parts.state?["embedding"]?.string ?? embedder?["handle"]?.string
        contextWindow = llm?["context_window"]?.int
        guard choices.model != nil || llm?.kind == .object else { throw Self.modelFailure }
        announceType(parts, choices)
        let config = stripped(llm, "model_endpoint", "model", given: choices.model, of: model)
        let embeddingConfig = stripped(
            embedder, "embedding_endpoint", "embedding", given: choices.embedding, of: embedding)
        let compaction = compaction(parts, choices)

        node["id"] = "agent-0"
        node["name"] = .string(choices.name)
        node["agent_type"] = .string(type)
        for key in Self.kept { node[key] = parts[key].map { JSONNode($0) } }
        if parts["tool_rules"] == nil { node["tool_rules"] = [] }
        if let converted = choices.conversion?.toolRules(parts["tool_rules"]) {
            node["tool_rules"] = converted.rules
            changes += converted.changes
        }
        node["tags"] = Self.tags(parts["tags"], choices.markerTags)
        node["llm_config"] = choices.conversion == nil ? config : Self.withoutThoughtsInCalls(config)
        node["embedding_config"] = embeddingConfig
        node["compaction_settings"] = compaction
        node["secrets"] = emptySecrets
        node["tool_exec_environment_variables"] = emptySecrets
        node["block_ids"] = .array(blockIDs.map { .string($0) })
        node["tool_ids"] = .array(toolIDs.map { .string($0) })
        for (key, value) in Self.fixed { node[key] = value }
    }

    /// What an export always writes so, and what this version leaves behind.
    private static let fixed: [(String, JSONNode)] = [
        ("memory_blocks", []), ("tools", []), ("source_ids", []), ("folder_ids", nil), ("identity_ids", nil),
        ("files_agents", []), ("group_ids", []), ("initial_message_sequence", nil),
        ("include_base_tools", false),
        ("include_multi_agent_tools", false), ("include_base_tool_rules", false),
        ("include_default_source", false),
        ("enable_sleeptime", false), ("model", nil), ("embedding", nil), ("model_settings", nil),
        ("project_id", nil), ("template_id", nil), ("base_template_id", nil),
    ]

    private static func agentType(_ parts: SourceParts, _ choices: AgentFileChoices) throws(Failure) -> String
    {
        let chosen = choices.conversion == nil ? choices.agentType : LegacyAgent.successor
        let type = chosen ?? parts["agent_type"]?.string ?? "letta_v1_agent"
        if let known = choices.agentTypes, !known.contains(type) {
            throw Failure(
                .agentTypeUnknown, subject: "agent type \(type)", reason: "the target does not know it",
                remedy: "load with `--agent-type letta_v1_agent`, or use a newer target")
        }
        return type
    }

    private static let modelFailure = Failure(
        .modelUnknown, subject: "the agent", reason: "neither the source nor the options name a model",
        remedy: "give the handle of one with `--model`; `ferry plan` lists the target's")

    private mutating func announceType(_ parts: SourceParts, _ choices: AgentFileChoices) {
        let before = parts["agent_type"]?.string
        guard before != type else { return }
        let chosen = choices.conversion == nil ? FileRule.agentTypeChosen : LegacyRule.type
        let rule = before == nil ? FileRule.agentType : chosen
        changes.append(AnnouncedChange(item: "agent", rule: rule.id, before: before ?? "none", after: type))
    }

    /// The new loop asks for no thoughts among a call's arguments; 0.16.8 sees
    /// to it by itself.
    private static func withoutThoughtsInCalls(_ config: JSONNode) -> JSONNode {
        guard config["put_inner_thoughts_in_kwargs"] != nil else { return config }
        var config = config
        config["put_inner_thoughts_in_kwargs"] = false
        return config
    }

    /// Names from every place that has them, each once.
    private static func secretNames(_ parts: SourceParts) -> [String] {
        let kept = ["secrets", "tool_exec_environment_variables"]
        let fromShell = kept.flatMap { parts.shellAgent?[$0]?.members.map(\.key) ?? [] }
        let fromState = kept.flatMap { parts.state?[$0]?.elements.compactMap { $0["key"]?.string } ?? [] }
        return Array(Set(fromShell + fromState)).sorted()
    }

    private var emptySecrets: JSONNode {
        .object(secretsInFile.map { JSONMember(key: $0, value: "") })
    }

    private static func tags(_ own: JSONValue?, _ markers: [String]) -> JSONNode {
        let tags = own?.elements.compactMap(\.string) ?? []
        return .array((tags + markers.filter { !tags.contains($0) }).map { .string($0) })
    }

    /// A config without the source's address, where the server writes a new one.
    private mutating func stripped(
        _ config: JSONValue?, _ endpoint: String, _ rule: String, given: String?, of own: String?
    ) -> JSONNode {
        guard let config, config.kind == .object else { return .null }
        guard let given else { return JSONNode(config) }
        if given != own {
            changes.append(AnnouncedChange(item: "agent", rule: rule, before: own ?? "none", after: given))
        }
        guard let address = config[endpoint]?.string else { return JSONNode(config) }
        changes.append(
            AnnouncedChange(
                item: "agent", rule: FileRule.endpoint.id, before: "\(endpoint) \(Self.origin(of: address))",
                after: "\(endpoint) of the target"))
        return config.with(endpoint, nil)
    }

    /// Scheme and host: an address may hold a key in its user or query part.
    private static func origin(of address: String) -> String {
        guard let scheme = address.firstRange(of: "://") else { return "without a scheme" }
        let host = address[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let bare = host.split(separator: "@").last ?? ""
        return String(address[..<scheme.upperBound]) + bare
    }

    private mutating func compaction(_ parts: SourceParts, _ choices: AgentFileChoices) -> JSONNode {
        guard let settings = parts["compaction_settings"], settings.kind == .object else { return .null }
        compactionModel = settings["model"]?.string
        guard let given = choices.model, let own = compactionModel, own == model, own != given else {
            return JSONNode(settings)
        }
        compactionModel = given
        changes.append(
            AnnouncedChange(item: "agent", rule: FileRule.compactionModel.id, before: own, after: given))
        return settings.with("model", .string(given))
    }
}
