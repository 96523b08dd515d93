import LosslessJSON

/// What is wrong with an agent of the file, without its rows.
struct AgentLint {
    let target: LintTarget

    func spots(_ agent: JSONValue) -> [Spot] {
        form(agent) + model(agent) + toolRules(agent) + secrets(agent) + characters(agent)
    }

    /// Kept as JSON, where the server strips a NUL.
    static let plain: Set<String> = ["metadata"]

    /// Rows have rules of their own.
    private func characters(_ agent: JSONValue) -> [Spot] {
        ShellCharacters.spots(agent, plain: Self.plain, own: ["messages", "name"])
    }

    private func form(_ agent: JSONValue) -> [Spot] {
        var spots: [Spot] = []
        if let name = agent["name"], !Self.isTaken(name) {
            spots.append(Spot(FileRule.name, "name", name.string ?? "no text"))
        }
        switch agent["agent_type"] {
        case nil: spots.append(Spot(FileRule.agentType, "agent_type"))
        case let type? where !target.agentTypes.contains(type.string ?? ""):
            spots.append(
                Spot(LintRule.agentType, "agent_type", type.string ?? "no text", isMended: type.isNull))
        default: break
        }
        for key in ["messages", "in_context_message_ids"] {
            guard let list = agent[key], list.kind != .array else { continue }
            spots.append(Spot(LintRule.agentList, key))
        }
        return spots
    }

    /// The importer's own rule, which takes an empty name.
    static func isTaken(_ name: JSONValue) -> Bool {
        guard let text = name.string else { return false }
        return text.isEmpty || AgentFileShape.isPlainName(text)
    }

    // MARK: Models

    private func model(_ agent: JSONValue) -> [Spot] {
        var spots: [Spot] = []
        let config = agent["llm_config"]
        if config?.kind != .object {
            spots.append(Spot(LintRule.noModel, "llm_config"))
        } else if let config, let fault = Self.fault(of: config, target.words) {
            spots.append(Spot(LintRule.modelConfig, "llm_config.\(fault)", config[fault]?.string))
        }
        if config?["model_endpoint"]?.string != nil {
            spots.append(Spot(FileRule.endpoint, "llm_config.model_endpoint", nil, .note))
        }
        if let embedder = agent["embedding_config"], !embedder.isNull,
            let fault = Self.embeddingFault(of: embedder, target.words)
        {
            let key = embedder.kind == .object ? "embedding_config.\(fault)" : "embedding_config"
            spots.append(Spot(LintRule.embeddingConfig, key, embedder[fault]?.string))
        }
        if let settings = agent["model_settings"], !settings.isNull {
            let isKnown = Self.isKnown(settings, target.words)
            spots.append(
                isKnown
                    ? Spot(FileRule.modelSettings, "model_settings", nil, .note)
                    : Spot(
                        LintRule.provider, "model_settings.provider_type", settings["provider_type"]?.string))
        }
        return spots
    }

    private static func fault(of config: JSONValue, _ words: ServerWords?) -> String? {
        if config["model"]?.kind != .string { return "model" }
        if config["context_window"]?.kind != .number { return "context_window" }
        guard let type = config["model_endpoint_type"]?.string else { return "model_endpoint_type" }
        return words.map { $0.modelEndpointTypes.contains(type) } ?? true ? nil : "model_endpoint_type"
    }

    private static func embeddingFault(of config: JSONValue, _ words: ServerWords?) -> String? {
        if config["embedding_model"]?.kind != .string { return "embedding_model" }
        if config["embedding_dim"]?.kind != .number { return "embedding_dim" }
        guard let type = config["embedding_endpoint_type"]?.string else { return "embedding_endpoint_type" }
        return words.map { $0.embeddingEndpointTypes.contains(type) } ?? true
            ? nil : "embedding_endpoint_type"
    }

    static func isKnown(_ settings: JSONValue, _ words: ServerWords?) -> Bool {
        guard let words else { return true }
        return words.providerTypes.contains(settings["provider_type"]?.string ?? "")
    }

    // MARK: Rules and secrets

    private func toolRules(_ agent: JSONValue) -> [Spot] {
        guard let words = target.words else { return [] }
        return (agent["tool_rules"]?.elements ?? []).enumerated().compactMap { place, rule in
            let type = rule["type"]?.string
            guard !words.toolRuleTypes.contains(type ?? "") else { return nil }
            return Spot(
                LintRule.toolRule, "tool_rules[\(place)].type", type,
                isMended: type.map { Self.formerRuleTypes[$0] != nil } ?? false)
        }
    }

    /// Words of versions 0.5 and 0.6 -> of today.
    static let formerRuleTypes = [
        "InitToolRule": "run_first", "TerminalToolRule": "exit_loop", "ToolRule": "constrain_child_tools",
    ]

    private func secrets(_ agent: JSONValue) -> [Spot] {
        let half = AgentSecrets.emptyHalf(of: agent).map { Spot(LintRule.secretsHalf, $0) }
        return [half].compactMap(\.self) + AgentSecrets.all(of: agent).flatMap { $0.spots() }
            + Credentials.spots(Credentials.finds(in: agent))
    }
}
