/// The head of an answer and its body as it comes.
public struct Response: Sendable {
    /// As sent; a redirect is not followed.
    public let status: Int
    /// In order, as sent.
    public let headers: [HeaderField]
    /// Pulled: the connection is paused while nobody reads.
    public let body: ResponseBody

    public init(status: Int, headers: [HeaderField], body: ResponseBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first field of that name, case ignored.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// Chunks of a body, pulled one at a time; one consumer.
///
/// Dropping it before its end cancels the transfer.
public struct ResponseBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    let pull: @Sendable () async throws -> [UInt8]?

    /// - Parameter pull: the next chunk, or nil at the end; called from one
    ///   task at a time.
    public init(pull: @escaping @Sendable () async throws -> [UInt8]?) {
        self.pull = pull
    }

    /// A body that is there already.
    public init(_ bytes: [UInt8]) {
        let once = OneChunk(bytes)
        pull = { await once.take() }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(pull: pull) }

    public struct Iterator: AsyncIteratorProtocol {
        let pull: @Sendable () async throws -> [UInt8]?
        public mutating func next() async throws -> [UInt8]? { try await pull() }
    }

    /// The whole body. Throws `HTTPError.tooLarge` past the bound.
    public func collect(upTo bound: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in self {
            guard bytes.count + chunk.count <= bound else {
                throw HTTPError(.tooLarge, detail: "over \(bound) bytes")
            }
            bytes.append(contentsOf: chunk)
        }
        return bytes
    }
}

private actor OneChunk {
    private var bytes: [UInt8]?

    init(_ bytes: [UInt8]) { self.bytes = bytes.isEmpty ? nil : bytes }

    func take() -> [UInt8]? {
        defer { bytes = nil }
        return bytes
    }
}
