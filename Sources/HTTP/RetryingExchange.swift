/// A request that is going to be sent again.
public struct RetryNotice: Sendable {
    /// Printed without secrets.
    public let request: Request
    /// What came of the last sending.
    public let cause: RetryMachine.Event
    /// The sending to come; the first was 1.
    public let attempt: Int
    /// Waited before it.
    public let delay: Duration
}

/// Sends again what may be sent again, as `RetryMachine` decides.
///
/// An error inside a body is the reader's to handle, unless a
/// `BufferedExchange` stands below.
public struct RetryingExchange: Exchange {
    private let base: any Exchange
    private let policy: RetryPolicy
    private let time: Timepiece
    private let chance: @Sendable () -> Double
    private let onRetry: @Sendable (RetryNotice) -> Void

    /// - Parameter onRetry: called before each wait, for progress.
    public init(
        _ base: any Exchange, policy: RetryPolicy = RetryPolicy(), time: Timepiece = .system,
        chance: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
        onRetry: @escaping @Sendable (RetryNotice) -> Void = { _ in }
    ) {
        self.base = base
        self.policy = policy
        self.time = time
        self.chance = chance
        self.onRetry = onRetry
    }

    public func send(_ request: Request) async throws -> Response {
        var machine = RetryMachine(request.effect, policy: policy)
        let start = time.now()
        while true {
            switch try await attempt(request, &machine, since: start) {
            case .settled(let response): return response
            case .again(let delay): try await time.wait(delay)
            }
        }
    }

    private enum Step {
        case settled(Response)
        case again(after: Duration)
    }

    /// An answer that is not the last is let go before the wait.
    private func attempt(
        _ request: Request, _ machine: inout RetryMachine, since start: ContinuousClock.Instant
    ) async throws -> Step {
        let (event, result) = try await outcome(of: request)
        let elapsed = start.duration(to: time.now())
        guard case .retry(let delay) = machine.on(event, elapsed: elapsed, chance: chance()) else {
            return .settled(try result.get())
        }
        onRetry(RetryNotice(request: request, cause: event, attempt: machine.attempts + 1, delay: delay))
        return .again(after: delay)
    }

    private func outcome(of request: Request) async throws -> (
        RetryMachine.Event, Result<Response, HTTPError>
    ) {
        do {
            let response = try await base.send(request)
            return (.answered(status: response.status, retryAfter: response.retryAfter), .success(response))
        } catch let error as HTTPError {
            return (.failed(error), .failure(error))
        }
    }
}
