import HTTP
import HTTPCurl
import LettaModel

extension Crossing {
    /// As the command line puts them together, but quick to try again.
    static func exchange(over curl: CurlExchange, _ setting: Setting, _ ends: Ends) -> any Exchange {
        let policy = RetryPolicy(
            attempts: 6, total: .seconds(20), firstDelay: .milliseconds(4), longestDelay: .milliseconds(30))
        let impatient = Impatient(base: curl, setting: setting, ends: ends)
        return LimitedExchange(
            RetryingExchange(BufferedExchange(impatient, bound: 4 << 20), policy: policy), inFlight: 8)
    }
}

/// Shortens the patience of requests to some routes, doubles others, and lets
/// a test look at each before it is sent.
private struct Impatient: Exchange {
    let base: any Exchange
    let setting: Crossing.Setting
    let ends: Crossing.Ends

    func send(_ request: Request) async throws -> Response {
        var request = request
        let name = "\(request.method.rawValue) \(request.url)"
        try await setting.before(name, ends)
        let limit = setting.impatience.last { Self.matches(name, $0.route) }?.limit
        request.timeout = limit ?? .seconds(30)
        if let route = setting.duplicated, Self.matches(name, route) {
            for try await _ in try await base.send(request).body {}
        }
        return try await base.send(request)
    }

    /// - Parameter route: `POST /v1/agents/import`; the path may be a part.
    private static func matches(_ name: String, _ route: String) -> Bool {
        let parts = route.split(separator: " ", maxSplits: 1)
        guard let method = parts.first, let path = parts.last else { return false }
        return name.hasPrefix(method + " ") && name.contains(path)
    }
}
