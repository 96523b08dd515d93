/// How often and how patiently a request is repeated.
public struct RetryPolicy: Sendable {
    /// Sendings in all, the first one included.
    public var attempts: Int
    /// From the first sending to the start of the last.
    public var total: Duration
    /// Doubled each time, up to `longestDelay`; between half and all of it is
    /// waited, by chance.
    public var firstDelay: Duration
    /// Bound of the doubling.
    public var longestDelay: Duration

    public init(
        attempts: Int = 6, total: Duration = .seconds(300), firstDelay: Duration = .milliseconds(500),
        longestDelay: Duration = .seconds(20)
    ) {
        self.attempts = attempts
        self.total = total
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
    }
}

/// Decides whether a request is sent again. Pure: time and chance are passed
/// in.
///
/// What may be repeated at will is repeated after a lost connection, 408, 409
/// with `Retry-After`, 429, 502, 503 and 504; a read once after 500, which
/// Letta also answers for what will fail each time. A create is repeated only
/// after an error that came before anything was sent: any answer, even one
/// that refuses, is for the caller to judge.
public struct RetryMachine: Sendable {
    /// What came of a sending.
    public enum Event: Sendable, Equatable {
        case answered(status: Int, retryAfter: Duration?)
        case failed(HTTPError)
    }

    /// What to do now.
    public enum Action: Sendable, Equatable {
        /// The answer or the error stands.
        case settle
        case retry(after: Duration)
    }

    /// Sendings so far.
    public private(set) var attempts = 0

    private let effect: Request.Effect
    private let policy: RetryPolicy
    private var delays = 0
    private var serverErrors = 0
    private var unknownNames = 0
    private var hasMetStaleConnection = false

    public init(_ effect: Request.Effect, policy: RetryPolicy) {
        self.effect = effect
        self.policy = policy
    }

    /// - Parameters:
    ///   - elapsed: since the first sending began.
    ///   - chance: in 0..<1.
    public mutating func on(_ event: Event, elapsed: Duration, chance: Double) -> Action {
        attempts += 1
        guard attempts < policy.attempts, allows(event) else { return .settle }
        let delay = delay(after: event, chance: chance)
        return elapsed + delay <= policy.total ? .retry(after: delay) : .settle
    }

    private mutating func allows(_ event: Event) -> Bool {
        switch event {
        case .answered(let status, let retryAfter): allows(status, asksToWait: retryAfter != nil)
        case .failed(let error): allows(error)
        }
    }

    private mutating func allows(_ status: Int, asksToWait: Bool) -> Bool {
        if case .create = effect { return false }
        switch status {
        case 408, 429, 502, 503, 504: return true
        case 409: return asksToWait
        case 500:
            serverErrors += 1
            return effect == .read && serverErrors == 1
        default: return false
        }
    }

    private mutating func allows(_ error: HTTPError) -> Bool {
        if case .create = effect, error.mayHaveArrived { return false }
        switch error.code {
        case .connectionRefused, .unreachable, .connectionLost, .truncated, .timedOut: return true
        case .nameNotFound:
            unknownNames += 1
            return unknownNames <= 2
        case .tlsFailed, .certificateRejected, .tlsToPlainPort, .plainToTLSPort, .tooLarge, .notJSON,
            .refused, .badHeader,
            .cancelled, .fileUnreadable, .badURL, .other:
            return false
        }
    }

    private mutating func delay(after event: Event, chance: Double) -> Duration {
        if isFirstStaleConnection(event) { return .zero }
        let doubled = policy.firstDelay * (1 << min(delays, 20))
        delays += 1
        let backoff = min(doubled, policy.longestDelay) * (0.5 + chance / 2)
        guard case .answered(_, let asked?) = event else { return backoff }
        // A little later than asked, for all who were asked the same.
        return max(backoff, asked + policy.firstDelay * chance)
    }

    /// Servers close idle connections at any moment; the next one is new.
    private mutating func isFirstStaleConnection(_ event: Event) -> Bool {
        guard case .failed(let error) = event, error.code == .connectionLost, effect == .read else {
            return false
        }
        defer { hasMetStaleConnection = true }
        return !hasMetStaleConnection
    }
}
