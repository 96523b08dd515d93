public import Home
public import Journal
public import LettaModel
import Plan
public import Verify

/// Whether a backup can be restored: it was, and was removed again.
public struct DrillResult: Sendable {
    public let snapshot: String
    public let run: RunID
    public let verdict: Verdict?
    /// What `undo` left on the server; empty where all went.
    public let left: [UndoPlan.Left]

    public var isProved: Bool { verdict?.isVerified == true && left.isEmpty }
}

extension Engine {
    /// Loads a backup under a temporary name, compares it item by item with
    /// what the server returns, and takes it back.
    ///
    /// **Effects**: those of a load and its undo; a tool of the server that
    /// has other source by now stays as it is. A run that is stopped in the
    /// middle is a run like any other: `ferry undo RUN` removes what it made.
    public func drill(
        _ path: String, at target: any Home<TargetSide>, readable: any Home<SourceSide>
    ) async throws -> DrillResult {
        var choices = Choices()
        choices.name = "Ferry drill \(Instant.now().text.prefix(19).filter(\.isNumber))"
        choices.tools = .keep
        choices.acceptance = .all
        let loaded = try await load(path, to: target, LoadOrder(choices: choices))
        let undone = try await undo(
            try await journal.run(loaded.run.id.description), at: target, readable: readable, source: nil,
            UndoOrder())
        return DrillResult(
            snapshot: path, run: loaded.run.id, verdict: loaded.verdict, left: undone.left)
    }
}
