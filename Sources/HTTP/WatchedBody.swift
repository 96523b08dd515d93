/// A body that tells what becomes of it.
final class WatchedBody: Sendable {
    enum End: Sendable {
        case complete
        case failed(any Error)
        /// Nobody read on.
        case dropped
    }

    private let body: ResponseBody
    private let onChunk: @Sendable (Int) -> Void
    private let onEnd: @Sendable (End) -> Void
    private let isOpen = Guarded(true)

    init(
        _ body: ResponseBody, onChunk: @escaping @Sendable (Int) -> Void,
        onEnd: @escaping @Sendable (End) -> Void
    ) {
        self.body = body
        self.onChunk = onChunk
        self.onEnd = onEnd
    }

    deinit { end(.dropped) }

    func next() async throws -> [UInt8]? {
        do {
            let chunk = try await body.pull()
            if let chunk { onChunk(chunk.count) } else { end(.complete) }
            return chunk
        } catch {
            end(.failed(error))
            throw error
        }
    }

    private func end(_ end: End) {
        let isFirst = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if isFirst { onEnd(end) }
    }
}

extension Response {
    /// The same answer; `onEnd` is called once, when its body ends, fails or
    /// is dropped.
    func watched(
        onChunk: @escaping @Sendable (Int) -> Void = { _ in },
        onEnd: @escaping @Sendable (WatchedBody.End) -> Void
    ) -> Response {
        let watched = WatchedBody(body, onChunk: onChunk, onEnd: onEnd)
        return Response(status: status, headers: headers, body: ResponseBody { try await watched.next() })
    }
}
