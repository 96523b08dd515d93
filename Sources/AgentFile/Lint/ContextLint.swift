import LosslessJSON

/// Whether the rows in context of one agent fit together: all there, a system
/// row first, every call answered and every answer asked for.
///
/// **Bounds**: grows with the context, not with the history.
struct ContextLint {
    private let path: String
    private let ids: [String]
    private let wanted: Set<String>
    private var entries: [String: Entry] = [:]

    private struct Entry {
        let place: RowWalk.Place
        let role: String
        let isEmpty: Bool
        let calls: [String]
        let returns: [String]
    }

    init(agent: Int, ids: [String]) {
        path = "$.agents[\(agent)].in_context_message_ids"
        self.ids = ids
        wanted = Set(ids)
    }

    mutating func note(_ id: String, _ row: RowView, _ place: RowWalk.Place) {
        guard wanted.contains(id) else { return }
        entries[id] = Entry(
            place: place, role: row.role,
            isEmpty: row.role == "assistant" && row.parts.isEmpty && row.calls.isEmpty,
            calls: row.calls.compactMap { $0["id"]?.string }, returns: row.answeredCalls)
    }

    func findings() -> [LintFinding] { shape() + pairs() }

    private func shape() -> [LintFinding] {
        var found: [LintFinding] = []
        if ids.first.flatMap({ entries[$0] })?.role != "system" {
            found.append(LintFinding(ContextRule.beginsWithSystem, path, line: nil))
        }
        for (place, id) in ids.enumerated() {
            guard let entry = entries[id] else {
                found.append(LintFinding(ContextRule.unknown, "\(path)[\(place)]", line: nil, detail: id))
                continue
            }
            guard entry.isEmpty else { continue }
            found.append(LintFinding(ContextRule.emptyReply, entry.place.path, line: entry.place.line))
        }
        return found
    }

    private func pairs() -> [LintFinding] {
        var open: [(call: String, entry: Entry)] = []
        var found: [LintFinding] = []
        for entry in ids.compactMap({ entries[$0] }) {
            for call in entry.returns {
                guard let place = open.firstIndex(where: { $0.call == call }) else {
                    found.append(finding(LintRule.orphanReturn, entry, call))
                    continue
                }
                open.remove(at: place)
            }
            open += entry.calls.map { ($0, entry) }
        }
        let last = ids.last.flatMap { entries[$0] }
        return found
            + open.map { call, entry in
                let isPending = entry.role == "approval" && entry.place.path == last?.place.path
                return finding(isPending ? LintRule.pendingApproval : LintRule.openCall, entry, call)
            }
    }

    private func finding(_ rule: Rule, _ entry: Entry, _ call: String) -> LintFinding {
        LintFinding(rule, entry.place.path, line: entry.place.line, detail: call)
    }
}

extension RowView {
    /// A tool row of one return and one text: 0.16.8 lists it, and sends it to
    /// the model, by its text alone.
    var isReadByItsText: Bool {
        guard role == "tool", returns.count <= 1, let text = soleText else { return false }
        return ToolBody.fault(of: text) == nil
    }

    /// The calls that a tool row answers.
    var answeredCalls: [String] {
        guard role == "tool" else { return [] }
        let listed = returns.compactMap { $0["tool_call_id"]?.string }
        return listed.isEmpty ? [text("tool_call_id")].compactMap(\.self) : listed
    }
}
