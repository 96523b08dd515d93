public import LettaModel
import LosslessJSON

/// Which rows of the file stand in the model's context, in order.
///
/// **Bounds**: grows with the context, not with the history.
public struct ContextList: Sendable {
    public struct Resolved: Sendable, Equatable {
        /// Ids of the file, each once, the first a system row.
        public let ids: [String]
        public let changes: [AnnouncedChange]
        /// Calls and returns whose partner is not in context: reported, not changed.
        public let orphans: [String]
    }

    fileprivate struct Entry {
        let fileID: String
        let role: String
        let isEmpty: Bool
        let isThoughtAlone: Bool
        let calls: [String]
        let returns: [String]
    }

    private let sourceIDs: [String]
    private let wanted: Set<String>
    private var entries: [String: Entry] = [:]
    private var repeated: Set<String> = []
    private var withheld: [String: String] = [:]
    private var left: Set<String> = []
    private var newestSystemRow: String?

    /// - Parameter sourceIDs: the source's list, in its own order.
    public init(sourceIDs: [String]) {
        self.sourceIDs = sourceIDs
        wanted = Set(sourceIDs)
    }

    /// No row that was noted is a system row: one must be written (see
    /// `AgentFileShape.systemRow`) before the list can be resolved.
    public var lacksSystemRow: Bool { newestSystemRow == nil }

    /// Every output of the shaper, in order.
    public mutating func note(_ output: ShapeOutput) {
        switch output {
        case .withheld(let row):
            if wanted.contains(row.sourceID) { withheld[row.sourceID] = row.rule }
        case .dropped(let row):
            if wanted.contains(row.sourceID) { left.insert(row.sourceID) }
        case .row(let row):
            if row.role == "system" { newestSystemRow = row.id }
            for id in Set(row.sourceIDs) where wanted.contains(id) {
                if entries.updateValue(Entry(row), forKey: id) != nil { repeated.insert(id) }
            }
        }
    }

    /// Throws `agent-file-unreadable` where no system row was noted.
    public func resolve() throws(Failure) -> Resolved {
        guard let newestSystemRow else {
            throw Failure(
                .agentFileUnreadable, subject: "the history", reason: "no row has the agent's instructions",
                remedy: "capture the agent again with `ferry snapshot`")
        }
        var changes: [AnnouncedChange] = []
        var kept: [Entry] = []
        var seen: Set<String> = []
        for id in sourceIDs {
            guard let entry = entries[id] else {
                // That the row is left out is announced already.
                if !left.contains(id) { changes.append(dropped(id, ContextRule.unknown)) }
                continue
            }
            if repeated.contains(id) {
                changes.append(change("message \(id)", ContextRule.ambiguous, id, entry.fileID))
            }
            if entry.isEmpty {
                changes.append(dropped(id, ContextRule.emptyReply))
            } else if entry.isThoughtAlone {
                changes.append(dropped(id, LegacyRule.thoughtAlone))
            } else if seen.insert(entry.fileID).inserted {
                kept.append(entry)
            }
        }
        var ids = kept.map(\.fileID)
        if kept.first?.role != "system" {
            changes.append(
                change("context", ContextRule.beginsWithSystem, ids.first ?? "nothing", newestSystemRow))
            ids = [newestSystemRow] + ids.filter { $0 != newestSystemRow }
        }
        return Resolved(ids: ids, changes: changes, orphans: Self.orphans(kept))
    }

    private func dropped(_ id: String, _ rule: Rule) -> AnnouncedChange {
        let reason = withheld[id].map { "not in context; the row stays behind (\($0))" } ?? "not in context"
        return change("message \(id)", rule, "in context", reason)
    }

    private func change(_ item: String, _ rule: Rule, _ before: String, _ after: String) -> AnnouncedChange {
        AnnouncedChange(item: item, rule: rule.id, before: before, after: after)
    }

    private static func orphans(_ entries: [Entry]) -> [String] {
        var open: [String: String] = [:]
        var orphans: [String] = []
        for entry in entries {
            for call in entry.returns where open.removeValue(forKey: call) == nil {
                orphans.append("\(entry.fileID) answers call \(call), which is not in context before it")
            }
            for call in entry.calls { open[call] = entry.fileID }
        }
        let unanswered = open.sorted { $0.key < $1.key }.map {
            "\($0.value) makes call \($0.key), never answered"
        }
        return orphans + unanswered
    }
}

extension ContextList.Entry {
    fileprivate init(_ row: ShapedRow) {
        fileID = row.id
        role = row.role
        isEmpty = row.isEmpty
        isThoughtAlone = row.isThoughtAlone
        let view = (try? JSONDocument(row.json)).map { RowView($0) }
        calls = view?.calls.compactMap { $0["id"]?.string } ?? []
        let answered = view?.returns.compactMap { $0["tool_call_id"]?.string } ?? []
        returns =
            row.role == "tool" && answered.isEmpty
            ? [view?.text("tool_call_id")].compactMap(\.self) : answered
    }
}

/// Rules on the list of rows in context.
enum ContextRule {
    static let beginsWithSystem = Rule(
        id: "in-context-begins-with-system", scope: .context, reaction: .poison,
        title: "the context is empty or does not begin with a system row",
        why: "taken; every chat answers 500 from then on (only a PATCH of message_ids heals it)",
        remedy: "the newest system row is put in front")
    static let unknown = Rule(
        id: "in-context-unknown", scope: .context, reaction: .orphan,
        title: "an id in context that no row has",
        why: "400 after agent and rows were made: they stay behind", remedy: "taken out of the list")
    static let emptyReply = Rule(
        id: "in-context-empty-reply", scope: .context, reaction: .poison,
        title: "an assistant row without content and calls in context",
        why:
            "taken and never listed; in context chat answers 500 on OpenAI models, other models never see it",
        remedy: "the row is kept in the history, where it does no harm, and taken out of the list")
    static let ambiguous = Rule(
        id: "in-context-ambiguous", scope: .context, reaction: .taken,
        title: "an id in context that several rows share",
        why: "Letta Cloud's listings can give one id to several rows",
        remedy: "the newest of them stands in context")

    static let all = [beginsWithSystem, unknown, emptyReply, ambiguous]
}
