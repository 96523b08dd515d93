import HTTP
import Synchronization

/// Answers in memory, as told; remembers what it was sent.
final class ScriptedExchange: Exchange {
    typealias Reply = @Sendable (Request, _ number: Int) async throws -> Response

    private let reply: Reply
    private let log = Mutex<[Request]>([])

    init(_ reply: @escaping Reply = { _, _ in .ok() }) {
        self.reply = reply
    }

    var requests: [Request] { log.withLock { $0 } }

    func send(_ request: Request) async throws -> Response {
        let number = log.withLock { log in
            log.append(request)
            return log.count
        }
        return try await reply(request, number)
    }
}

extension Response {
    static func ok(_ text: String = "", _ status: Int = 200, headers: [HeaderField] = []) -> Response {
        Response(status: status, headers: headers, body: ResponseBody(Array(text.utf8)))
    }

    func text() async throws -> String {
        String(decoding: try await body.collect(upTo: 1 << 20), as: UTF8.self)
    }
}

extension ResponseBody {
    /// These chunks, then the error, if any.
    static func chunks(_ chunks: [String], then error: HTTPError? = nil) -> ResponseBody {
        let left = Once(chunks)
        return ResponseBody {
            if let chunk = left.next() { return Array(chunk.utf8) }
            if let error { throw error }
            return nil
        }
    }
}

private final class Once: Sendable {
    private let left: Mutex<[String]>

    init(_ chunks: [String]) { left = Mutex(chunks) }

    func next() -> String? { left.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

/// A clock that stands still but for those who sleep.
final class ManualTime: Sendable {
    private let state = Mutex<(now: ContinuousClock.Instant, slept: [Duration])>((ContinuousClock.now, []))

    var slept: [Duration] { state.withLock { $0.slept } }

    func advance(_ duration: Duration) { state.withLock { $0.now += duration } }

    var piece: Timepiece {
        Timepiece(
            now: { [self] in state.withLock { $0.now } },
            sleep: { [self] duration in
                try Task.checkCancellation()
                state.withLock { state in
                    state.now += duration
                    state.slept.append(duration)
                }
            })
    }
}

extension Request {
    static let read = Request(.get, "https://letta.test/v1/agents/", effect: .read)
    static let put = Request(.put, "https://letta.test/v1/blocks/b", effect: .idempotent)
    static let create = Request(.post, "https://letta.test/v1/agents/", effect: .create(marker: "m"))
}

func thrown(_ body: () async throws -> Void) async -> HTTPError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? HTTPError ?? HTTPError(.other, detail: "not an HTTPError: \(error)")
    }
}
