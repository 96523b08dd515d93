import LosslessJSON

/// A row that stands in context, or may come back into it.
struct ContextRow: Sendable {
    /// Its place among the agent's rows; negative for one that is added.
    let ordinal: Int
    let id: RowNumbers.ID
    let entry: ContextDiagnosis.Entry
    let createdAt: String?
    /// Names of the functions, by call.
    let functions: [String: String]
    /// Where it is added: its bytes, still without an id, and the row after which it is written.
    var added: (json: JSONNode, after: Int)?

    init(_ ordinal: Int, _ id: RowNumbers.ID, _ row: RowView) {
        self.ordinal = ordinal
        self.id = id
        entry = ContextDiagnosis.Entry("\(ordinal)", row)
        createdAt = row.text("created_at")
        functions = Dictionary(
            row.calls.compactMap { call in
                call["id"]?.string.flatMap { id in call["function"]?["name"]?.string.map { (id, $0) } }
            }, uniquingKeysWith: { first, _ in first })
    }

    var isReturn: Bool { !entry.answers.isEmpty }
}

/// The list of rows in context -> one with which a server can chat.
struct ContextMend {
    /// What became of the list.
    struct Outcome {
        var rows: [ContextRow] = []
        var changes: [Mended] = []
        /// The newest system row of the history is wanted in front, and there is none.
        var lacksSystemRow = false
        /// Calls whose partners were looked for in the history.
        var asked: Set<String> = []
    }

    let ids: [String]
    /// By the ids that the file has; of several the newest.
    let rows: [String: ContextRow]
    let repeated: Set<String>
    /// Rows outside of context, by the calls that they make or answer.
    let partners: [String: [ContextRow]]
    let newestSystemRow: ContextRow?
    let pairs: ToolPairs?

    func outcome() -> Outcome {
        var outcome = Outcome()
        for (place, id) in ids.enumerated() {
            let key = "in_context_message_ids[\(place)]"
            guard let row = rows[id] else {
                outcome.changes.append(Mended(ContextRule.unknown, key, id, "out of context"))
                continue
            }
            if repeated.contains(id) {
                outcome.changes.append(Mended(ContextRule.ambiguous, key, id, "the newest row of that id"))
            }
            guard !row.entry.isEmptyReply else {
                outcome.changes.append(Mended(ContextRule.emptyReply, key, id, "out of context"))
                continue
            }
            outcome.rows.append(row)
        }
        if pairs == .close { close(&outcome) }
        if pairs != nil { drop(&outcome) }
        beginWithSystem(&outcome)
        return outcome
    }

    private func close(_ outcome: inout Outcome) {
        var closer = PairCloser(rows: outcome.rows, partners: partners)
        outcome.rows = closer.paired()
        outcome.changes += closer.changes
        outcome.asked = closer.asked
    }

    /// The smallest list that fits together.
    private func drop(_ outcome: inout Outcome) {
        let result = ContextDiagnosis(entries: outcome.rows.map(\.entry)).result()
        guard !result.findings.isEmpty else { return }
        let kept = Set(result.healed)
        for finding in result.findings {
            outcome.changes.append(
                Mended(
                    LintRule.pair(finding.kind), "messages[\(finding.rowID)]",
                    "in context, call \(finding.detail)",
                    "out of context; the history keeps it"))
        }
        outcome.rows = outcome.rows.filter { kept.contains($0.entry.id) }
    }

    private func beginWithSystem(_ outcome: inout Outcome) {
        guard outcome.rows.first?.entry.role != "system" else { return }
        let key = "in_context_message_ids"
        guard let row = newestSystemRow else {
            outcome.lacksSystemRow = true
            return
        }
        outcome.rows = [row] + outcome.rows.filter { $0.ordinal != row.ordinal }
        outcome.changes.append(
            Mended(
                ContextRule.beginsWithSystem, key, "no system row in front",
                "messages[\(row.ordinal)] in front"))
    }
}

/// Puts calls and their returns together.
struct PairCloser {
    private let rows: [ContextRow]
    private let partners: [String: [ContextRow]]
    private var isUsed: Set<Int> = []
    private let inContext: Set<Int>
    private var closed: [ContextRow] = []
    private var addedCount = 0
    private(set) var changes: [Mended] = []
    private(set) var asked: Set<String> = []

    init(rows: [ContextRow], partners: [String: [ContextRow]]) {
        self.rows = rows
        self.partners = partners
        inContext = Set(rows.map(\.ordinal))
    }

    mutating func paired() -> [ContextRow] {
        let callRows = Set(rows.flatMap(\.entry.calls))
        for row in rows where !isUsed.contains(row.ordinal) {
            if !row.entry.calls.isEmpty {
                turn(row, LintRule.openCall)
            } else if row.isReturn {
                guard callRows.isDisjoint(with: row.entry.answers) else { continue }
                bringCall(of: row)
            } else {
                use(row)
            }
        }
        return closed
    }

    private mutating func use(_ row: ContextRow) {
        isUsed.insert(row.ordinal)
        closed.append(row)
    }

    /// A return whose call is not in context at all.
    private mutating func bringCall(of row: ContextRow) {
        for call in row.entry.answers {
            guard let partner = partner(call, { $0.entry.calls.contains(call) }) else { continue }
            note(LintRule.orphanReturn, partner, "not in context", "in context, before its return")
            return turn(partner, LintRule.orphanReturn)
        }
        isUsed.insert(row.ordinal)
        note(
            LintRule.orphanReturn, row, "in context, call \(row.entry.answers.joined(separator: ", "))",
            "out of context: the history has no such call")
    }

    private mutating func partner(_ call: String, _ isIt: (ContextRow) -> Bool) -> ContextRow? {
        asked.insert(call)
        return partners[call]?.first {
            isIt($0) && !inContext.contains($0.ordinal) && !isUsed.contains($0.ordinal)
        }
    }

    /// A call, everything that answers it, and what has to.
    private mutating func turn(_ row: ContextRow, _ rule: Rule) {
        let calls = Set(row.entry.calls)
        var answers = rows.filter {
            !isUsed.contains($0.ordinal) && $0.ordinal != row.ordinal
                && !calls.isDisjoint(with: $0.entry.answers)
        }
        for call in row.entry.calls where !Self.isAnswered(call, answers) {
            while let back = partner(call, { $0.entry.answers.contains(call) }) {
                guard !answers.contains(where: { $0.ordinal == back.ordinal }) else { break }
                answers.append(back)
                note(LintRule.openCall, back, "not in context", "in context, behind its call")
                isUsed.insert(back.ordinal)
            }
        }
        if row.entry.role == "approval", answers.isEmpty { return leavePending(row) }
        answers.sort { $0.ordinal < $1.ordinal }
        noteMoved(row, answers)
        use(row)
        answers.forEach { use($0) }
        let last = answers.last?.ordinal ?? row.ordinal
        for call in row.entry.calls where !Self.isAnswered(call, answers) {
            addReturn(call, row, after: last)
        }
    }

    private static func isAnswered(_ call: String, _ answers: [ContextRow]) -> Bool {
        answers.contains { !$0.entry.isApprovalAnswer && $0.entry.answers.contains(call) }
    }

    /// Nobody approves or denies in the user's name.
    private mutating func leavePending(_ row: ContextRow) {
        isUsed.insert(row.ordinal)
        note(
            LintRule.pendingApproval, row, "in context, waiting for approval",
            "out of context; the history keeps it")
    }

    /// Returns that stood elsewhere in the list.
    private mutating func noteMoved(_ row: ContextRow, _ answers: [ContextRow]) {
        guard let start = rows.firstIndex(where: { $0.ordinal == row.ordinal }) else { return }
        for (place, answer) in answers.filter({ inContext.contains($0.ordinal) }).enumerated() {
            guard let stood = rows.firstIndex(where: { $0.ordinal == answer.ordinal }),
                stood != start + 1 + place
            else { continue }
            note(LintRule.openCall, answer, "elsewhere in context", "right behind its call")
        }
    }

    private mutating func addReturn(_ call: String, _ row: ContextRow, after: Int) {
        addedCount += 1
        let body = ToolBody.packed(
            .string("No result was recorded for this call."), failed: true, time: row.createdAt)
        var node: JSONNode = [
            "type": "message", "role": "tool", "content": [.textPart(body)], "tool_call_id": .string(call),
            "tool_returns": [
                [
                    "tool_call_id": .string(call), "status": "error", "stdout": nil, "stderr": nil,
                    "func_response": .string(body),
                ]
            ],
        ]
        if let name = row.functions[call] { node["name"] = .string(name) }
        if let time = row.createdAt { node["created_at"] = .string(time) }
        guard let document = try? JSONDocument(node.bytes()) else { return }
        var added = ContextRow(-addedCount, .fresh(0), RowView(document))
        added.added = (node, after)
        closed.append(added)
        changes.append(
            Mended(
                LintRule.openCall, "messages[\(row.ordinal)]", "call \(call) is never answered",
                "a failed return behind it"))
    }

    private mutating func note(_ rule: Rule, _ row: ContextRow, _ before: String, _ after: String) {
        changes.append(Mended(rule, "messages[\(row.ordinal)]", before, after))
    }
}
