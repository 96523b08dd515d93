import LettaModel
import LosslessJSON
import SQLite

extension RunJournal {
    /// The run is this process's until `release` or its end. A claim of a
    /// process that is dead is taken over.
    ///
    /// **Errors**: `run-busy`, `run-unknown`.
    public func claim(_ run: RunID) throws {
        let me = processes.current
        try change(run) {
            let owner = try owner(of: run)
            try checkIsFree(run, owner)
            if let owner, owner != me {
                try record("claim", "taken over from dead process \(owner.pid)", run)
            }
            try database.run(
                "UPDATE runs SET owner_pid = ?, owner_started = ?, owner_boot = ? WHERE id = ?",
                .integer(Int64(me.pid)), .integer(me.startedAt), .text(me.boot), .text(run.raw))
        }
    }

    /// Lets go of a run that this process has; another's is left alone.
    public func release(_ run: RunID) throws {
        try change(run) {
            guard try owner(of: run) == processes.current else { return }
            try database.run(
                "UPDATE runs SET owner_pid = NULL, owner_started = NULL, owner_boot = NULL WHERE id = ?",
                .text(run.raw))
        }
    }

    /// What a removal would lose, worst first.
    public func losses(of run: RunID) throws -> [String] {
        let losses = try allLosses(of: run)
        return losses.needed + losses.convenient
    }

    /// Forgets a run and its folder, not its id map; never one that a living
    /// process has (`run-busy`).
    public func remove(_ run: RunID, isForced: Bool = false) throws -> RunRemoval {
        let losses = try allLosses(of: run)
        try wrap { try checkIsFree(run, try owner(of: run)) }
        guard isForced || losses.needed.isEmpty else {
            return .refused(losing: losses.needed + losses.convenient)
        }
        try change(run) {
            try checkIsFree(run, try owner(of: run))
            try database.run("DELETE FROM runs WHERE id = ?", .text(run.raw))
        }
        try wrap { try RunFolder.remove(RunFolder.path(run, journal: path)) }
        return .removed(lost: losses.needed + losses.convenient)
    }

    private func owner(of run: RunID) throws -> ProcessIdentity? {
        try database.first(
            "SELECT owner_pid, owner_started, owner_boot FROM runs WHERE id = ?", .text(run.raw)
        ) {
            Self.owner($0, from: 0)
        } ?? nil
    }

    private func checkIsFree(_ run: RunID, _ owner: ProcessIdentity?) throws {
        guard let owner, owner != processes.current, processes.isAlive(owner) else { return }
        throw JournalFailures.busy(run, pid: owner.pid)
    }

    /// Agents and tools that the run wrote over and did not make itself: the
    /// journal has the only copy of what stood there. What a run made bears
    /// its mapping, or its tag until it is committed.
    private func onlyCopies(_ record: RunRecord) throws -> [String] {
        guard record.status != .undone else { return [] }
        let own = Set(try mappings(of: record.id).map(\.targetID))
        let things = try steps(record.id).compactMap { step -> String? in
            guard Self.isOverwriting(step, record.id), let id = step.subjectID, !own.contains(id) else {
                return nil
            }
            return id
        }
        var seen: Set<String> = []
        return things.filter { seen.insert($0).inserted }.map {
            "the only copy of what the run changed at \($0): it could not be put back"
        }
    }

    private static func isOverwriting(_ step: StepRecord, _ run: RunID) -> Bool {
        guard let before = step.intent.preImage,
            ["target/patch-agent", "target/patch-tool"].contains(step.intent.kind),
            case .done = step.outcome
        else { return false }
        let tags = (try? JSONDocument(before))?.root["tags"]?.elements.compactMap(\.string) ?? []
        return !tags.contains(Marker.runTag(run.raw))
    }

    private func undoable(_ record: RunRecord) throws -> [String] {
        guard record.status != .undone else { return [] }
        let run = record.id
        let made = try mappings(of: run).count
        if made > 0 { return ["the undo of \(made) things made on the target"] }
        let steps = try steps(run)
        let put = steps.count { $0.intent.kind == "host/put" }
        if put > 0, record.status != .failed {
            return ["the undo of \(put) files put on a host, and what stood there"]
        }
        let added: Set = ["target/attach-tool", "target/insert-passages", "target/insert-passage"]
        let adds = record.draft.job == "repair" && steps.contains { added.contains($0.intent.kind) }
        return adds ? ["the undo of what it added to an agent"] : []
    }

    private func allLosses(of run: RunID) throws -> (needed: [String], convenient: [String]) {
        let record = try self.run(run.raw)
        var needed = try openSteps(run).map { step in
            let marker = step.intent.marker.map { " \($0)" } ?? ""
            return "what became of \(step.intent.kind)\(marker): its outcome is not known"
        }
        if record.status == .running || record.status == .incomplete {
            needed.append("the place where the run stopped: it could not be resumed")
        }
        if record.status == .undoing { needed.append("the place where its undo stopped") }
        needed += try onlyCopies(record)
        return (needed, try undoable(record))
    }
}
