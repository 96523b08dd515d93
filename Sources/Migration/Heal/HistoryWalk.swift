import Home
import LettaModel

/// One walk through the agent's listing: does it work, and which is its
/// newest system row.
struct HistoryWalk {
    private(set) var systemRow: String?
    /// What the server says where it fails.
    private(set) var fault: String?

    /// Answers that mean that a row cannot be shown; others are thrown.
    private static let faults: [ErrorCode] = [.serverError, .serverRefused, .historyIncomplete]

    /// A fault is believed only when a second walk meets it, too: a server
    /// that stumbles once has no broken rows.
    static func certain(of agent: TargetID<AgentKind>, _ home: any Home<TargetSide>) async throws
        -> HistoryWalk
    {
        let first = try await HistoryWalk(of: agent, home)
        return first.fault == nil ? first : try await HistoryWalk(of: agent, home)
    }

    private init(of agent: TargetID<AgentKind>, _ home: any Home<TargetSide>) async throws {
        do {
            for try await page in home.listing(of: agent, thread: .main, from: .oldest) {
                if let stretch = page.unreachable { fault = fault ?? stretch.reason }
                let system = page.rows.last { $0.messageTypes.contains("system_message") }
                systemRow = system?.id.raw ?? systemRow
            }
        } catch let failure as Failure where Self.faults.contains(failure.code) {
            fault = fault ?? failure.reason
        }
    }
}
