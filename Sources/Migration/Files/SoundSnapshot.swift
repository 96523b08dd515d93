import LettaModel
import Snapshot

/// A snapshot whose every item is what was stored: a disk may have changed one
/// since, and what is made or compared from that would be called right.
///
/// - Parameter looks: false where this very run has just written or looked at it.
/// **Bounds**: reads the file once more, one item at a time.
/// **Errors**: `snapshot-unreadable`, naming the first damaged item.
func withSoundSnapshot<Result: Sendable>(
    at path: String, looks: Bool = true, _ body: (AgentSnapshot) async throws -> Result
) async throws -> Result {
    try await withSnapshot(at: path, .read) { snapshot in
        guard looks else { return try await body(snapshot) }
        let integrity = try await snapshot.integrity()
        if let first = integrity.damaged.first {
            let more = integrity.damages > 1 ? ", and \((integrity.damages - 1).grouped) more like it" : ""
            throw Failure(
                .snapshotUnreadable, subject: path,
                reason: "it is damaged: \(first.kind) \(first.item): \(first.reason)\(more)",
                remedy: "ferry verify \(ShellWord.quoted(path)) names what is damaged; "
                    + "take another copy, or capture it again: ferry snapshot AGENT --from SERVER -o FILE")
        }
        return try await body(snapshot)
    }
}
