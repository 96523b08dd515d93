public import Home
public import LettaModel
import LosslessJSON

extension LettaServer {
    /// Blocks and archives have a route of their own; who has a tool is told
    /// by the agents alone. Source: 0.16.8 `GET /v1/blocks/{id}/agents`,
    /// `GET /v1/archives/{id}/agents`, `GET /v1/agents/`.
    public func users(of thing: SharedThing<Side>) async throws -> [AgentSummary<Side>]? {
        switch thing {
        case .block(let id): try await listed("GET /v1/blocks/{}/agents", "/v1/blocks/\(id)/agents")
        case .archive(let id): try await listed("GET /v1/archives/{}/agents", "/v1/archives/\(id)/agents")
        case .tool(let id): try await having(tool: id)
        case .identity(let id): try await having(identity: id)
        }
    }

    private static var heavy: [JSONPath] {
        ["$[*].message_ids", "$[*].tools", "$[*].memory", "$[*].blocks", "$[*].secrets", "$[*].system"]
    }

    private func listed(_ name: String, _ route: Route) async throws -> [AgentSummary<Side>]? {
        guard try await abilities().has(name) else { return nil }
        return try await wire.all(route, dropping: Self.heavy).compactMap(AgentSummary.init)
    }

    private func having(tool id: ServerID<ToolKind, Side>) async throws -> [AgentSummary<Side>] {
        let dropped: [JSONPath] = [
            "$[*].message_ids", "$[*].memory", "$[*].blocks", "$[*].secrets", "$[*].system",
            "$[*].tools[*].source_code", "$[*].tools[*].json_schema",
        ]
        let query = [QueryItem("show_hidden_agents", "true")]
        return try await wire.all("/v1/agents/", query: query, limit: 50, dropping: dropped)
            .filter { agent in agent["tools"]?.elements.contains { $0["id"]?.string == id.raw } ?? false }
            .compactMap(AgentSummary.init)
    }

    /// The server's own filter is not believed: one that does not know it
    /// answers with everything.
    private func having(identity id: ServerID<IdentityKind, Side>) async throws -> [AgentSummary<Side>] {
        let query = [QueryItem("identity_id", id.raw), QueryItem("show_hidden_agents", "true")]
        return try await wire.all("/v1/agents/", query: query, limit: 50, dropping: Self.heavy)
            .filter { agent in
                agent["identity_ids"]?.elements.contains { $0.string == id.raw } ?? false
                    || agent["identities"]?.elements.contains { $0["id"]?.string == id.raw } ?? false
            }
            .compactMap(AgentSummary.init)
    }
}
