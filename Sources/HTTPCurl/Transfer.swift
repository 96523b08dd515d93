import HTTP

struct ResponseHead: Sendable {
    var status: Int
    var headers: [HeaderField]
}

/// One exchange as both sides see it: the engine's thread delivers, the task
/// that sent the request takes. Waiters are resumed outside the lock.
final class Transfer: Sendable {
    typealias HeadWaiter = CheckedContinuation<ResponseHead, any Error>
    typealias ChunkWaiter = CheckedContinuation<[UInt8]?, any Error>

    let request: Request
    private let state = Guarded(State())

    fileprivate struct State {
        var headWaiter: HeadWaiter?
        var chunkWaiter: ChunkWaiter?
        var buffer: [UInt8] = []
        /// The engine stopped reading because the buffer is full.
        var pausesEngine = false
        var isCancelled = false
        var end: End?
    }

    enum End {
        case complete
        case failed(HTTPError)
    }

    init(_ request: Request) {
        self.request = request
    }

    // The sender's side.

    func awaitHead(_ waiter: HeadWaiter) {
        state.withLock { $0.headWaiter = waiter }
    }

    /// Resumes the waiter now or when something comes; true if the engine has
    /// to read on.
    func takeChunk(_ waiter: ChunkWaiter) -> Bool {
        let (taken, resumesEngine) = state.withLock { state -> (State.Taken, Bool) in
            let taken = state.take()
            if case .nothingYet = taken { state.chunkWaiter = waiter }
            defer { state.pausesEngine = false }
            return (taken, state.pausesEngine)
        }
        switch taken {
        case .nothingYet: break
        case .chunk(let bytes): waiter.resume(returning: bytes)
        case .end: waiter.resume(returning: nil)
        case .error(let error): waiter.resume(throwing: error)
        }
        return resumesEngine
    }

    /// Marks it; true the first time, unless it is over already.
    func markCancelled() -> Bool {
        state.withLock { state in
            guard !state.isCancelled, state.end == nil else { return false }
            state.isCancelled = true
            return true
        }
    }

    var hasEnded: Bool { state.withLock { $0.end != nil } }

    // The engine's side.

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    var waitingBytes: Int { state.withLock { $0.buffer.count } }

    func deliver(_ head: ResponseHead) {
        let waiter = state.withLock { $0.headWaiter.take() }
        waiter?.resume(returning: head)
    }

    /// Moves `bytes` to the reader. Returns how many bytes wait for it now;
    /// if that is none, an engine that paused has to read on by itself.
    func deliver(_ bytes: inout [UInt8], pausing: Bool) -> Int {
        let (waiter, chunk, waiting) = state.withLock { state -> (ChunkWaiter?, [UInt8], Int) in
            state.append(&bytes)
            if !state.buffer.isEmpty, let waiter = state.chunkWaiter.take() {
                return (waiter, state.takeBuffer(), 0)
            }
            state.pausesEngine = pausing && !state.buffer.isEmpty
            return (nil, [], state.buffer.count)
        }
        waiter?.resume(returning: chunk)
        return waiting
    }

    func finish(_ end: End) {
        let (head, chunk) = state.withLock { state -> (HeadWaiter?, ChunkWaiter?) in
            state.end = end
            if state.isCancelled { state.buffer = [] }
            return (state.headWaiter.take(), state.chunkWaiter.take())
        }
        switch end {
        case .complete:
            head?.resume(throwing: HTTPError(.other, detail: "ended without a head", mayHaveArrived: true))
            chunk?.resume(returning: nil)
        case .failed(let error):
            head?.resume(throwing: error)
            chunk?.resume(throwing: error)
        }
    }
}

extension Transfer.State {
    enum Taken {
        case nothingYet
        case chunk([UInt8])
        case end
        case error(HTTPError)
    }

    /// What came before an error is handed out before it.
    mutating func take() -> Taken {
        if !buffer.isEmpty { return .chunk(takeBuffer()) }
        switch end {
        case nil: return .nothingYet
        case .complete: return .end
        case .failed(let error): return .error(error)
        }
    }

    mutating func takeBuffer() -> [UInt8] {
        defer { buffer = [] }
        return buffer
    }

    mutating func append(_ bytes: inout [UInt8]) {
        if buffer.isEmpty {
            swap(&buffer, &bytes)
        } else {
            buffer.append(contentsOf: bytes)
            bytes.removeAll(keepingCapacity: true)
        }
    }
}
