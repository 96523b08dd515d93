public import Home
public import LettaModel
import LosslessJSON

extension LettaServer {
    /// Source: 0.16.8 `GET /v1/runs/?active=true`: a turn that is under way is
    /// `created` there. Older servers do not know the filter and answer with
    /// everything, so it is not believed.
    public func activeRuns(of agent: ServerID<AgentKind, Side>) async throws -> [ActiveRun] {
        guard try await abilities().has("GET /v1/runs/") else { return [] }
        let query = [QueryItem("agent_id", agent.raw), QueryItem("active", "true")]
        return try await wire.elements(.get("/v1/runs/", query)).compactMap { run in
            guard let id = run["id"]?.string, run["agent_id"]?.string == agent.raw,
                ["created", "running"].contains(run["status"]?.string)
            else { return nil }
            return ActiveRun(id: id, beganAt: run["created_at"]?.string.flatMap { Instant($0) })
        }
    }

    /// Source: 0.16.8 `GET /v1/archives/?agent_id=`.
    public func archives(
        of agent: ServerID<AgentKind, Side>
    ) async throws -> [ServerID<ArchiveKind, Side>] {
        guard try await abilities().has("GET /v1/archives/") else { return [] }
        return try await wire.all("/v1/archives/", query: [QueryItem("agent_id", agent.raw)])
            .compactMap { $0["id"]?.string }.map { ServerID($0) }
    }
}
