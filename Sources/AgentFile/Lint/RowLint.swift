import LettaModel
import LosslessJSON

/// The second look at an agent file: its rows, one by one, and whether those
/// in context fit together.
///
/// **Bounds**: one row, what is known of the rows in context, and the ids
/// that were seen (a run of numbers costs no more than one).
public struct RowLint {
    private var stream: AgentFileStream
    private var walk: RowWalk

    /// - Parameter name: of the file, for failures.
    public init(name: String, facts: ShellLint.Facts) {
        stream = AgentFileStream(
            name: name,
            streaming: ["$.agents[*].messages[*]", "$.agents[*].in_context_message_ids[*]"],
            dropping: FileSections.others(than: ["agents"]))
        walk = RowWalk(name: name, facts: facts)
    }

    /// Throws `agent-file-unreadable`.
    public mutating func feed(_ chunk: [UInt8], _ emit: (LintFinding) throws -> Void) throws {
        try stream.feed(chunk) { try walk.take($0, line: $1, emit) }
    }

    /// Throws `agent-file-unreadable`.
    public mutating func finish(_ emit: (LintFinding) throws -> Void) throws {
        _ = try stream.finish { try walk.take($0, line: $1, emit) }
        for context in walk.contexts { try context.findings().forEach(emit) }
    }
}

/// What the second look has seen so far.
struct RowWalk {
    let name: String
    private(set) var contexts: [ContextLint]
    private var numbers = NumberRuns()
    private var current: Agent?

    private struct Agent {
        let index: Int
        var preceding = Preceding()
        var last: RowView?
    }

    init(name: String, facts: ShellLint.Facts) {
        self.name = name
        contexts = facts.contexts.enumerated().map { place, ids in
            let line = facts.agentLines.indices.contains(place) ? facts.agentLines[place] : nil
            return ContextLint(agent: place, ids: ids, line: line)
        }
    }

    mutating func take(
        _ element: JSONElement, line: Int?, _ emit: (LintFinding) throws -> Void
    ) throws {
        let agent = element.indices.first ?? 0
        let row = element.indices.count > 1 ? element.indices[1] : 0
        guard element.path == 0 else {
            if contexts.indices.contains(agent) { contexts[agent].note(line: line, of: row) }
            return
        }
        let place = Place(path: "$.agents[\(agent)].messages[\(row)]", line: line)
        guard let document = try? JSONDocument(element.bytes), document.root.kind == .object else {
            throw SniffedFile.noObject(name, place.path)
        }
        try take(document, of: agent, place, emit)
    }

    struct Place {
        let path: String
        let line: Int?
    }

    private mutating func take(
        _ document: JSONDocument, of index: Int, _ place: Place, _ emit: (LintFinding) throws -> Void
    ) throws {
        var state = current.flatMap { $0.index == index ? $0 : nil } ?? Agent(index: index)
        let id = document.root["id"]?.string ?? ""
        try checkID(id, place, emit)
        for spot in TwiceKeys.spots(document.root) + NumberLint.spots(document.root)
            + KeyShapes.spots(document.root)
        {
            try emit(spot.finding(place.path, line: place.line))
        }
        try checkTime(document.root["created_at"], place, emit)
        var draft = RowDraft(document)
        try draft.apply(RowRule.table, preceding: state.preceding, item: place.path)
        let isReadByText = RowView(document).isReadByItsText
        for change in draft.changes { try emit(Self.finding(of: change, place, isReadByText)) }
        if let rule = draft.withheldBy {
            try emit(
                LintFinding(rule, place.path, line: place.line, isMended: rule.id == RowRule.emptyApproval))
        } else if let last = state.last, PairRule.isPair(last, draft.view) {
            try emit(LintFinding(PairRule.rule, place.path, line: place.line))
        }
        state.preceding.pass(draft.view)
        state.last = draft.view
        current = state
        if contexts.indices.contains(index) { contexts[index].note(id, draft.view, place) }
    }

    private static let rules = Dictionary(RowRule.table.map { ($0.rule.id, $0.rule) }) { first, _ in first }

    /// On what a return says, and not on its form.
    private static let unreadRules: Set<String> = [
        "tool-body-empty", "tool-body-not-json", "tool-body-not-object", "tool-status-error",
        "tool-status-other", "tool-call-id-missing",
    ]

    /// The member that a fix changes is the one that is wrong. What is wrong
    /// with a return does no harm where the server reads the text beside it.
    private static func finding(
        of change: AnnouncedChange, _ place: Place, _ isReadByText: Bool
    ) -> LintFinding {
        let keys = (try? JSONDocument(change.before).root.members.map(\.key)) ?? []
        let path = keys.first.map { "\(place.path).\($0)" } ?? place.path
        let isHarmless = isReadByText && keys == ["tool_returns"] && unreadRules.contains(change.rule)
        let isRefused = characterRules.contains(change.rule) && !columns.isDisjoint(with: keys)
        return LintFinding(
            rules[change.rule] ?? PairRule.rule, path, line: place.line,
            severity: isHarmless ? .note : isRefused ? .error : nil)
    }

    private static let characterRules: Set<String> = ["nul-character", "lone-surrogate"]
    /// Members that are columns of the database: what it cannot keep in them
    /// is a 400, which leaves an agent behind.
    private static let columns: Set<String> = [
        "name", "otid", "group_id", "sender_id", "batch_item_id", "model", "tool_call_id",
        "approval_request_id", "denial_reason",
    ]

    private mutating func checkID(
        _ id: String, _ place: Place, _ emit: (LintFinding) throws -> Void
    ) throws {
        let number = id.hasPrefix("message-") ? Int(id.dropFirst("message-".count)) : nil
        guard let number else {
            try emit(LintFinding(LintRule.messageID, "\(place.path).id", line: place.line, detail: id))
            return
        }
        guard !numbers.insert(number) else { return }
        try emit(LintFinding(LintRule.messageTwice, "\(place.path).id", line: place.line, detail: id))
    }

    private func checkTime(
        _ time: JSONValue?, _ place: Place, _ emit: (LintFinding) throws -> Void
    ) throws {
        guard let text = time?.string, Instant(text) == nil else { return }
        try emit(LintFinding(LintRule.time, "\(place.path).created_at", line: place.line, detail: text))
    }
}
