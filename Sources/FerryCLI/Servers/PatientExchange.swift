import HTTP
import Synchronization

/// Sends again what may be sent again: for minutes at a server that has
/// answered once, twice at one that never did, since its address may be wrong
/// and somebody is waiting.
final class PatientExchange: Exchange {
    private let first: RetryingExchange
    private let later: RetryingExchange
    private let hasAnswered = Mutex(false)

    init(_ base: any Exchange, onRetry: @escaping @Sendable (RetryNotice) -> Void) {
        first = RetryingExchange(base, policy: RetryPolicy(attempts: 2), onRetry: onRetry)
        later = RetryingExchange(base, onRetry: onRetry)
    }

    func send(_ request: Request) async throws -> Response {
        let knowsServer = hasAnswered.withLock { $0 }
        let response = try await (knowsServer ? later : first).send(request)
        if !knowsServer { hasAnswered.withLock { $0 = true } }
        return response
    }
}
