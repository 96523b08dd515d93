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
    private var lines: [Int: Int] = [:]
    private let agentLine: Int?

    private struct Entry {
        let place: RowWalk.Place
        let row: ContextDiagnosis.Entry
    }

    init(agent: Int, ids: [String], line: Int?) {
        path = "$.agents[\(agent)].in_context_message_ids"
        self.ids = ids
        wanted = Set(ids)
        agentLine = line
    }

    mutating func note(_ id: String, _ row: RowView, _ place: RowWalk.Place) {
        guard wanted.contains(id) else { return }
        entries[id] = Entry(place: place, row: ContextDiagnosis.Entry(id, row))
    }

    /// On which line an id of the list stands.
    mutating func note(line: Int?, of place: Int) { lines[place] = line }

    func findings() -> [LintFinding] { shape() + pairs() }

    private func shape() -> [LintFinding] {
        var found: [LintFinding] = []
        if ids.first.flatMap({ entries[$0] })?.row.role != "system" {
            found.append(LintFinding(ContextRule.beginsWithSystem, path, line: lines[0] ?? agentLine))
        }
        for (place, id) in ids.enumerated() {
            guard let entry = entries[id] else {
                found.append(
                    LintFinding(
                        ContextRule.unknown, "\(path)[\(place)]", line: lines[place] ?? agentLine, detail: id)
                )
                continue
            }
            guard entry.row.isEmptyReply else { continue }
            found.append(LintFinding(ContextRule.emptyReply, entry.place.path, line: entry.place.line))
        }
        return found
    }

    private func pairs() -> [LintFinding] {
        let rows = ids.compactMap { entries[$0]?.row }
        return ContextDiagnosis.brokenPairs(of: rows).compactMap { broken in
            guard let place = entries[broken.rowID]?.place else { return nil }
            let rule = LintRule.pair(broken.kind)
            return LintFinding(rule, place.path, line: place.line, detail: broken.detail)
        }
    }
}

extension LintRule {
    static func pair(_ kind: ContextDiagnosis.Kind) -> Rule {
        switch kind {
        case .pendingApproval: pendingApproval
        case .openCall: openCall
        default: orphanReturn
        }
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
