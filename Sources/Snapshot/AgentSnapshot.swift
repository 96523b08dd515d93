public import LettaModel

/// What may happen to the file.
public enum SnapshotMode: Sendable {
    /// The file must not exist: else `file-exists`.
    case create
    /// A new run into the file, which is made where it does not exist.
    case resumeOrCreate
    /// A complete snapshot; the file is never changed.
    case read
    /// As `read`, whatever the state: for `ferry show`.
    case inspect
}

/// Opens the snapshot for the time of `body`.
///
/// Left with the newest generation finished, the file is `complete`; left
/// otherwise it is `paused`. Either way it is whole in one file. Killed, it
/// is `writing` and needs the `-wal` beside it.
///
/// **Errors**: `Failure` `file-exists`, `file-unwritable`, `file-unreadable`,
/// `snapshot-unreadable`, `snapshot-newer`, `snapshot-unfinished`,
/// `disk-full`.
public func withSnapshot<Result: Sendable>(
    at path: String, _ mode: SnapshotMode, _ body: (AgentSnapshot) async throws -> Result
) async throws -> Result {
    throw Failure(.internal, subject: path, reason: "not written yet", remedy: "wait")
}

/// One agent as the source returned it, in one file. One writer; readers see
/// the state at which they opened it.
///
/// **Bounds**: holds one batch and the page cache (16 MB); bodies are read
/// when asked for.
public actor AgentSnapshot {
    private func missing() -> Failure {
        Failure(.internal, subject: "snapshot", reason: "not written yet", remedy: "wait")
    }

    // MARK: Generations

    /// Starts a run, or goes on with an unfinished one of the same agent,
    /// whose number and start are kept. Returns the generation's number.
    ///
    /// **Errors**: `snapshot-of-another-agent`.
    public func beginGeneration(_ origin: SnapshotOrigin) throws -> Int { throw missing() }

    /// Everything not put again since `beginGeneration` is gone from here on.
    public func finishGeneration(at time: Instant, _ consistency: Consistency) throws { throw missing() }

    public func generations() throws -> [Generation] { throw missing() }

    // MARK: Documents

    /// Stores documents in one transaction, secret values cut out. Returns
    /// what was cut.
    @discardableResult
    public func put(_ documents: [Document]) throws -> [CutSecret] { throw missing() }

    /// Of the newest generation, by position.
    public func documents(_ kind: DocumentKind) throws -> [StoredDocument] { throw missing() }

    /// Of the newest generation, every kind.
    public func cuts() throws -> [CutSecret] { throw missing() }

    // MARK: History

    /// Where to list from. Call `record` with each page in order, then
    /// `finishListing`.
    public func beginListing(_ thread: Thread, from rule: RestartRule = .stableTail) throws -> ListingPosition
    {
        throw missing()
    }

    /// Stores one page in one transaction. Rows that are stored already keep
    /// their native form where the listing is the same, and lose it where
    /// not; stored rows that were passed over are marked gone.
    public func record(_ rows: [ListedRow<SourceSide>], at position: ListingPosition) throws
        -> ListingPosition
    {
        throw missing()
    }

    /// The source has nothing behind `position`.
    public func finishListing(at position: ListingPosition) throws { throw missing() }

    /// Rows that the source may rewrite in place, to be listed once more.
    public func systemRows(_ thread: Thread) throws -> [NativeSlice.Row] { throw missing() }

    /// Replaces listings that changed in place; their native form is asked
    /// for again. Returns how many differed.
    public func rewriteListed(
        _ rows: [(ordinal: Int, row: ListedRow<SourceSide>)], thread: Thread
    ) throws -> Int { throw missing() }

    /// Appends rows that have no listing.
    public func appendImported(_ rows: [ImportedRow], thread: Thread) throws { throw missing() }

    /// The next rows without native form, oldest first; nil when none is
    /// missing.
    public func rowsWithoutNative(
        _ thread: Thread, maxRows: Int = 2_000, maxListedBytes: Int = 8_000_000
    ) throws -> NativeSlice? { throw missing() }

    /// In one transaction. Returns how many native forms were stored before
    /// and differed.
    @discardableResult
    public func storeNative(_ rows: [(ordinal: Int, json: VerbatimJSON)], thread: Thread) throws -> Int {
        throw missing()
    }

    /// - Parameter reason: no content.
    public func markNativeUnavailable(_ ordinals: [Int], thread: Thread, reason: String) throws {
        throw missing()
    }

    public func markGone(_ ordinals: [Int], thread: Thread) throws { throw missing() }

    public func threads() throws -> [ThreadProgress] { throw missing() }

    /// Rows from `ordinal` on, gone ones left out unless asked for.
    /// - Parameter limit: rows; less come where bodies reach 8 MB.
    public func rows(
        _ thread: Thread, from ordinal: Int, limit: Int = 500, includingGone: Bool = false
    ) throws -> [StoredRow] { throw missing() }

    /// The whole thread, batch by batch.
    public nonisolated func history(_ thread: Thread, includingGone: Bool = false) -> Batches<[StoredRow]> {
        Batches { nil }
    }

    /// SHA-256 over the digests of every row that is not gone, thread by
    /// thread.
    public func historyDigest() throws -> ContentDigest { throw missing() }

    // MARK: Passages

    /// All passages follow; those that do not come again are gone.
    public func beginPassages() throws { throw missing() }
    public func appendPassages(_ passages: [Passage<SourceSide>]) throws { throw missing() }
    public func finishPassages() throws { throw missing() }
    public func passageCount() throws -> Int { throw missing() }

    /// Ascending by (created_at, id), gone ones left out.
    public func passages(after cursor: PassageCursor?, limit: Int = 500) throws -> (
        passages: [StoredPassage], next: PassageCursor?
    ) { throw missing() }

    public nonisolated func passageBatches() -> Batches<[StoredPassage]> { Batches { nil } }

    // MARK: The file

    public func summary() throws -> SnapshotSummary { throw missing() }
}
