import LettaModel
import LosslessJSON

/// Rows of the source -> rows of the agent file, one after the other, with
/// one row of lookahead.
///
/// **Bounds**: holds at most one row, or one turn of `LegacyTurns`.
public struct RowShaper: Sendable {
    private let joinsPairs: Bool
    private let table: [RowRule]
    private var legacy: LegacyTurns?
    private var preceding = Preceding()
    private var held: HeldRow?
    private var count = 0

    /// - Parameter agentType: what the agent is at the source. Split pairs
    ///   are joined for `letta_v1_agent` alone: for every other type the
    ///   server shows text as reasoning.
    public init(agentType: String) {
        joinsPairs = agentType == "letta_v1_agent"
        table = RowRule.table
    }

    /// The rows become those of a `letta_v1_agent`.
    public init(converting: LegacyConversion) {
        joinsPairs = false
        table = RowRule.table
        legacy = LegacyTurns()
    }

    /// What the conversion came to so far; nil where there is none.
    public var summary: LegacySummary? { legacy?.summary }

    /// The next row of the history, in order. Throws `answer-not-understood`
    /// for a row that is no JSON object.
    public mutating func take(_ input: ShapeInput) throws -> [ShapeOutput] {
        let row = try HeldRow(input, table: table, preceding: preceding)
        preceding.pass(row.view)
        if let withheld = row.withheld {
            return try finish() + [.withheld(withheld)]
        }
        if let steps = try legacy?.take(row) { return steps.map { numbered($0) } }
        if joinsPairs, let joined = try held?.joined(with: row) {
            held = joined
            return []
        }
        let output = flush()
        held = row
        return output
    }

    /// What is still held back.
    public mutating func finish() throws -> [ShapeOutput] {
        if let steps = try legacy?.finish() { return steps.map { numbered($0) } }
        return flush()
    }

    private mutating func numbered(_ step: LegacyTurns.Step) -> ShapeOutput {
        switch step {
        case .dropped(let row): return .dropped(row)
        case .row(let row):
            defer { count += 1 }
            return .row(row.shaped(at: count))
        }
    }

    private mutating func flush() -> [ShapeOutput] {
        guard let row = held else { return [] }
        held = nil
        defer { count += 1 }
        return [.row(row.shaped(at: count))]
    }
}

/// A row after its rules, before it is known whether the next one joins it.
struct HeldRow: Sendable {
    private(set) var view: RowView
    private(set) var ordinals: [Int]
    private(set) var sourceIDs: [String]
    private(set) var changes: [AnnouncedChange]
    private(set) var withheld: WithheldRow?
    /// Made so by a conversion: no model's API has a place for it.
    var isThoughtAlone = false

    init(_ input: ShapeInput, table: [RowRule], preceding: Preceding) throws {
        let item = input.item
        var draft = RowDraft(try Self.document(of: input, item: item))
        try draft.apply(table, preceding: preceding, item: item)
        view = draft.view
        ordinals = [input.ordinal]
        sourceIDs = [input.sourceID]
        changes = draft.changes
        withheld = draft.withheldBy.map { WithheldRow(input, $0, row: draft.view) }
    }

    private static func document(of input: ShapeInput, item: String) throws -> JSONDocument {
        let document: JSONDocument
        do {
            var json = input.json
            if let listed = input.listed, input.origin == .native || input.origin == .exported {
                json = try ListedExtras(listed).merge(into: json)
            }
            document = try JSONDocument(json)
        } catch let error as JSONError {
            throw Self.failure(item, error.description)
        }
        guard document.root.kind == .object else { throw Self.failure(item, "it is no JSON object") }
        return document
    }

    private static func failure(_ item: String, _ what: String) -> Failure {
        Failure(
            .answerNotUnderstood, subject: item, reason: "the row cannot be read: \(what)",
            remedy: "capture the agent again with `ferry snapshot`")
    }

    /// `message 4`, `messages 4 and 5`.
    var item: String {
        let names = ordinals.map(String.init)
        guard let last = names.last, names.count > 1 else { return "message \(ordinals[0])" }
        return "messages \(names.dropLast().joined(separator: ", ")) and \(last)"
    }

    mutating func replace(with view: RowView, _ change: AnnouncedChange) {
        self.view = view
        changes.append(change)
    }

    /// The other row is part of this one from now on.
    mutating func absorb(_ other: HeldRow) {
        ordinals += other.ordinals
        sourceIDs += other.sourceIDs
        changes += other.changes
    }

    /// The two as one row, or nil where they are no split pair.
    func joined(with next: HeldRow) throws -> HeldRow? {
        let (first, second) = (view, next.view)
        guard PairRule.isPair(first, second) else { return nil }
        let parts = (first.parts + second.parts).map { JSONNode($0) }
        var joined = next
        joined.view = RowView(try JSONDocument(second.with("content", .array(parts)).bytes()))
        joined.ordinals = ordinals + next.ordinals
        joined.sourceIDs = sourceIDs + next.sourceIDs
        joined.changes = changes + next.changes
        joined.changes.append(
            AnnouncedChange(
                item: "messages \(ordinals[0]) and \(next.ordinals[0])", rule: PairRule.rule.id,
                before: JSONNode.array([JSONNode(first.value), JSONNode(second.value)]).text(),
                after: JSONNode(joined.view.value).text()))
        return joined
    }

    func shaped(at index: Int) -> ShapedRow {
        let id = "message-\(index)"
        return ShapedRow(
            index: index, id: id, role: view.role, sourceOrdinals: ordinals, sourceIDs: sourceIDs,
            json: RowSplice.setting(["id": Array("\"\(id)\"".utf8)], in: view.document),
            isEmpty: view.role == "assistant" && view.parts.isEmpty && view.calls.isEmpty,
            isThoughtAlone: isThoughtAlone, changes: changes)
    }
}

extension WithheldRow {
    init(_ input: ShapeInput, _ rule: Rule, row: RowView) {
        let role = row.role.isEmpty ? "no role" : "role \(row.role)"
        self.init(
            ordinal: input.ordinal, sourceID: input.sourceID, rule: rule.id,
            omission: Omission(
                id: "message:\(input.sourceID)", class: .loss, item: "\(input.item) (\(role))",
                reason: "\(rule.title): \(rule.why)",
                remedy: "the snapshot keeps the row; accept with `--accept message:\(input.sourceID)`"))
    }
}

/// The one rule that looks at two rows.
enum PairRule {
    static let rule = Rule(
        id: "join-split-pair", scope: .pair, reaction: .taken,
        title: "a turn's reasoning and its reply in two assistant rows",
        why:
            "0.16.8 keeps and lists both, but sends them to models as two turns of the assistant; its own exports "
            + "have one row",
        remedy: "one row [reasoning, text], with the time and otid of the reply", mends: false)

    /// An assistant row with nothing but reasoning, directly followed by one
    /// with text and no reasoning, of the same group and sender.
    static func isPair(_ first: RowView, _ second: RowView) -> Bool {
        guard first.role == "assistant", second.role == "assistant" else { return false }
        guard !first.parts.isEmpty, first.parts.allSatisfy(\.isReasoning), first.calls.isEmpty else {
            return false
        }
        guard second.parts.contains(where: \.isText), !second.parts.contains(where: \.isReasoning) else {
            return false
        }
        return ["group_id", "sender_id", "name"].allSatisfy { first.text($0) == second.text($0) }
    }
}
