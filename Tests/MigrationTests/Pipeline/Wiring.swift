import HTTP
import HTTPCurl
import LettaModel

extension Crossing {
    /// As the command line puts them together, but quick to try again.
    static func exchange(over curl: CurlExchange, _ setting: Setting) -> any Exchange {
        let policy = RetryPolicy(
            attempts: 6, total: .seconds(20), firstDelay: .milliseconds(4), longestDelay: .milliseconds(30))
        let impatient = Impatient(base: curl, limits: setting.impatience)
        return LimitedExchange(
            RetryingExchange(BufferedExchange(impatient, bound: 4 << 20), policy: policy), inFlight: 8)
    }
}

/// Shortens the patience of requests to some routes.
private struct Impatient: Exchange {
    let base: any Exchange
    let limits: [(route: String, limit: Duration)]

    func send(_ request: Request) async throws -> Response {
        var request = request
        let name = "\(request.method.rawValue) \(request.url)"
        request.timeout = .seconds(30)
        for (route, limit) in limits {
            let parts = route.split(separator: " ", maxSplits: 1)
            guard let method = parts.first, let path = parts.last else { continue }
            if name.hasPrefix(method + " "), name.contains(path) { request.timeout = limit }
        }
        return try await base.send(request)
    }
}
