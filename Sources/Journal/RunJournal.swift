public import LettaModel

/// Opens the journal for the time of `body`; makes it, and its folder, where
/// they are missing.
///
/// - Parameter path: `$XDG_STATE_HOME/ferry/journal.db`; run folders lie
///   beside it in `runs/`.
/// **Errors**: `journal-unreadable`, `file-unwritable`, `disk-full`.
public func withJournal<Result: Sendable>(
    at path: String, clock: @escaping @Sendable () -> Instant = { Instant.now() },
    _ body: (RunJournal) async throws -> Result
) async throws -> Result {
    throw Failure(.internal, subject: path, reason: "not written yet", remedy: "wait")
}

/// Every run on this machine: what was intended, what came of it, which id
/// stands for which. Several processes may have it open; a run belongs to
/// one at a time.
///
/// **Effects**: every verb that changes something is on disk when it returns.
public actor RunJournal {
    private func missing() -> Failure {
        Failure(.internal, subject: "journal", reason: "not written yet", remedy: "wait")
    }

    // MARK: Runs

    /// Makes the run and its folder.
    @discardableResult
    public func create(_ run: RunDraft) throws -> RunRecord { throw missing() }

    /// The run is this process's until `release` or its end. A claim of a
    /// process that is dead is taken over.
    ///
    /// **Errors**: `run-busy`, `run-unknown`.
    public func claim(_ run: RunID) throws { throw missing() }

    public func release(_ run: RunID) throws { throw missing() }

    public func setStatus(_ run: RunID, _ status: RunStatus, verdict: String? = nil) throws {
        throw missing()
    }

    /// What is learnt after `create`: agent, addresses, snapshot path.
    /// The id stays.
    public func amend(_ run: RunID, _ change: @Sendable (inout RunDraft) -> Void) throws { throw missing() }

    /// Newest first.
    public func runs() throws -> [RunRecord] { throw missing() }

    /// - Parameter text: the id or the beginning of one that only one run has.
    /// **Errors**: `run-unknown`.
    public func run(_ text: String) throws -> RunRecord { throw missing() }

    /// What a removal would lose: unsettled steps, things made on a server.
    public func losses(of run: RunID) throws -> [String] { throw missing() }

    /// Forgets a run and its folder; never one that a living process has
    /// (`run-busy`).
    public func remove(_ run: RunID, isForced: Bool = false) throws -> RunRemoval { throw missing() }

    // MARK: Steps

    /// On disk before this returns.
    public func intend(_ run: RunID, _ intent: StepIntent) throws -> StepID { throw missing() }

    public func settle(_ step: StepID, _ outcome: StepOutcome) throws { throw missing() }

    /// In the order in which they were intended.
    public func steps(_ run: RunID) throws -> [StepRecord] { throw missing() }

    /// Those without outcome, or with an unknown one.
    public func openSteps(_ run: RunID) throws -> [StepRecord] { throw missing() }

    /// The next number for a marker: one more than any that was intended.
    public func nextAttempt(_ run: RunID) throws -> Int { throw missing() }

    // MARK: The id map

    public func map(_ mappings: [IDMapping]) throws { throw missing() }

    /// Newest first.
    public func find(
        kind: String, sourceServer: String, sourceID: String, targetServer: String
    ) throws -> [IDMapping] { throw missing() }

    public func mappings(of run: RunID) throws -> [IDMapping] { throw missing() }

    /// Forgets a thing that was undone.
    public func unmap(targetServer: String, targetID: String) throws { throw missing() }

    // MARK: What was said

    public func announce(_ changes: [RecordedChange], _ run: RunID) throws { throw missing() }

    /// Forgets the announced changes, before a plan is made anew.
    public func clearChanges(_ run: RunID) throws { throw missing() }

    public func changeCounts(_ run: RunID) throws -> [ChangeCount] { throw missing() }

    /// In the order announced.
    public func changes(_ run: RunID, from index: Int = 0, limit: Int = 500) throws -> [RecordedChange] {
        throw missing()
    }

    /// Replaces the run's omissions.
    public func setOmissions(_ omissions: [RecordedOmission], _ run: RunID) throws { throw missing() }

    public func omissions(_ run: RunID) throws -> [RecordedOmission] { throw missing() }

    public func note(_ text: String, _ run: RunID) throws { throw missing() }

    public func events(_ run: RunID) throws -> [RunEvent] { throw missing() }
}
