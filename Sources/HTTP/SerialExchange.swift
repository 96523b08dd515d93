/// Requests with the same key one after another; those without a key pass.
///
/// A request is over when its answer's body has ended or was dropped.
public final class SerialExchange: Exchange {
    private let base: any Exchange
    private let key: @Sendable (Request) -> String?
    private let lanes = Guarded<[String: Slots]>([:])

    /// - Parameter key: from a bounded set; each is remembered.
    public init(_ base: any Exchange, key: @escaping @Sendable (Request) -> String?) {
        self.base = base
        self.key = key
    }

    public func send(_ request: Request) async throws -> Response {
        guard let key = key(request) else { return try await base.send(request) }
        let lane = lanes.withLock { lanes in
            let lane = lanes[key] ?? Slots(1)
            lanes[key] = lane
            return lane
        }
        return try await base.send(request, in: lane)
    }
}
