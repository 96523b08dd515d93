import HTTP
import Report
import Synchronization

/// How long each stage took, and what it asked of the servers; for the
/// report.
final class StageClock: Sendable {
    private let now: @Sendable () -> Double
    private let state = Mutex(State())

    private struct State {
        var ended: [RunSummary.StageTiming] = []
        var current: RunSummary.StageTiming?
        var since: Double = 0
    }

    init(now: @escaping @Sendable () -> Double) {
        self.now = now
    }

    func begin(_ stage: String) {
        let time = now()
        state.withLock { state in
            Self.end(&state, at: time)
            state.current = RunSummary.StageTiming(name: stage, seconds: 0)
            state.since = time
        }
    }

    func count(_ record: ExchangeRecord) {
        state.withLock { state in
            state.current?.requests += 1
            state.current?.bytes += record.received
        }
    }

    /// All stages so far; the one that runs counts until now.
    func stages() -> [RunSummary.StageTiming] {
        let time = now()
        return state.withLock { state in
            Self.end(&state, at: time)
            return state.ended
        }
    }

    private static func end(_ state: inout State, at time: Double) {
        guard var stage = state.current else { return }
        stage.seconds = time - state.since
        state.ended.append(stage)
        state.current = nil
    }
}
