/// One request and what came of it, without secrets.
public struct ExchangeRecord: Sendable, Equatable {
    /// How it ended.
    public enum Outcome: Sendable, Equatable {
        /// The body came to its end.
        case complete
        case failed(HTTPError.Code)
        /// Nobody read to the end.
        case dropped
    }

    /// Of the request.
    public let method: Request.Method
    /// Path and query, secret values masked.
    public let path: String
    /// Nil if there was no head.
    public let status: Int?
    /// How it ended.
    public let outcome: Outcome
    /// Bytes of the body that were read.
    public let received: Int
    /// From sending to the end of the body.
    public let duration: Duration
}

/// What went through a `RecordingExchange` so far.
public struct ExchangeTotals: Sendable, Equatable {
    /// All of them, also those under way.
    public var requests = 0
    /// Requests whose effect is not a read.
    public var writes = 0
    /// Requests without a whole answer.
    public var failures = 0
    /// Bytes of bodies that were read.
    public var received = 0

    public init() {}
}

/// Reports each request when it is over, and counts.
public final class RecordingExchange: Exchange {
    private let base: any Exchange
    private let time: Timepiece
    private let sink: @Sendable (ExchangeRecord) -> Void
    private let counts = Guarded(ExchangeTotals())

    /// - Parameter sink: called once a request, on any thread.
    public init(
        _ base: any Exchange, time: Timepiece = .system,
        sink: @escaping @Sendable (ExchangeRecord) -> Void = { _ in }
    ) {
        self.base = base
        self.time = time
        self.sink = sink
    }

    /// So far; bytes are counted when a body is over.
    public var totals: ExchangeTotals { counts.withLock { $0 } }

    public func send(_ request: Request) async throws -> Response {
        let start = time.now()
        let isWrite = request.effect != .read
        counts.withLock { totals in
            totals.requests += 1
            if isWrite { totals.writes += 1 }
        }
        do {
            return watch(try await base.send(request), to: request, since: start)
        } catch {
            settle(request, nil, .failed(code(of: error)), 0, since: start)
            throw error
        }
    }

    private func watch(_ response: Response, to request: Request, since start: ContinuousClock.Instant)
        -> Response
    {
        let bytes = Tally()
        return response.watched {
            bytes.add($0)
        } onEnd: { [self] end in
            settle(request, response.status, outcome(of: end), bytes.value, since: start)
        }
    }

    private func settle(
        _ request: Request, _ status: Int?, _ outcome: ExchangeRecord.Outcome, _ received: Int,
        since start: ContinuousClock.Instant
    ) {
        counts.withLock { totals in
            totals.received += received
            if case .failed = outcome { totals.failures += 1 }
        }
        sink(
            ExchangeRecord(
                method: request.method, path: request.shownPath, status: status, outcome: outcome,
                received: received, duration: start.duration(to: time.now())))
    }
}

private func outcome(of end: WatchedBody.End) -> ExchangeRecord.Outcome {
    switch end {
    case .complete: .complete
    case .failed(let error): .failed(code(of: error))
    case .dropped: .dropped
    }
}

private func code(of error: any Error) -> HTTPError.Code {
    if let error = error as? HTTPError { return error.code }
    return error is CancellationError ? .cancelled : .other
}

private final class Tally: Sendable {
    private let count = Guarded(0)

    var value: Int { count.withLock { $0 } }

    func add(_ more: Int) { count.withLock { $0 += more } }
}
