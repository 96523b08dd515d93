import Home
import Journal
import LettaModel
import Snapshot

/// What the old agents heard after the runs that moved them had read them: it
/// is in no copy, and the workers' move would leave it behind for good.
///
/// Rows are told apart by their ids, as the run's snapshot has them; by their
/// time alone where that file is gone.
struct LaterRows: Sendable {
    let journal: RunJournal
    /// nil where it could not be asked.
    let source: (any Home<SourceSide>)?

    /// Of the newest rows of an agent; what is beyond is counted no further.
    static let rowsLookedAt = 100

    static func id(_ agent: String) -> String { "later:\(agent)" }

    /// One of each agent that heard something, or of which nobody can say.
    func omissions(_ routes: [AgentRoute]) async throws -> [Omission] {
        var found: [Omission] = []
        for route in routes {
            if let omission = try await omission(route) { found.append(omission) }
        }
        return found
    }

    /// - Returns: of which agents nobody can say.
    ///
    /// **Errors**: `source-changed` where an agent heard something that nobody
    /// has agreed to lose.
    func check(_ routes: [AgentRoute], _ order: WorkersOrder) async throws -> [Omission] {
        let found = try await omissions(routes)
        guard let first = found.first(where: { $0.class == .loss && !order.accepts($0.id) }) else {
            return found.filter { $0.class == .inherent }
        }
        throw Failure(
            .sourceChanged, subject: first.item, reason: first.reason, remedy: first.remedy, end: .source)
    }

    private func omission(_ route: AgentRoute) async throws -> Omission? {
        guard let id = route.run else { return nil }
        let run = try await journal.run(id.raw)
        guard let source else { return unknown(route, run, "its old server was not asked") }
        let rows: [ListedRow<SourceSide>]
        do {
            rows = try await source.newestRows(of: SourceID(route.old), limit: Self.rowsLookedAt)
        } catch let failure as Failure where failure.code == .agentUnknown {
            return unknown(route, run, "\(source.address.name) has no such agent")
        } catch let failure as Failure where Planner.means(failure.code) {
            return unknown(route, run, "\(source.address.name) does not answer: \(failure.reason)")
        }
        guard let later = try await later(rows, route, run) else {
            return unknown(route, run, "the journal does not say what that run read of it")
        }
        return later.isEmpty ? nil : loss(route, run, later, isMore: later.count == Self.rowsLookedAt)
    }

    /// nil where nobody can say.
    private func later(
        _ rows: [ListedRow<SourceSide>], _ route: AgentRoute, _ run: RunRecord
    ) async throws -> [ListedRow<SourceSide>]? {
        if let path = run.draft.snapshotPath, let read = try await Self.read(path, rows, route, run, journal)
        {
            return rows.filter { !read.contains($0.id) }
        }
        guard run.draft.job == "move" else { return nil }
        // Whole seconds, and clocks of two hosts.
        let begin = run.createdAt.adding(minutes: -1)
        return rows.filter { row in Instant(row.date).map { $0 >= begin } ?? true }
    }

    /// Those of the rows that the run's snapshot has; nil where it is gone, was
    /// captured again since, or came out of an agent file.
    private static func read(
        _ path: String, _ rows: [ListedRow<SourceSide>], _ route: AgentRoute, _ run: RunRecord,
        _ journal: RunJournal
    ) async throws -> Set<SourceID<RowKind>>? {
        let loaded = try await journal.loadedGeneration(run.id)
        do {
            return try await withSnapshot(at: path, .inspect) { snapshot in
                guard let last = try await snapshot.generations().last, last.origin.reader != .agentFile,
                    last.origin.agentID.raw == route.old, loaded == nil || loaded == last.number
                else { return nil }
                var found: Set<SourceID<RowKind>> = []
                for row in rows where try await snapshot.row(row.id) != nil { found.insert(row.id) }
                return found
            }
        } catch is Failure {
            return nil
        }
    }

    private func loss(
        _ route: AgentRoute, _ run: RunRecord, _ rows: [ListedRow<SourceSide>], isMore: Bool
    ) -> Omission {
        let count = isMore ? "\(rows.count) messages or more" : rows.count.counted("message")
        return Omission(
            id: Self.id(route.old), class: .loss, item: "what \(route.old) heard after its move",
            reason: "\(count) came after run \(run.id) had read it, the last one at "
                + "\(rows.last?.date ?? "an unknown time"): \(route.new) does not have them",
            remedy: "stop its workers, move the agent once more (ferry move), then the workers again with "
                + "that run; or let them go: --accept \(Self.id(route.old))")
    }

    private func unknown(_ route: AgentRoute, _ run: RunRecord, _ why: String) -> Omission {
        Omission(
            id: Self.id(route.old), class: .inherent, item: "what \(route.old) heard after its move",
            reason: "not looked at: \(why), so nobody can say whether something came after run \(run.id)",
            remedy: "name the old server: --from SERVER; or look there yourself before its workers are "
                + "silenced")
    }
}

extension RunJournal {
    /// Which capture of its snapshot a run loaded, as its story says; nil
    /// where it has only ever one.
    fileprivate func loadedGeneration(_ run: RunID) throws -> Int? {
        let prefix = "loads generation "
        return try events(run).lazy.compactMap { event in
            guard event.text.hasPrefix(prefix) else { return nil }
            return Int(event.text.dropFirst(prefix.count).prefix { $0.isNumber })
        }.first
    }
}
