import Hashing
import Home
import LettaModel
import LosslessJSON

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

    /// - Parameters expecting: what a complete outcome looks like, for
    ///   whoever resumes. keepsIDs: whether an undo goes by the ids made.
    func send(
        _ batch: [PassageDraft], expecting: [(String, JSONNode)] = [], keepsIDs: Bool = false
    ) async throws -> Sent {
        let start = clock()
        let inserted = try await insert(batch, expecting, keepsIDs)
        return Sent(asked: batch.count, seconds: clock() - start, inserted: inserted)
    }

    private func insert(
        _ batch: [PassageDraft], _ expecting: [(String, JSONNode)], _ keepsIDs: Bool
    ) async throws -> Int? {
        guard let step = step(batch) else { return 0 }
        do {
            try await ledger.perform(
                step, request: ContentDigest.ofBytes(batch.flatMap(\.json)), expecting: expecting,
                keepsIDs: keepsIDs)
            return batch.count
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            progress(
                .note(
                    "the answer to a batch of passages was lost (\(failure.reason)); looking before sending more"
                ))
            return nil
        }
    }

    /// An agent takes one at a time. Nil: there is nothing to send.
    private func step(_ batch: [PassageDraft]) -> Step<TargetSide>? {
        guard let first = batch.first else { return nil }
        return switch destination {
        case .agent(let agent): .insertPassage(first, to: agent)
        case .archive(let archive): .insertPassages(batch, into: archive)
        }
    }
}
