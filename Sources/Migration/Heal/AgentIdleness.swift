import Home
import LettaModel

/// Whether anybody talks to an agent right now. What is changed under a turn
/// that is under way would be overwritten by its end.
///
/// **Source**: 0.16.8: a turn is `created` until it ends, also where it ends
/// in an error; only a server that was killed leaves one open for ever.
struct AgentIdleness {
    let home: any Home<TargetSide>
    var now: @Sendable () -> Instant = { Instant.now() }

    /// A turn that has been open for longer was left by a server that died.
    private static let longestTurn: Int64 = 3600 * 1_000_000

    /// - Parameter again: the command to type when the turn has ended.
    /// **Errors**: `agent-busy`.
    func check(_ agent: TargetID<AgentKind>, named name: String, again: String) async throws {
        let oldest = Instant(microseconds: now().microseconds - Self.longestTurn)
        let runs = try await home.activeRuns(of: agent).filter { $0.beganAt.map { $0 > oldest } ?? true }
        guard let run = runs.first else { return }
        let since = run.beganAt.map { " since \($0.text)" } ?? ""
        throw Failure(
            .agentBusy, subject: "\(name) (\(agent))",
            reason: "a turn is under way\(since) (\(run.id)); nothing was changed",
            remedy: "wait until it has ended, or stop what talks to the agent, then: \(again)")
    }
}
