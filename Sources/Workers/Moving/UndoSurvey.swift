import Home
import Journal
import LettaModel

/// What stands where a run of workers made something, looked at before
/// anything is taken back.
struct UndoSurvey: Sendable {
    /// Something that is newer than the run: refused, unless named by flag.
    struct Newer: Sendable, Equatable {
        let code: ErrorCode
        let subject: String
        let words: String
    }

    struct Findings: Sendable {
        var newer: [Newer] = []
        /// The folder has changed since it was published.
        var folderHasChanged = false
        /// Blocks and identities that are still there: id -> as the server
        /// shows it now.
        var there: [String: VerbatimJSON] = [:]
        /// Of these, whatever was written to since.
        var written: Set<String> = []
        /// Of these, whatever somebody has: it stays. Id -> who, in words.
        var used: [String: String] = [:]
    }

    let run: RunRecord
    let target: any Home<TargetSide>
    let end: TargetEnd
    let blocks: [MadeBlock]
    let identities: [MadeIdentity]
    /// What another run, not undone, gave to its users: id -> run.
    let usedByRuns: [String: String]

    func findings(hasFolder: Bool) async throws -> Findings {
        var found = Findings()
        if hasFolder { try lookAtFolder(&found) }
        for block in blocks { try await look(at: block, &found) }
        for identity in identities { try await look(at: identity, &found) }
        return found
    }

    // MARK: The folder

    static func published(_ run: RunRecord) throws -> Manifest {
        try Manifest(json: PrivateTree.read("\(run.folder)/published.json"))
    }

    private func lookAtFolder(_ found: inout Findings) throws {
        guard let there = try end.manifest() else { return }
        let made = try Self.published(run)
        let differing = there.withoutReaders(since: made, in: end.remote == nil ? end.path : nil)
            .differences(from: made)
        guard !differing.isEmpty else { return }
        found.folderHasChanged = true
        let rows = try newerRows(differing)
        let more = differing.count > 5 ? " and \((differing.count - 5).counted("other"))" : ""
        found.newer.append(
            Newer(
                code: .workerChanged, subject: end.shown,
                words:
                    "has changed since ferry made it: \(differing.prefix(5).joined(separator: ", "))\(more)"
                    + (rows.isEmpty ? "" : "; \(rows.joined(separator: "; "))")))
    }

    /// Messages that came in since: the most that an undo could lose.
    private func newerRows(_ differing: [String]) throws -> [String] {
        guard end.remote == nil else { return [] }
        let expectation = try Expectation(json: PrivateTree.read("\(run.folder)/expected.json"))
        var found: [String] = []
        for program in expectation.programs {
            guard let place = program.database, differing.contains(where: { $0.hasPrefix(place) }),
                let counts = try? counts(of: "\(end.path)/\(place)")
            else { continue }
            for table in BrocaStore.tables {
                let more = (counts.rows[table] ?? 0) - (program.rows[table] ?? 0)
                if more > 0 { found.append("\(place) has \(more.counted("newer row")) of \(table)") }
            }
        }
        return found
    }

    private func counts(of path: String) throws -> BrocaCounts {
        let copy = "\(run.folder)/scratch-undo.db"
        try PrivateTree.remove(copy)
        defer { try? PrivateTree.remove(copy) }
        try PrivateCopy.take(path, to: copy, scratch: copy + ".parts")
        return try BrocaStore(copy).counts()
    }

    // MARK: Blocks and identities

    private func look(at made: MadeBlock, _ found: inout Findings) async throws {
        guard let there = try await target.block(TargetID(made.id)) else { return }
        let users = try await target.users(of: .block(TargetID(made.id)))
        try note("block", made.id, there.json, users, isUntouched: made.isUntouched(there.json), &found)
    }

    private func look(at made: MadeIdentity, _ found: inout Findings) async throws {
        guard let there = try await target.identity(TargetID(made.id)) else { return }
        let users = try await target.users(of: .identity(TargetID(made.id)))
        try note("identity", made.id, there.json, users, isUntouched: made.isUntouched(there.json), &found)
    }

    private func note(
        _ kind: String, _ id: String, _ json: VerbatimJSON, _ users: [AgentSummary<TargetSide>]?,
        isUntouched: Bool, _ found: inout Findings
    ) throws {
        found.there[id] = json
        if let users, let first = users.first {
            let more = users.count > 1 ? " and \((users.count - 1).counted("other agent"))" : ""
            found.used[id] = "attached to \(first.name) (\(first.id))\(more)"
            return
        }
        if let other = usedByRuns[id] {
            found.used[id] = "what the users of the run \(other) have"
            return
        }
        guard !isUntouched else { return }
        found.written.insert(id)
        found.newer.append(
            Newer(
                code: .undoWouldLose, subject: "\(kind) \(id)",
                words: "holds something newer than the run: somebody has written to it since"))
    }
}
