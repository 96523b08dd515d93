public import Home
public import LettaModel

/// What a user typed for an agent -> the one agent that is meant.
public struct AgentFinder<Side: HomeSide>: Sendable {
    let home: any Home<Side>

    public init(_ home: any Home<Side>) {
        self.home = home
    }

    /// - Parameter text: an id (`agent-…`) or a name that one agent has.
    ///
    /// **Errors**: `agent-unknown` (with the nearest names),
    /// `agent-ambiguous` (with the candidates' ids); first of all what the
    /// probe says where something else than a Letta server answers.
    public func find(_ text: String) async throws -> AgentState<Side> {
        _ = try await home.abilities()
        if text.hasPrefix("agent-"), let agent = try await agent(id: text) { return agent }
        let named = try await home.agents(AgentQuery(name: text, includesHidden: true)).filter {
            $0.name == text
        }
        guard let only = named.first else { throw try await unknown(text) }
        guard named.count == 1 else { throw ambiguous(text, named) }
        return try await home.agent(only.id)
    }

    private func agent(id: String) async throws -> AgentState<Side>? {
        do {
            return try await home.agent(ServerID(id))
        } catch let failure as Failure where failure.code == .agentUnknown {
            return nil
        }
    }

    private func unknown(_ text: String) async throws -> Failure {
        let all = try await home.agents(AgentQuery())
        let wanted = text.lowercased()
        let near = all.filter {
            $0.name.lowercased().contains(wanted) || wanted.contains($0.name.lowercased())
        }
        let shown = (near.isEmpty ? all : near).prefix(8).map { "\($0.name) (\($0.id))" }
        let known = shown.isEmpty ? "the server has no agents" : "there are: " + shown.joined(separator: ", ")
        return Failure(
            .agentUnknown, subject: text, reason: "no agent at \(home.address) has this name or id; \(known)",
            remedy: "list all: ferry agents --at \(home.address.name)")
    }

    private func ambiguous(_ text: String, _ named: [AgentSummary<Side>]) -> Failure {
        let list = named.map { "\($0.id) (made \($0.createdAt ?? "at an unknown time"))" }
        return Failure(
            .agentAmbiguous, subject: text,
            reason:
                "\(named.count) agents at \(home.address) have this name: \(list.joined(separator: ", "))",
            remedy: "name one by its id; they are listed by: ferry agents --at \(home.address.name)")
    }
}
