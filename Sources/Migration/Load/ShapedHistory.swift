import AgentFile
import LettaModel
import Snapshot

/// The main thread of a snapshot as rows of an agent file: the one path from
/// stored rows to shaped ones, taken by the plan, the load, the export and
/// the verification alike.
struct ShapedHistory {
    let snapshot: AgentSnapshot
    let contents: SnapshotContents

    /// Every output in order; memory is bounded by one batch of rows.
    ///
    /// - Returns: what a conversion came to; nil where there was none.
    @discardableResult
    func forEach(_ body: (ShapeOutput) async throws -> Void) async throws -> LegacySummary? {
        var shaper = contents.shaper
        var rows = 0
        var hasSystemRow = false
        func pass(_ output: ShapeOutput) async throws {
            if case .row(let row) = output {
                rows += 1
                hasSystemRow = hasSystemRow || row.role == "system"
            }
            try await body(output)
        }
        for try await batch in snapshot.history(.main) {
            for row in batch {
                for output in try shaper.take(try Self.input(row)) { try await pass(output) }
            }
        }
        for output in try shaper.finish() { try await pass(output) }
        // Chat fails for ever on a context that begins with no system row.
        if !hasSystemRow { try await body(.row(try contents.systemRow(at: rows))) }
        return shaper.summary
    }

    static func input(_ row: StoredRow) throws -> ShapeInput {
        if let native = row.native {
            return ShapeInput(
                ordinal: row.ordinal, sourceID: row.id.raw, json: native,
                origin: row.listed == nil ? .file : .native,
                listed: row.listed)
        }
        guard let listed = row.listed else {
            throw Failure(
                .snapshotUnreadable, subject: "message \(row.ordinal + 1)", reason: "has neither form",
                remedy: "capture the agent again into a new file")
        }
        return ShapeInput(
            ordinal: row.ordinal, sourceID: row.id.raw, json: try RowFold.fold(listed).json, origin: .folded,
            listed: listed)
    }
}
