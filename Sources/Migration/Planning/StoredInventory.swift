import AgentFile
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// What the plan needs to know of an agent, counted from its snapshot; the
/// shape rules are tried on every row, so the changes are known.
struct StoredInventory {
    let snapshot: AgentSnapshot
    let contents: SnapshotContents
    let origin: Origin
    let shaping: AgentFileChoices
    /// Conversations whose rows come along.
    let conversations: [ConversationFacts]

    func inventory() async throws -> SourceInventory {
        var tally = Tally()
        let shape = try AgentFileShape(contents.agentFileSource, contents.fileChoices(shaping))
        tally.changes.add(shape.changes)
        tally.omissions += shape.omissions + contents.gaps
        let summary = try await shapeRows(into: &tally)
        var inventory = SourceInventory(
            origin: origin,
            agent: AgentFacts(
                contents.origin.agentID.raw, contents.agent.root,
                contextTokens: contents.counts?.root["context_tokens"]?.int),
            rows: rows(tally),
            blocks: try contents.blocks.map {
                try BlockFacts($0.document.key, $0.document.name, $0.document.json)
            },
            tools: try contents.tools.map { stored in
                let type = try JSONDocument(stored.document.json).root["tool_type"]?.string ?? "custom"
                return try ToolFacts(stored.document.name, type, stored.document.json)
            },
            passages: try await passages(), secrets: contents.secrets, tags: contents.tags,
            toolRules: try JSONDocument(contents.toolRules.rules).root.count,
            surroundings: contents.surroundings, conversations: contents.conversations,
            changes: tally.changes.all, omissions: tally.omissions)
        inventory.conversion = summary.map { ConversionFacts($0) }
        return inventory
    }

    private func shapeRows(into tally: inout Tally) async throws -> LegacySummary? {
        var places = ConversationPlaces(conversations)
        var context = ContextList(sourceIDs: contents.messageIDs)
        let summary = try await ShapedHistory(
            snapshot: snapshot, contents: contents, conversations: conversations
        ).forEach { output, thread in
            if thread == .main { context.note(output) }
            try places.note(output, of: thread)
            switch output {
            case .row(let row):
                tally.rows += 1
                tally.bytes += row.json.count
                tally.changes.add(row.changes)
            case .dropped(let row): tally.changes.add([row.change])
            case .withheld(let row): tally.omissions.append(row.omission)
            }
        }
        tally.omissions += conversations.compactMap { places.omission(of: $0) }
        let resolved = try context.resolve()
        tally.context = resolved.ids.count
        tally.changes.add(resolved.changes)
        return summary
    }

    private func rows(_ tally: Tally) -> RowFacts {
        let reason = foldingReason
        return RowFacts(
            count: tally.rows, isExact: true, inContext: tally.context, bytes: tally.bytes,
            reader: reason == nil ? .native : .folded, readerReason: reason)
    }

    /// Why rows have to be rebuilt from their listing; nil where none has.
    private var foldingReason: String? {
        if contents.origin.reader == .folded { return "the snapshot was read that way" }
        let carried = [.main] + conversations.map { Thread.conversation($0.id) }
        let threads = contents.threads.filter { carried.contains($0.thread) }
        let rows = threads.reduce(0) { $0 + $1.rows }
        let folded = rows - threads.reduce(0) { $0 + $1.withNative }
        guard folded > 0 else { return nil }
        return "the reader agent could not show \(folded.grouped) of \(rows.counted("message"))"
    }

    private func passages() async throws -> PassageFacts {
        var bytes = 0
        var times: [String] = []
        for try await batch in snapshot.passageBatches() {
            for stored in batch {
                bytes += try JSONDocument(stored.passage.json).root["text"]?.string?.utf8.count ?? 0
                times.append(stored.passage.createdAt)
            }
        }
        return PassageFacts(count: times.count, isExact: true, bytes: bytes, createdAt: times)
    }

    private struct Tally {
        var rows = 0
        var bytes = 0
        var context = 0
        var omissions: [Omission] = []
        var changes = ChangeCount()
    }
}

/// Changes by rule, with one example each.
struct ChangeCount {
    private var byRule: [String: ChangeTally] = [:]
    private var order: [String] = []

    var all: [ChangeTally] { order.compactMap { byRule[$0] } }

    mutating func add(_ changes: [AnnouncedChange]) {
        for change in changes {
            if byRule[change.rule] == nil {
                order.append(change.rule)
                byRule[change.rule] = ChangeTally(
                    rule: change.rule, summary: Rule.remedy(of: change.rule) ?? "", count: 0,
                    example: change)
            }
            byRule[change.rule]?.count += 1
        }
    }
}

extension ConversionFacts {
    init(_ summary: LegacySummary) {
        self.init(type: LegacyAgent.successor, keptCalls: summary.keptCalls, example: summary.example)
    }
}
