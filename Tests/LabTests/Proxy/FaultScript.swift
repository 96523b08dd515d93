import Glibc
import HTTP

/// What happens at one request.
enum Behaviour: String, Sendable, CaseIterable {
    /// Ferry dies before the server sees anything.
    case killBefore
    /// Ferry dies while the server works, and the server finishes.
    case killAfter
    /// The same, and the server sees the connection end.
    case killAndHangUp
    /// The server does it, and the answer is lost with the connection.
    case dropAnswer
    /// The server does it, and 500 is answered.
    case doAndAnswer500
    /// 500 is answered, and the server never saw it.
    case answer500
    /// The server does it at once and the answer comes 10 seconds later.
    case late
}

/// Counts the requests of a move over both of its servers and has one of
/// them go wrong.
final class FaultScript: Sendable {
    private struct State {
        var writes: [String] = []
        var reads = 0
        var victim: pid_t = 0
        var isFired = false
        var fault: (Int, Behaviour)?
        var readFault: Int?
    }

    private let state: Guarded<State>

    /// - Parameters write: the place of the write, from zero. read: the place
    ///   of the read before which ferry is killed.
    init(write: Int? = nil, _ behaviour: Behaviour = .killBefore, read: Int? = nil) {
        var state = State()
        state.fault = write.map { ($0, behaviour) }
        state.readFault = read
        self.state = Guarded(state)
    }

    /// Of whom dies.
    func arm(_ pid: pid_t) { state.withLock { $0.victim = pid } }

    var writes: [String] { state.withLock { $0.writes } }
    var reads: Int { state.withLock { $0.reads } }
    var isFired: Bool { state.withLock { $0.isFired } }

    func kill() {
        let victim = state.withLock { $0.victim }
        if victim > 0 { Glibc.kill(victim, SIGKILL) }
    }

    /// Called once for each request.
    func behaviour(of request: WireRequest, at server: String) -> Behaviour? {
        state.withLock { state -> Behaviour? in
            if request.isRead {
                defer { state.reads += 1 }
                guard state.reads == state.readFault else { return nil }
                state.isFired = true
                return .killBefore
            }
            defer { state.writes.append("\(server) \(request.route)") }
            guard let (place, behaviour) = state.fault, place == state.writes.count else { return nil }
            state.isFired = true
            return behaviour
        }
    }
}
