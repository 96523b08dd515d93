public import HTTP

/// The one `Exchange` with a socket: HTTP/1.1 by libcurl on a thread of its
/// own.
///
/// Redirects are not followed. A `.create` request and one that
/// `usesFreshConnection` never travel over a pooled connection, because
/// libcurl repeats a request of its own accord when such a connection turns
/// out to be dead. A cancelled task, or an answer that is dropped before its
/// end, aborts the transfer at once.
///
/// **Effects**: the thread starts with the first request and ends with
/// `shutdown()` or when the last answer and the exchange itself are gone.
/// **Bounds**: holds `CurlSettings.bufferBound` bytes an answer, and one read
/// of the socket.
/// **Errors**: `HTTPError`.
public final class CurlExchange: Exchange {
    private let engine: CurlEngine

    /// Costs nothing before the first request.
    public init(_ settings: CurlSettings) {
        engine = CurlEngine(settings)
    }

    deinit { engine.stop() }

    public func send(_ request: Request) async throws -> Response {
        try request.checkHeaders()
        let transfer = Transfer(request)
        let head = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                transfer.awaitHead(waiter)
                engine.start(transfer)
            }
        } onCancel: {
            engine.cancel(transfer)
        }
        let reader = BodyReader(transfer, engine: engine, owner: self)
        return Response(
            status: head.status, headers: head.headers, body: ResponseBody { try await reader.next() })
    }

    /// Aborts what is under way and returns when the thread has let go of
    /// every connection. Later requests are refused.
    public func shutdown() async {
        await withCheckedContinuation { engine.stop($0) }
    }
}

/// Runs `body` with an exchange that is shut down on every way out.
public func withCurlExchange<Value>(
    _ settings: CurlSettings, _ body: (CurlExchange) async throws -> Value
) async throws -> Value {
    let exchange = CurlExchange(settings)
    do {
        let value = try await body(exchange)
        await exchange.shutdown()
        return value
    } catch {
        await exchange.shutdown()
        throw error
    }
}

/// The consumer's end of an answer. Its release aborts the transfer.
private final class BodyReader: Sendable {
    private let transfer: Transfer
    private let engine: CurlEngine
    /// Keeps the engine running while somebody can still read.
    private let owner: CurlExchange

    init(_ transfer: Transfer, engine: CurlEngine, owner: CurlExchange) {
        self.transfer = transfer
        self.engine = engine
        self.owner = owner
    }

    deinit {
        if !transfer.hasEnded { engine.cancel(transfer) }
    }

    func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                if transfer.takeChunk(waiter) { engine.resume(transfer) }
            }
        } onCancel: {
            engine.cancel(transfer)
        }
    }
}

extension Request {
    /// A line break in a header would let its value write headers.
    fileprivate func checkHeaders() throws {
        for field in headers where !field.isOneLine {
            throw HTTPError(.badHeader, detail: "a header has a control character in its name or value")
        }
    }
}

extension HeaderField {
    fileprivate var isOneLine: Bool {
        !name.isEmpty && !(name + value).utf8.contains { $0 == 0 || $0 == 10 || $0 == 13 }
            && !name.utf8.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: " ") }
    }
}
