import LettaModel
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
        let made = try mappings(of: run).count
        let put = try steps(run).count { $0.intent.kind == "host/put" }
        let isBack = record.status == .undone || record.status == .failed
        let convenient =
            (made == 0 || record.status == .undone ? [] : ["the undo of \(made) things made on the target"])
            + (put == 0 || isBack ? [] : ["the undo of \(put) files put on a host, and what stood there"])
        return (needed, convenient)
    }
}
