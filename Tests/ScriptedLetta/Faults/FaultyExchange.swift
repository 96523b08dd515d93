import LosslessJSON
import Synchronization

/// One request on its way through the faults that it meets: whether the work
/// is done, when, and what becomes of its answer.
struct FaultyExchange {
    let server: ScriptedServer
    let socket: Socket
    let name: String
    let behaviours: [Fault.Behaviour]
    /// nil while nothing was answered.
    private(set) var status: Int?

    init(server: ScriptedServer, socket: Socket, name: String, behaviours: [Fault.Behaviour]) {
        self.server = server
        self.socket = socket
        self.name = name
        self.behaviours = behaviours
    }

    /// False where the connection ends.
    mutating func run(_ work: (RequestChanges) -> Answer) -> Bool {
        if let kept = insteadOfWork() { return kept }
        for case .workLate(let milliseconds) in behaviours { pause(milliseconds: milliseconds) }
        let changes = RequestChanges(behaviours)
        if behaviours.contains(.repeatPreviousPage), let last = lastAnswer { return send(last) }
        let answer = work(changes)
        remember(answer)
        return afterWork(answer)
    }

    // MARK: before

    /// nil where the work shall be done.
    private mutating func insteadOfWork() -> Bool? {
        for behaviour in behaviours {
            switch behaviour {
            case .refuse(let status, let retryAfter, let isHTML):
                var answer: Answer =
                    isHTML ? .html(status, "\(status)") : .detail(status, "scripted \(status)")
                if let retryAfter { answer.headers.append(("retry-after", String(retryAfter))) }
                return send(answer)
            case .html: return send(.html(200))
            case .wrongShape: return send(.json(["unexpected": true]))
            case .hang: return waitForTheEnd()
            default: break
            }
        }
        return nil
    }

    private func waitForTheEnd() -> Bool {
        while !server.state.withLock({ $0.isStopped }), !socket.isGone(within: 50) {}
        return false
    }

    // MARK: after

    private mutating func afterWork(_ answer: Answer) -> Bool {
        for behaviour in behaviours {
            switch behaviour {
            case .workThenRefuse(let status): return send(.detail(status, "scripted \(status)"))
            case .workThenHang: return waitForTheEnd()
            case .workThenClose:
                socket.reset()
                return false
            case .answerLate(let milliseconds): pause(milliseconds: milliseconds)
            case .closeMidBody(let bytes): return sendPart(of: answer, bytes, then: { _ in false })
            case .stallMidBody(let bytes): return sendPart(of: answer, bytes, then: { $0.waitForTheEnd() })
            case .truncateJSON(let kept):
                let (whole, bytes) = answer.whole()
                var short = whole
                short.body = .bytes(Array(bytes.prefix(kept)))
                return send(short)
            case .wrongContentType(let type):
                var other = answer
                other.headers.removeAll { $0.0 == "content-type" }
                other.headers.append(("content-type", type))
                return send(other)
            default: break
            }
        }
        return send(answer)
    }

    private mutating func send(_ answer: Answer) -> Bool {
        status = answer.status
        return socket.write(answer)
    }

    private mutating func sendPart(of answer: Answer, _ count: Int, then end: (Self) -> Bool) -> Bool {
        let (whole, bytes) = answer.whole()
        status = answer.status
        guard socket.write(whole.head(length: bytes.count)), socket.write(bytes.prefix(count)) else {
            return false
        }
        return end(self)
    }

    // MARK: the previous answer

    private var lastAnswer: Answer? { server.state.withLock { $0.lastAnswers[name] } }

    private func remember(_ answer: Answer) {
        guard name.hasPrefix("GET "), answer.status == 200 else { return }
        server.state.withLock { $0.lastAnswers[name] = answer }
    }
}
