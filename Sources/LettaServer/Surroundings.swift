import Home
public import LettaModel
import LosslessJSON

extension LettaServer {
    /// Each kind only where its route exists.
    public func surroundings(of agent: ServerID<AgentKind, Side>) async throws -> [Surrounding] {
        let abilities = try await abilities()
        let state = try await wire.json(.get("/v1/agents/\(agent)"))
        let around = Around(server: self, agent: agent, state: state, abilities: abilities)
        var found = try await around.conversations()
        found += try await around.identities()
        found += try await around.folders()
        found += try await around.groups()
        found += try await around.sharedBlocks()
        found += try await around.sharedArchives()
        found += try await around.mcpServers()
        found += try await around.sandboxVariables()
        found += try await around.schedules()
        return found
    }
}

/// What stands around one agent.
private struct Around<Side: HomeSide>: Sendable {
    let server: LettaServer<Side>
    let agent: ServerID<AgentKind, Side>
    let state: JSONValue
    let abilities: Abilities

    private var wire: Wire { server.wire }

    private func surrounding(_ kind: Surrounding.Kind, _ json: JSONValue, named name: String?) -> Surrounding?
    {
        guard let id = json["id"]?.string else { return nil }
        return Surrounding(kind: kind, id: id, name: name ?? id, json: minified(json))
    }

    func conversations() async throws -> [Surrounding] {
        guard abilities.listsConversations else { return [] }
        return try await server.conversations(of: agent).map {
            Surrounding(kind: .conversation, id: $0.id.raw, name: $0.summary ?? $0.id.raw, json: $0.json)
        }
    }

    func identities() async throws -> [Surrounding] {
        guard abilities.has("GET /v1/identities/{}") else { return [] }
        return try await bounded(state.strings("identity_ids"), width: 4) { id in
            let json = try await wire.json(.get("/v1/identities/\(id)"))
            return surrounding(.identity, json, named: json["name"]?.string)
        }.compactMap { $0 }
    }

    func folders() async throws -> [Surrounding] {
        let folders =
            abilities.has("GET /v1/agents/{}/folders")
            ? try await wire.all("/v1/agents/\(agent)/folders") : state["sources"]?.elements ?? []
        var found: [Surrounding] = []
        for folder in folders {
            found += [surrounding(.folder, folder, named: folder["name"]?.string)].compactMap { $0 }
            guard let id = folder["id"]?.string, abilities.has("GET /v1/folders/{}/files") else { continue }
            found += try await wire.all("/v1/folders/\(id)/files", dropping: ["$[*].content"])
                .compactMap {
                    surrounding(.file, $0, named: $0["original_file_name"]?.string ?? $0["file_name"]?.string)
                }
        }
        return found
    }

    func groups() async throws -> [Surrounding] {
        var groups = [state["managed_group"] ?? state["multi_agent_group"]].compactMap { $0 }
        if abilities.has("GET /v1/agents/{}/groups") {
            groups += try await wire.all("/v1/agents/\(agent)/groups")
        }
        var seen: Set<String> = []
        return groups.compactMap { surrounding(.group, $0, named: $0["description"]?.string) }
            .filter { seen.insert($0.id).inserted }
    }

    func sharedBlocks() async throws -> [Surrounding] {
        guard abilities.has("GET /v1/blocks/{}/agents") else { return [] }
        return try await bounded(state["blocks"]?.elements ?? [], width: 4) { block in
            guard let id = block["id"]?.string else { return nil }
            let others = try await others(try await wire.all("/v1/blocks/\(id)/agents", dropping: heavy))
            return shared(.sharedBlock, id: id, name: block["label"]?.string ?? id, with: others)
        }.compactMap { $0 }
    }

    func sharedArchives() async throws -> [Surrounding] {
        guard abilities.has("GET /v1/archives/"), abilities.has("GET /v1/archives/{}/agents") else {
            return []
        }
        let archives = try await wire.all("/v1/archives/", query: [QueryItem("agent_id", agent.raw)])
        return try await bounded(archives, width: 4) { archive in
            guard let id = archive["id"]?.string else { return nil }
            let others = try await others(try await wire.all("/v1/archives/\(id)/agents", dropping: heavy))
            return shared(.sharedArchive, id: id, name: archive["name"]?.string ?? id, with: others)
        }.compactMap { $0 }
    }

    private var heavy: [JSONPath] {
        ["$[*].message_ids", "$[*].tools", "$[*].memory", "$[*].blocks", "$[*].secrets", "$[*].system"]
    }

    private func others(_ agents: [JSONValue]) async throws -> [(id: String, name: String)] {
        agents.compactMap { other in
            guard let id = other["id"]?.string, id != agent.raw else { return nil }
            return (id, other["name"]?.string ?? id)
        }
    }

    private func shared(
        _ kind: Surrounding.Kind, id: String, name: String, with others: [(id: String, name: String)]
    ) -> Surrounding? {
        guard !others.isEmpty else { return nil }
        let agents = others.map { other in
            JSONNode.object([
                JSONMember(key: "id", value: .string(other.id)),
                JSONMember(key: "name", value: .string(other.name)),
            ])
        }
        let json = JSONNode.object([
            JSONMember(key: "id", value: .string(id)), JSONMember(key: "name", value: .string(name)),
            JSONMember(key: "agents", value: .array(agents)),
        ])
        return Surrounding(kind: kind, id: id, name: name, json: json.bytes())
    }

    /// The MCP servers that the agent's tools belong to, by the tools' own
    /// metadata; a server that is not listed any more is named all the same.
    func mcpServers() async throws -> [Surrounding] {
        let names = Set((state["tools"]?.elements ?? []).compactMap(Self.mcpServerName))
        guard !names.isEmpty else { return [] }
        let listed =
            abilities.has("GET /v1/mcp-servers/") ? try await wire.elements(.get("/v1/mcp-servers/")) : []
        return names.sorted().map { name in
            guard let json = listed.first(where: { $0["server_name"]?.string == name }),
                let found = surrounding(.mcpServer, json, named: name)
            else {
                let json = JSONNode.object([JSONMember(key: "server_name", value: .string(name))])
                return Surrounding(kind: .mcpServer, id: name, name: name, json: json.bytes())
            }
            return found
        }
    }

    private static func mcpServerName(_ tool: JSONValue) -> String? {
        guard tool["tool_type"]?.string == "external_mcp" else { return nil }
        let metadata = tool["metadata_"] ?? tool["metadata"]
        if let name = metadata?["mcp"]?["server_name"]?.string { return name }
        return tool.strings("tags").first { $0.hasPrefix("mcp:") }.map { String($0.dropFirst(4)) }
    }

    /// Names only: the values are not taken from the answer. They belong to
    /// the server, not to one agent.
    func sandboxVariables() async throws -> [Surrounding] {
        let route = "GET /v1/sandbox-config/{}/environment-variable"
        guard abilities.has("GET /v1/sandbox-config/"), abilities.has(route) else { return [] }
        var found: [Surrounding] = []
        for config in try await wire.elements(.get("/v1/sandbox-config/", [QueryItem("limit", "1000")])) {
            guard let id = config["id"]?.string else { continue }
            let call = Call.get("/v1/sandbox-config/\(id)/environment-variable", [QueryItem("limit", "1000")])
            let variables = try await wire.elements(call, dropping: ["$[*].value", "$[*].value_enc"])
            found += variables.compactMap { surrounding(.sandboxVariable, $0, named: $0["key"]?.string) }
        }
        return found
    }

    /// Letta Cloud only.
    func schedules() async throws -> [Surrounding] {
        guard abilities.has("GET /v1/agents/{}/schedule") else { return [] }
        return try await wire.elements(.get("/v1/agents/\(agent)/schedule"))
            .compactMap { surrounding(.schedule, $0, named: nil) }
    }
}
