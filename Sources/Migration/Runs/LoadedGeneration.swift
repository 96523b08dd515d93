import Journal
import LettaModel
import Snapshot

/// Which generation of its snapshot a run loads: a file that was captured
/// again since holds another agent than the one that was planned and compared.
extension Engine {
    private static let prefix = "loads generation "

    /// Remembers it, or compares with what was remembered.
    ///
    /// **Errors**: `snapshot-moved-on`.
    func keepGeneration(of snapshot: AgentSnapshot, _ path: String, _ run: RunRecord) async throws {
        guard let known = try await loadedGeneration(of: run) else {
            guard let number = try await snapshot.generations().last?.number else { return }
            return try await journal.note("\(Self.prefix)\(number) of \(path)", run.id)
        }
        try await Self.check(known, against: snapshot, path, run: run.id)
    }

    func loadedGeneration(of run: RunRecord) async throws -> Int? {
        try await journal.events(run.id).lazy.compactMap { event in
            guard event.text.hasPrefix(Self.prefix) else { return nil }
            return Int(event.text.dropFirst(Self.prefix.count).prefix { $0.isNumber })
        }.first
    }

    static func check(_ known: Int, against snapshot: AgentSnapshot, _ path: String, run: RunID) async throws
    {
        let number = try await snapshot.generations().last?.number ?? 0
        guard number != known else { return }
        throw Failure(
            .snapshotMovedOn, subject: path,
            reason: "it was captured again since run \(run) loaded it (capture \(known) then, \(number) now)",
            remedy: "compare with what it holds now: ferry verify \(path) --at SERVER --agent AGENT",
            end: .source)
    }
}
