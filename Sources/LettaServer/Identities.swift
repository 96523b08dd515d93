import HTTP
import Home
public import LettaModel
import LosslessJSON

// What a program beside the agent keeps ids of.
extension LettaServer {
    public func identity(_ id: ServerID<IdentityKind, Side>) async throws -> Identity<Side>? {
        try await wire.found(.get("/v1/identities/\(id)")).flatMap(Identity.init)
    }

    /// The server's own filter is not believed: one that does not know it
    /// answers with everything.
    public func identities(key: String) async throws -> [Identity<Side>] {
        try await wire.all("/v1/identities/", query: [QueryItem("identifier_key", key)])
            .compactMap(Identity.init)
            .filter { $0.key == key }
    }

    /// None where the server has no such route.
    public func toolServers() async throws -> [ToolServer] {
        guard try await abilities().has("GET /v1/mcp-servers/") else { return [] }
        return try await wire.elements(.get("/v1/mcp-servers/")).compactMap(ToolServer.init)
    }

    /// Source: 0.16.8 lists an agent's page ascending whatever the order; the
    /// order decides which end of the history the page is cut from.
    public func newestRows(
        of agent: ServerID<AgentKind, Side>, limit: Int
    ) async throws -> [ListedRow<Side>] {
        var query = [QueryItem("limit", "\(min(limit, 1000))")]
        if try await abilities().ordersListing { query.append(QueryItem("order", "desc")) }
        query.append(QueryItem("use_assistant_message", "true"))
        let call = Call.get("/v1/agents/\(agent)/messages", query)
        return try await wire.replayed(call) { response in
            guard (200..<300).contains(response.status) else { throw await wire.refusal(response, to: call) }
            var grouping = RowGrouping<Side>()
            _ = try await Wire.split(response.body, paths: ["$[*]"], dropping: []) {
                try grouping.add($0.bytes)
            }
            return grouping.finished()
        }
    }
}

extension Wire {
    /// The answer to a read by id; nil where the server has nothing of that
    /// id, or takes it for none.
    func found(_ call: Call) async throws -> JSONValue? {
        let bytes: [UInt8]? = try await replayed(call) { response in
            if (200..<300).contains(response.status) {
                return try await response.body.collect(upTo: Wire.bound)
            }
            let refusal = await Refusal(response)
            guard refusal.status == 404 || refusal.status == 422, !refusal.isHTML else {
                throw errors.failure(call, refusal)
            }
            return nil
        }
        return try bytes.map { try document($0, in: call) }
    }
}

extension Identity {
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let key = json["identifier_key"]?.string else { return nil }
        self.init(
            id: ServerID(id), key: key, name: json["name"]?.string ?? key, json: minified(json))
    }
}

extension ToolServer {
    init?(_ json: JSONValue) {
        guard let name = json["server_name"]?.string else { return nil }
        let kind =
            json["mcp_server_type"]?.string ?? json["type"]?.string
            ?? (json["command"]?.string == nil ? "streamable_http" : "stdio")
        self.init(
            id: json["id"]?.string ?? name, name: name, kind: kind, url: json["server_url"]?.string,
            command: json["command"]?.string ?? json["stdio_config"]?["command"]?.string,
            arguments: (json["args"] ?? json["stdio_config"]?["args"])?.elements.compactMap(\.string) ?? [])
    }
}
