import AgentFile
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// The history in a snapshot as rows of an agent file: the one path from
/// stored rows to shaped ones, taken by the plan, the load, the export and
/// the verification alike.
struct ShapedHistory {
    let snapshot: AgentSnapshot
    let contents: SnapshotContents
    /// Whose rows come along, between those of the default thread.
    var conversations: [ConversationFacts] = []

    /// Every output in order; memory is bounded by one batch of rows.
    ///
    /// - Returns: what a conversion came to; nil where there was none.
    @discardableResult
    func forEach(_ body: (ShapeOutput, Thread) async throws -> Void) async throws -> LegacySummary? {
        let summaries = Summaries()
        var merge = try await ThreadMerge(snapshot, conversations: conversations.map(\.id)) {
            shaping($0, summaries)
        }
        var rows = 0
        var hasSystemRow = false
        while let (output, thread) = try await merge.next() {
            guard case .row(let row) = output else {
                try await body(output, thread)
                continue
            }
            try await body(.row(try row.placed(at: rows)), thread)
            rows += 1
            hasSystemRow = hasSystemRow || (thread == .main && row.role == "system")
        }
        // Chat fails for ever on a context that begins with no system row.
        if !hasSystemRow { try await body(.row(try contents.systemRow(at: rows)), .main) }
        return contents.conversion.map { _ in summaries.all }
    }

    private func shaping(_ thread: Thread, _ summaries: Summaries) -> RowForming<ShapeOutput> {
        var shaper = contents.shaper
        summaries.parts.append { shaper.summary }
        return RowForming(
            take: { try shaper.take(try Self.input($0, of: thread)) }, finish: { try shaper.finish() },
            made: { output in
                guard case .row(let row) = output else { return nil }
                return try JSONDocument(row.json).root["created_at"]?.string.flatMap { Instant($0) }
            })
    }

    static func input(_ row: StoredRow, of thread: Thread = .main) throws -> ShapeInput {
        let conversation: String? = if case .conversation(let id) = thread { id } else { nil }
        if let native = row.native {
            return ShapeInput(
                ordinal: row.ordinal, sourceID: row.id.raw, json: native,
                origin: row.listed == nil ? .file : .native,
                listed: row.listed, conversation: conversation)
        }
        guard let listed = row.listed else {
            throw Failure(
                .snapshotUnreadable, subject: "message \(row.ordinal + 1)", reason: "has neither form",
                remedy: "capture the agent again into a new file")
        }
        return ShapeInput(
            ordinal: row.ordinal, sourceID: row.id.raw, json: try RowFold.fold(listed).json, origin: .folded,
            listed: listed, conversation: conversation)
    }
}

/// What the conversion of each thread comes to.
private final class Summaries {
    var parts: [() -> LegacySummary?] = []

    var all: LegacySummary {
        parts.compactMap { $0() }.reduce(into: LegacySummary()) { $0.add($1) }
    }
}
