import Plan

/// How many passages the next request carries: as many as this target stores
/// while a proxy before it still waits.
///
/// A server embeds and inserts the batches under way one after the other, so
/// each answer takes as long as all of them. A proxy of ten lines gives up
/// after 60 s, and a batch whose answer is lost costs a look at everything.
struct PassagePace {
    /// Seconds that an answer should take at most.
    static let aim = 25.0
    static let fewest = 10

    private let most: Int
    private(set) var limit: Int

    /// - Parameter most: 1 where the target takes them one at a time.
    init(most: Int = PassageBatches.passagesAtMost, first: Int = 50) {
        self.most = most
        limit = min(first, most)
    }

    mutating func took(_ seconds: Double, for count: Int) {
        guard most > 1, count > 0, seconds > 0 else { return }
        let fitting = Self.aim / (seconds / Double(count))
        limit = Int(min(Double(most), max(Double(min(Self.fewest, most)), fitting)))
    }
}
