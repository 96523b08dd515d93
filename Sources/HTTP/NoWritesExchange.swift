/// Lets only reads through: what a command gets that promises to write
/// nothing.
///
/// **Errors**: `HTTPError.refused`, naming method and path.
public struct NoWritesExchange: Exchange {
    private let base: any Exchange

    public init(_ base: any Exchange) {
        self.base = base
    }

    public func send(_ request: Request) async throws -> Response {
        guard request.isHarmless else {
            throw HTTPError(.refused, detail: "\(request.method.rawValue) \(request.shownPath) would write")
        }
        return try await base.send(request)
    }
}

extension Request {
    /// Says that it is a read, and its method does not belie it. Searches are
    /// reads by POST.
    fileprivate var isHarmless: Bool {
        effect == .read && (method == .get || method == .post)
    }
}
