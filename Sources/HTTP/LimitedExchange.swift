/// At most so many requests under way; optionally not faster than one an
/// interval.
///
/// A request is under way until its answer's body has ended or was dropped,
/// so who waits for another answer while it holds an unread one needs a limit
/// above one.
public final class LimitedExchange: Exchange {
    private let base: any Exchange
    private let slots: Slots
    private let interval: Duration
    private let time: Timepiece
    private let nextStart = Guarded<ContinuousClock.Instant?>(nil)

    /// - Parameter interval: from the start of one request to that of the
    ///   next, at least.
    public init(
        _ base: any Exchange, inFlight: Int, interval: Duration = .zero, time: Timepiece = .system
    ) {
        self.base = base
        slots = Slots(inFlight)
        self.interval = interval
        self.time = time
    }

    public func send(_ request: Request) async throws -> Response {
        try await base.send(request, in: slots) { try await time.wait(pause()) }
    }

    private func pause() -> Duration {
        guard interval > .zero else { return .zero }
        let now = time.now()
        let interval = interval
        let start = nextStart.withLock { next in
            let start = max(now, next ?? now)
            next = start + interval
            return start
        }
        return now.duration(to: start)
    }
}
