public import Home
public import LettaModel
import LosslessJSON

extension LettaServer {
    /// Members of a listed agent that grow with its history and its tools.
    private static var heavyMembers: [JSONPath] {
        [
            "$[*].message_ids", "$[*].tools", "$[*].memory", "$[*].blocks", "$[*].system", "$[*].secrets",
            "$[*].tool_exec_environment_variables", "$[*].sources", "$[*].identities",
        ]
    }

    public func agents(_ query: AgentQuery) async throws -> [AgentSummary<Side>] {
        var items: [QueryItem] = []
        if let name = query.name { items.append(QueryItem("name", name)) }
        if let tag = query.tag { items.append(QueryItem("tags", tag)) }
        if query.includesHidden || query.name != nil || query.tag != nil {
            items.append(QueryItem("show_hidden_agents", "true"))
        }
        return try await wire.all("/v1/agents/", query: items, limit: 50, dropping: Self.heavyMembers)
            .compactMap(AgentSummary.init)
            .filter { query.name == nil || $0.name == query.name }
            .filter { agent in query.tag.map(agent.tags.contains) ?? true }
    }

    public func agent(_ id: ServerID<AgentKind, Side>) async throws -> AgentState<Side> {
        let call = Call.get("/v1/agents/\(id)")
        let root = try await wire.json(call)
        guard let name = root["name"]?.string, let found = root["id"]?.string, root["message_ids"] != nil
        else {
            throw wire.errors.notUnderstood(call, "its answer is no agent")
        }
        return AgentState(
            id: ServerID(found), name: name, agentType: root["agent_type"]?.string ?? "",
            messageIDs: root.strings("message_ids").map { ServerID($0) }, tags: root.strings("tags"),
            identityIDs: root.strings("identity_ids").map { ServerID($0) }, json: minified(root))
    }

    public func counts(of agent: ServerID<AgentKind, Side>) async throws -> AgentCounts {
        guard try await abilities().has("GET /v1/agents/{}/context") else { return AgentCounts() }
        let root: JSONValue
        do {
            root = try await wire.json(.get("/v1/agents/\(agent)/context"))
        } catch let failure as Failure where failure.code == .serverError && Side.self == SourceSide.self {
            // It renders the context before it counts: 0.11.7 fails at several
            // texts in a row, and such an agent has to be read all the same.
            // Of a target, counts say what came since: there it is an error.
            return AgentCounts()
        }
        return AgentCounts(
            rows: root["num_recall_memory"]?.int, passages: root["num_archival_memory"]?.int,
            contextTokens: root["context_window_size_current"]?.int,
            contextWindow: root["context_window_size_max"]?.int)
    }

    public func models() async throws -> [ModelHandle] {
        try await wire.elements(.get("/v1/models/")).compactMap { model in
            model.modelHandle.map {
                ModelHandle(
                    handle: $0, contextWindow: model["context_window"]?.int, dimensions: nil,
                    endpoint: model["model_endpoint"]?.string)
            }
        }
    }

    public func embeddingModels() async throws -> [ModelHandle] {
        try await wire.elements(.get("/v1/models/embedding")).compactMap { model in
            model.modelHandle.map {
                ModelHandle(
                    handle: $0, contextWindow: nil, dimensions: model["embedding_dim"]?.int,
                    endpoint: model["embedding_endpoint"]?.string)
            }
        }
    }

    /// Secrets that have a value; one that is stored empty reads as the text
    /// `<encrypted>`, which is none. Before 0.12 they are called
    /// `tool_exec_environment_variables`.
    public func secrets(of agent: ServerID<AgentKind, Side>) async throws -> [String: Secret] {
        let root = try await wire.json(.get("/v1/agents/\(agent)"))
        let listed =
            (root["tool_exec_environment_variables"]?.elements ?? []) + (root["secrets"]?.elements ?? [])
        return listed.reduce(into: [:]) { found, entry in
            guard let key = entry["key"]?.string, let value = entry["value"]?.string else { return }
            guard !value.isEmpty, value != "<encrypted>" else { return }
            found[key] = Secret(value)
        }
    }
}

extension JSONValue {
    fileprivate var modelHandle: String? { self["handle"]?.string }
}

extension AgentSummary {
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let name = json["name"]?.string else { return nil }
        self.init(
            id: ServerID(id), name: name, agentType: json["agent_type"]?.string ?? "",
            description: json["description"]?.string, tags: json.strings("tags"),
            createdAt: json["created_at"]?.string)
    }
}
