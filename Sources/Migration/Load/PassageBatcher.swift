import Home

/// Passages in ascending order -> batches that the server stores rightly.
///
/// 0.16.8 attaches the tags of a batch by position after sorting it by
/// created_at: a batch must ascend, and two passages of one instant must not
/// share a batch.
struct PassageBatcher {
    let limit: Int
    private var batch: [PassageDraft] = []

    init(limit: Int = 100) {
        self.limit = limit
    }

    /// - Returns: a full batch, when this draft begins a new one.
    mutating func add(_ draft: PassageDraft) -> [PassageDraft]? {
        guard let last = batch.last else {
            batch = [draft]
            return nil
        }
        let fits = batch.count < limit && last.createdAt < draft.createdAt
        if fits {
            batch.append(draft)
            return nil
        }
        defer { batch = [draft] }
        return batch
    }

    /// - Returns: what is left.
    mutating func finish() -> [PassageDraft]? {
        defer { batch = [] }
        return batch.isEmpty ? nil : batch
    }
}
