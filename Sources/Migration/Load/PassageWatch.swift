/// Decides when it is safe to read the passages of an archive into which a
/// request of unknown outcome went: the client died, or the answer was lost,
/// and the server may still be embedding and storing the batch.
///
/// Seen on 0.16.8: a batch arrives whole or not at all, 1.3 s after its
/// client has died, and several seconds on a busy machine. Whoever looks once
/// and sends again makes each passage twice.
struct PassageWatch {
    enum Action: Equatable, Sendable {
        /// Look again after this many seconds.
        case look(after: Double)
        /// Nothing is on its way any more.
        case read
    }

    /// How many there have to be: with all of them there, nothing is missing
    /// and so nothing can be on its way.
    let expected: Int
    /// Seconds without any change.
    let patience: Double
    let interval: Double
    private var lastCount: Int?
    private var lastChange: Double

    /// - Parameter now: seconds on any steady clock.
    init(expected: Int, now: Double, patience: Double = 10, interval: Double = 0.5) {
        self.expected = expected
        self.patience = patience
        self.interval = interval
        lastChange = now
    }

    /// - Parameter count: nil where the server does not tell it.
    mutating func on(_ count: Int?, now: Double) -> Action {
        if count != lastCount {
            lastCount = count
            lastChange = now
        }
        if count == expected || now - lastChange >= patience { return .read }
        return .look(after: interval)
    }
}
