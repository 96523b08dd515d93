import LettaModel
import LosslessJSON
import SQLite

extension RunJournal {
    /// Makes the run and its folder.
    @discardableResult
    public func create(_ run: RunDraft) throws -> RunRecord {
        let now = clock().microseconds
        try transaction {
            try PrivateFile.createFolder(RunFolder.path(run.id, journal: path))
            try database.run(
                """
                INSERT INTO runs (id, job, status, source, target, agent_id, agent_name, snapshot_path, choices,
                  version, created_at, updated_at) VALUES (?, ?, 'planned', ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, .text(run.id.raw), .text(run.job), .string(run.source?.json), .string(run.target?.json),
                .string(run.agentID), .string(run.agentName), .string(run.snapshotPath),
                .text(run.choices.json),
                .text(run.version), .integer(now), .integer(now))
        }
        return try self.run(run.id.raw)
    }

    /// - Parameter verdict: the sentence that a person can quote; kept where
    ///   nil is passed.
    public func setStatus(_ run: RunID, _ status: RunStatus, verdict: String? = nil) throws {
        let now = clock().microseconds
        try change(run) {
            try database.run(
                """
                UPDATE runs SET status = ?, verdict = coalesce(?, verdict), updated_at = ?, ended_at = ?
                WHERE id = ?
                """, .text(status.rawValue), .string(verdict), .integer(now),
                status.isEnded ? .integer(now) : .null, .text(run.raw))
            try record("status", status.rawValue, run)
        }
    }

    /// What is learnt after `create`: agent, addresses, snapshot path.
    /// The id stays.
    public func amend(_ run: RunID, _ change: @Sendable (inout RunDraft) -> Void) throws {
        var draft = try self.run(run.raw).draft
        change(&draft)
        try self.change(run) {
            try database.run(
                """
                UPDATE runs SET job = ?, source = ?, target = ?, agent_id = ?, agent_name = ?, snapshot_path = ?,
                  choices = ?, version = ?, updated_at = ? WHERE id = ?
                """, .text(draft.job), .string(draft.source?.json), .string(draft.target?.json),
                .string(draft.agentID), .string(draft.agentName), .string(draft.snapshotPath),
                .text(draft.choices.json), .text(draft.version), .integer(clock().microseconds),
                .text(run.raw))
        }
    }

    /// Newest first.
    public func runs() throws -> [RunRecord] {
        try wrap { try database.all("\(Self.query) ORDER BY created_at DESC, id DESC", body: readRun) }
    }

    /// - Parameter text: the id or the beginning of one that only one run has.
    /// **Errors**: `run-unknown`.
    public func run(_ text: String) throws -> RunRecord {
        let found = try wrap {
            try database.all(
                "\(Self.query) WHERE id >= ? AND id < ? || '~' ORDER BY id LIMIT 50", .text(text),
                .text(text),
                body: readRun)
        }
        if let exact = found.first(where: { $0.id.raw == text }) { return exact }
        guard let run = found.first, found.count == 1, !text.isEmpty else {
            throw JournalFailures.runUnknown(text, candidates: text.isEmpty ? 0 : found.count)
        }
        return run
    }

    /// One transaction on a run that exists.
    func change<Result>(_ run: RunID, _ body: () throws -> Result) throws -> Result {
        try transaction {
            guard try database.number("SELECT count(*) FROM runs WHERE id = ?", .text(run.raw)) == 1 else {
                throw JournalFailures.runUnknown(run.raw, candidates: 0)
            }
            return try body()
        }
    }

    // MARK: Reading

    private static let query = """
        SELECT id, job, status, verdict, source, target, agent_id, agent_name, snapshot_path, choices, version,
          created_at, updated_at, ended_at, owner_pid, owner_started, owner_boot FROM runs
        """

    private func readRun(_ row: Row) throws -> RunRecord {
        guard let id = RunID(row.text(0)), let status = RunStatus(rawValue: row.text(2)) else {
            throw JournalFailures.unreadable(path, "it holds a run that this ferry does not understand")
        }
        let draft = RunDraft(
            id: id, job: row.text(1), source: try row.optionalText(4).map(RunAddress.init(json:)),
            target: try row.optionalText(5).map(RunAddress.init(json:)), agentID: row.optionalText(6),
            agentName: row.optionalText(7), snapshotPath: row.optionalText(8),
            choices: try RunChoices(json: row.text(9)), version: row.text(10))
        return RunRecord(
            draft: draft, status: status, verdict: row.optionalText(3),
            createdAt: Instant(microseconds: row.integer(11)),
            updatedAt: Instant(microseconds: row.integer(12)),
            endedAt: row.optionalInteger(13).map(Instant.init(microseconds:)),
            isClaimed: Self.owner(row, from: 14).map(processes.isAlive) ?? false,
            folder: RunFolder.path(id, journal: path))
    }

    static func owner(_ row: Row, from column: Int32) -> ProcessIdentity? {
        guard let pid = row.optionalInteger(column) else { return nil }
        return ProcessIdentity(
            pid: Int32(clamping: pid), startedAt: row.integer(column + 1), boot: row.text(column + 2))
    }
}
