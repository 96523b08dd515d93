import Home
import Journal
import LettaModel
import Plan
import Snapshot

/// Passages that go to the target while the rest of the source is still being
/// read: the insertion of passages is what a move waits for longest, and it
/// needs nothing of the history.
///
/// A head start and nothing else. It begins after the user has seen the plan,
/// it is taken back where the plan changes its mind, and a run that was
/// stopped before its passages had been compared with the finished snapshot
/// removes them and sends them in the usual way.
struct HeadStart: Sendable {
    let ledger: Ledger<TargetSide>
    let embedding: String
    let progress: ProgressSink
    /// Seconds on a steady clock.
    let clock: @Sendable () -> Double

    /// What a capture tells: more passages are in the file, or all of them.
    enum Signal: Sendable { case stored, complete }

    /// What was sent. Not certain: then the archive has to go.
    struct Result: Sendable {
        var archive: TargetID<ArchiveKind>?
        var sent = PassageLedger()
        var isCertain = false
    }

    private static let begun = "passages are sent ahead"
    private static let sealed = "the passages sent ahead are those of the snapshot"

    /// Never throws: whatever goes wrong here goes wrong again, with its own
    /// error, where the passages are sent in the usual way.
    func run(_ snapshot: AgentSnapshot, _ signals: AsyncStream<Signal>) async -> Result {
        var result = Result()
        do {
            try await ledger.journal.note(Self.begun, ledger.run)
            let archive = try await ArchiveMaker(ledger: ledger, embedding: embedding).make()
            result.archive = archive
            progress(.note("passages are sent to \(ledger.home.address) while the rest is read"))
            result.isCertain = try await send(snapshot, signals, to: archive, &result.sent)
        } catch {
            try? await ledger.journal.note("the passages sent ahead were given up: \(error)", ledger.run)
        }
        return result
    }

    private func send(
        _ snapshot: AgentSnapshot, _ signals: AsyncStream<Signal>, to archive: TargetID<ArchiveKind>,
        _ sent: inout PassageLedger
    ) async throws -> Bool {
        let sender = PassageSender(
            ledger: ledger, destination: .archive(archive), progress: progress, clock: clock)
        var batcher = PassageBatcher()
        var cursor: PassageCursor?
        return try await withThrowingTaskGroup(of: PassageSender.Sent.self) { group in
            var running = 0
            func start(_ batch: [PassageDraft]) async throws {
                if running >= PassageSender.width, let done = try await group.next() {
                    running -= 1
                    batcher.took(done)
                    guard done.inserted != nil else { throw Uncertain() }
                }
                running += 1
                group.addTask { try await sender.send(batch) }
            }
            for await signal in signals {
                while case let (passages, next?) = try await snapshot.passages(after: cursor) {
                    cursor = next
                    for stored in passages {
                        let form = try PassageForm(stored.passage.json)
                        sent.want(form.digest)
                        if let full = batcher.add(form.draft) { try await start(full) }
                    }
                }
                if signal == .complete { break }
            }
            try Task.checkCancellation()
            if let rest = batcher.finish() { try await start(rest) }
            for try await done in group where done.inserted == nil { throw Uncertain() }
            return true
        }
    }

    /// The outcome of a batch is not known.
    private struct Uncertain: Error {}

    // MARK: What comes of it

    /// From here on the archive is one like any other that this run made.
    static func seal(_ ledger: Ledger<TargetSide>) async throws {
        try await ledger.journal.note(sealed, ledger.run)
    }

    /// Whether the run was stopped between the first passage and the seal.
    static func isOpen(_ ledger: Ledger<TargetSide>) async throws -> Bool {
        let notes = try await ledger.journal.events(ledger.run).map(\.text)
        guard let start = notes.lastIndex(of: begun) else { return false }
        return !notes[start...].contains(sealed)
    }

    /// Removes the archive with all that is in it or still on its way there.
    static func withdraw(_ ledger: Ledger<TargetSide>) async throws {
        for found in try await ledger.home.find(run: ledger.run.description) where found.kind == .archive {
            try await ledger.perform(.deleteArchive(TargetID(found.id)))
        }
        for step in try await ledger.openSteps("insert-passages") {
            try await ledger.settleIfOpen(step.id, .abandoned(reason: "its archive was removed"))
        }
        try await seal(ledger)
    }
}
