import Home
import Plan

/// Passages in ascending order -> batches that the server stores rightly.
///
/// 0.16.8 attaches the tags of a batch by position after sorting it by
/// created_at: a batch must ascend, and two passages of one instant must not
/// share a batch.
struct PassageBatcher {
    private var pace: PassagePace
    private var batch: [PassageDraft] = []
    private var bytes = 0

    init(_ pace: PassagePace = PassagePace()) {
        self.pace = pace
    }

    mutating func took(_ sent: PassageSender.Sent) {
        pace.took(sent.seconds, for: sent.asked)
    }

    /// - Returns: a full batch, when this draft begins a new one.
    mutating func add(_ draft: PassageDraft) -> [PassageDraft]? {
        let isFull =
            batch.count >= pace.limit || bytes + draft.json.count > PassageBatches.bytesAtMost
        let fits = batch.last.map { !isFull && $0.createdAt < draft.createdAt } ?? true
        let full = fits ? nil : finish()
        batch.append(draft)
        bytes += draft.json.count
        return full
    }

    /// - Returns: what is left.
    mutating func finish() -> [PassageDraft]? {
        defer { (batch, bytes) = ([], 0) }
        return batch.isEmpty ? nil : batch
    }
}
