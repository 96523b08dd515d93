import Journal
import LettaModel

/// Which agent of the target stands for an agent of the tree.
struct AgentRoute: Sendable, Equatable {
    let old: String
    let new: String
    /// The move that made it; nil where the user said so, and no move knows.
    let run: RunID?
    /// Where the old agent is, as that move read it.
    let source: RunAddress?
}

/// Reads the journal's moves; an agent is never guessed by its name.
struct AgentRoutes: Sendable {
    let journal: RunJournal
    /// URL of the target.
    let server: String

    private static let finished: Set<RunStatus> = [.verified, .verifiedWithChanges]

    /// nil where nobody said, and no finished run knows.
    func route(of old: String, _ order: WorkersOrder) async throws -> AgentRoute? {
        if let new = try chosen(old, order.agents) {
            let known = try await moves(of: old)
            return AgentRoute(
                old: old, new: new, run: known.first { $0.new == new }?.run, source: known.first?.source)
        }
        guard order.runs.isEmpty else { return try await route(of: old, in: order.runs) }
        return try await moves(of: old).first
    }

    private func chosen(_ old: String, _ agents: [String]) throws -> String? {
        for agent in agents {
            let pair = agent.split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 1 { return pair[0] }
            if pair[0] == old { return pair[1] }
        }
        return nil
    }

    private func route(of old: String, in runs: [String]) async throws -> AgentRoute? {
        for text in runs {
            let run = try await journal.run(text)
            guard Self.finished.contains(run.status) else {
                throw Failure(
                    .runNeeded, subject: run.id.description,
                    reason: "it is not finished: \(run.status.rawValue)",
                    remedy: "finish it first: ferry resume \(run.id)")
            }
            if let route = try await route(of: old, in: run) { return route }
        }
        return nil
    }

    /// Finished moves of an agent to this server, newest first.
    func moves(of old: String) async throws -> [AgentRoute] {
        var found: [AgentRoute] = []
        for run in try await journal.runs() where Self.finished.contains(run.status) {
            if let route = try await route(of: old, in: run) { found.append(route) }
        }
        return found
    }

    private func route(of old: String, in run: RunRecord) async throws -> AgentRoute? {
        let mapping = try await journal.mappings(of: run.id).last {
            $0.kind == AgentKind.name && $0.sourceID == old && $0.targetServer == server
        }
        return mapping.map { AgentRoute(old: old, new: $0.targetID, run: run.id, source: run.draft.source) }
    }

    /// What each agent has become by any finished move, on whatever server.
    func heirs() async throws -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for run in try await journal.runs() where Self.finished.contains(run.status) {
            for mapping in try await journal.mappings(of: run.id) where mapping.kind == AgentKind.name {
                found[mapping.sourceID, default: []].insert(mapping.targetID)
            }
            for pair in OrderCoding.decode(run.draft.choices).agents where run.draft.job == WorkersEngine.job
            {
                let ids = pair.split(separator: "=", maxSplits: 1).map(String.init)
                if ids.count == 2 { found[ids[0], default: []].insert(ids[1]) }
            }
        }
        return found
    }

    /// Ids of what was agreed to for a run; an agent in one of them is also the
    /// one that it has become.
    func agreed(_ run: RunID?) async throws -> Set<String> {
        guard let run else { return [] }
        let ids = try await journal.omissions(run).filter(\.isAccepted).map(\.omission.id)
        var found = Set(ids)
        for id in ids {
            guard let agent = id.split(separator: ":").last.map(String.init), agent.hasPrefix("agent-") else {
                continue
            }
            for route in try await moves(of: agent) {
                found.insert(String(id.dropLast(agent.count)) + route.new)
            }
        }
        return found
    }

    /// The newest finished move that made this agent here.
    func maker(of new: String) async throws -> RunRecord? {
        for run in try await journal.runs() where Self.finished.contains(run.status) {
            let mappings = try await journal.mappings(of: run.id)
            let isMade = mappings.contains {
                $0.kind == AgentKind.name && $0.targetID == new && $0.targetServer == server
            }
            if isMade { return run }
        }
        return nil
    }
}
