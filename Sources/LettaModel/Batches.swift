/// A stream of batches that is pulled: nothing is fetched before the last
/// batch was taken. One consumer.
///
/// **Bounds**: holds no more than what `next` returns.
public struct Batches<Element: Sendable>: AsyncSequence, Sendable {
    private let pull: @Sendable () async throws -> Element?

    /// - Parameter next: the next batch, or nil at the end; called from one
    ///   task at a time, never again after nil or a throw.
    public init(next: @escaping @Sendable () async throws -> Element?) {
        pull = next
    }

    /// The next batch, or nil at the end. For a consumer that fetches ahead;
    /// one call at a time.
    public func next() async throws -> Element? {
        try await pull()
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(pull: pull)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let pull: @Sendable () async throws -> Element?

        public mutating func next() async throws -> Element? {
            try await pull()
        }
    }
}
