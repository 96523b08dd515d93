import Hashing
import Home
import LettaModel

/// Sends batches of passages, journalled one by one.
struct PassageSender: Sendable {
    /// Where they go: an archive by batches, an agent one at a time.
    enum Destination: Sendable {
        case archive(TargetID<ArchiveKind>)
        case agent(TargetID<AgentKind>)
    }

    /// Requests under way at once.
    static let width = 4

    let ledger: Ledger<TargetSide>
    let destination: Destination
    let progress: ProgressSink
    /// Seconds on a steady clock.
    let clock: @Sendable () -> Double

    struct Sent: Sendable {
        var asked: Int
        var seconds: Double
        /// How many were inserted; nil where nobody knows.
        var inserted: Int?
    }

    func send(_ batch: [PassageDraft]) async throws -> Sent {
        let start = clock()
        let inserted = try await insert(batch)
        return Sent(asked: batch.count, seconds: clock() - start, inserted: inserted)
    }

    private func insert(_ batch: [PassageDraft]) async throws -> Int? {
        do {
            try await ledger.perform(step(batch), request: ContentDigest.ofBytes(batch.flatMap(\.json)))
            return batch.count
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            progress(
                .note(
                    "the answer to a batch of passages was lost (\(failure.reason)); looking before sending more"
                ))
            return nil
        }
    }

    private func step(_ batch: [PassageDraft]) -> Step<TargetSide> {
        switch (destination, batch.first) {
        case (.agent(let agent), let only?): .insertPassage(only, to: agent)
        case (.agent(let agent), nil): .insertPassage(PassageDraft(createdAt: "", json: []), to: agent)
        case (.archive(let archive), _): .insertPassages(batch, into: archive)
        }
    }
}
