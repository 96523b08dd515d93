import LettaModel
import LosslessJSON

/// Whether an agent moved while it was read.
enum Movement {
    /// Bookkeeping of the server that says nothing about the agent's mind.
    private static let volatile: Set<String> = [
        "updated_at", "last_updated_by_id", "last_run_completion", "last_run_duration_ms", "last_stop_reason",
    ]

    /// - Parameters rows, listed: how many rows there were at the last look
    ///   and now.
    /// - Returns: what moved, in words; nil when it stood still.
    static func between<Side>(
        _ before: AgentState<Side>, _ after: AgentState<Side>, rows: Int, _ listed: Int
    ) -> String? {
        if before.messageIDs != after.messageIDs { return "its context changed" }
        if rows != listed { return "\(listed - rows) rows more" }
        guard let one = try? JSONDocument(before.json).root, let other = try? JSONDocument(after.json).root
        else {
            return "its state cannot be compared"
        }
        let isSame = Canonical.bytes(one, dropping: volatile) == Canonical.bytes(other, dropping: volatile)
        return isSame ? nil : "its state changed"
    }
}
