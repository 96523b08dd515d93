import AgentFile
import LettaModel
import LosslessJSON
import Plan
import Snapshot
import Verify

/// What the target's history has to be: the snapshot's rows after the rules.
struct ExpectedHistory {
    var rows = RowComparison()
    var count = 0
    /// Places in the history of the rows in context, in the model's order.
    var contextPlaces: [Int] = []
    /// The newest text that the user saw, and its place.
    var reply: (place: Int, text: String)?

    /// Where the rows of conversations stand in it.
    private(set) var conversations: ConversationPlaces

    init(
        _ snapshot: AgentSnapshot, _ contents: SnapshotContents, _ carried: [ConversationFacts]
    ) async throws {
        var context = ContextList(sourceIDs: contents.messageIDs)
        conversations = ConversationPlaces(carried)
        try await ShapedHistory(snapshot: snapshot, contents: contents, conversations: carried).forEach {
            output, thread in
            if thread == .main { context.note(output) }
            try conversations.note(output, of: thread)
            if case .dropped(let row) = output { rows.leaveOut([row.change]) }
            guard case .row(let row) = output else { return }
            rows.expect(try RowForm.print(of: row.json), announced: row.changes)
            if row.role == "assistant", let text = try Self.visibleText(row.json) { reply = (count, text) }
            count += 1
        }
        contextPlaces = try context.resolve().ids.compactMap { Int($0.dropFirst("message-".count)) }
    }

    /// The one text part of a row, where it has exactly one: what the
    /// listing shows as one visible message.
    private static func visibleText(_ row: VerbatimJSON) throws -> String? {
        let parts = try JSONDocument(row).root["content"]?.elements ?? []
        let texts = parts.filter { $0["type"]?.string == "text" }.compactMap { $0["text"]?.string }
        return texts.count == 1 && !texts[0].isEmpty ? texts[0] : nil
    }

    /// The shaped rows at these places, for a closer look.
    static func bodies(
        at places: Set<Int>, _ snapshot: AgentSnapshot, _ contents: SnapshotContents,
        _ carried: [ConversationFacts]
    ) async throws -> [Int: VerbatimJSON] {
        var found: [Int: VerbatimJSON] = [:]
        try await ShapedHistory(snapshot: snapshot, contents: contents, conversations: carried).forEach {
            output, _ in
            if case .row(let row) = output, places.contains(row.index) { found[row.index] = row.json }
        }
        return found
    }
}
