public import LettaModel
import LosslessJSON

/// What a conversion came to, beside the changes that each row bears.
public struct LegacySummary: Sendable, Equatable {
    /// Calls of `send_message` that stay calls: they failed, they wait for
    /// approval, or no message can be read in them.
    public var keptCalls = 0
    /// The turn that shows most: an answer to a user, with a thought and a
    /// return. The first of several; not the one with which every such agent
    /// begins, unless there is no other.
    public var example: TurnExample?
    /// How much the example shows.
    fileprivate var shown = 0

    public init() {}

    /// What another thread came to.
    public mutating func add(_ other: LegacySummary) {
        keptCalls += other.keptCalls
        guard other.shown > shown else { return }
        (example, shown) = (other.example, other.shown)
    }
}

/// Rows of the old loop -> rows of the new one, turn by turn.
///
/// **Bounds**: holds one assistant row and the tool rows up to the one that
/// answers the last of its `send_message` calls.
struct LegacyTurns: Sendable {
    enum Step: Sendable {
        case row(HeldRow)
        case dropped(DroppedRow)
    }

    private(set) var summary = LegacySummary()
    /// An assistant row that speaks, and the tool rows after it.
    private var turn: [HeldRow] = []
    /// Its calls of `send_message` that nothing has answered yet.
    private var waiting: Set<String> = []
    /// A user has spoken since the last assistant row, and before this turn.
    private var isAsked = false
    private var turnIsAnswer = false
    /// Calls that have become replies: a return that comes late answers nothing.
    private var spoken: Set<String> = []

    mutating func take(_ row: HeldRow) throws -> [Step] {
        if row.view.role == "tool", !turn.isEmpty {
            turn.append(row)
            waiting.subtract(LegacyRow.answers(row.view).keys)
            return waiting.isEmpty ? try close() : []
        }
        return try close() + open(row)
    }

    mutating func finish() throws -> [Step] { try close() }

    private mutating func open(_ row: HeldRow) throws -> [Step] {
        switch row.view.role {
        case "assistant":
            spoken = []
            (turnIsAnswer, isAsked) = (isAsked, false)
            let speeches = row.view.calls.compactMap(LegacyRow.speech)
            if speeches.isEmpty { return [.row(try quiet(row))] }
            turn = [row]
            waiting = Set(speeches.map(\.id))
            return []
        case "approval": return [.row(try quiet(row))]
        case "tool": return [try late(row)]
        case "user" where LegacyRow.isHeartbeat(row.view):
            return [.dropped(row.dropped(by: LegacyRule.heartbeat))]
        case "user":
            spoken = []
            isAsked = true
        default: break
        }
        return [.row(row)]
    }

    /// A row in which nothing is said aloud.
    private mutating func quiet(_ row: HeldRow) throws -> HeldRow {
        summary.keptCalls += row.view.calls.count { LegacyRow.calls(LegacyConversion.speech, $0) }
        return try row.converted(speaking: [], absorbing: [])
    }

    /// A return that stands apart from its call, after an approval.
    private func late(_ row: HeldRow) throws -> Step {
        guard !spoken.isDisjoint(with: LegacyRow.answers(row.view).keys) else { return .row(row) }
        guard let left = LegacyRow.without(spoken, row.view) else {
            return .dropped(row.dropped(by: LegacyRule.reply))
        }
        return .row(try row.changed(to: left, by: LegacyRule.reply))
    }

    private mutating func close() throws -> [Step] {
        guard let first = turn.first else { return [] }
        let returns = turn.dropFirst()
        (turn, waiting) = ([], [])
        let answers = returns.reduce(into: [:]) { $0.merge(LegacyRow.answers($1.view)) { one, _ in one } }
        let speeches = first.view.calls.compactMap(LegacyRow.speech).filter { answers[$0.id] != true }
        let calls = first.view.calls.count { LegacyRow.calls(LegacyConversion.speech, $0) }
        summary.keptCalls += calls - speeches.count
        spoken = Set(speeches.map(\.id))
        var absorbed: [HeldRow] = []
        var rest: [HeldRow] = []
        for row in returns {
            if spoken.isDisjoint(with: LegacyRow.answers(row.view).keys) {
                rest.append(row)
            } else if let left = LegacyRow.without(spoken, row.view) {
                rest.append(try row.changed(to: left, by: LegacyRule.reply))
            } else {
                absorbed.append(row)
            }
        }
        let converted = try first.converted(speaking: speeches, absorbing: absorbed)
        note(first, absorbed, converted, speeches)
        return ([converted] + rest).map(Step.row)
    }

    private mutating func note(
        _ first: HeldRow, _ returns: [HeldRow], _ converted: HeldRow, _ speeches: [LegacyRow.Speech]
    ) {
        guard !speeches.isEmpty, summary.shown < 4 else { return }
        let before = ([first] + returns).flatMap { TurnWords.lines($0.view, isOld: true) }
        let shows = min(3, Set(before.map(\.what)).count) + (turnIsAnswer ? 1 : 0)
        guard shows > summary.shown else { return }
        summary.shown = shows
        summary.example = TurnExample(
            item: converted.item, before: before, after: TurnWords.lines(converted.view, isOld: false))
    }
}

/// A row of a turn in words.
enum TurnWords {
    static let thought = "inner thought"

    static func lines(_ row: RowView, isOld: Bool) -> [TurnExample.Line] {
        if row.role == "tool" { return returns(row) }
        let parts = row.parts.compactMap { part -> TurnExample.Line? in
            if let text = part["text"]?.string, part.isText {
                return TurnExample.Line(isOld ? thought : "reply", text)
            }
            return part["reasoning"]?.string.map { TurnExample.Line("reasoning", $0) }
        }
        return parts
            + row.calls.map { call in
                let name = call["function"]?["name"]?.string ?? "a tool"
                let words = isOld ? LegacyRow.speech(call)?.message : nil
                return TurnExample.Line(
                    "call of \(name)", words ?? call["function"]?["arguments"]?.string ?? "")
            }
    }

    private static func returns(_ row: RowView) -> [TurnExample.Line] {
        let bodies = row.returns.compactMap { $0["func_response"]?.string }
        return (bodies.isEmpty ? [row.soleText].compactMap(\.self) : bodies).compactMap { body in
            guard let message = (try? JSONDocument(body))?.root["message"] else { return nil }
            // The boot sequence returns nothing, which listings call None.
            guard !message.isNull, message.string != "None" else { return nil }
            return TurnExample.Line("return", message.string ?? JSONNode(message).text())
        }
    }
}

extension HeldRow {
    /// The row without inner thoughts in its texts, with these calls said aloud.
    func converted(speaking speeches: [LegacyRow.Speech], absorbing returns: [HeldRow]) throws -> HeldRow {
        var row = self
        for other in returns { row.absorb(other) }
        if row.view.parts.contains(where: \.isText) {
            row = try row.changed(to: LegacyRow.thoughtful(row.view), by: LegacyRule.thought)
        }
        if !speeches.isEmpty {
            row = try row.changed(
                to: LegacyRow.speaking(speeches, row.view), by: LegacyRule.reply, with: returns)
        }
        let isNew = row.changes.count > changes.count
        if isNew, LegacyRow.needsNoModel(row.view) {
            row = try row.changed(to: row.view.with("model", .null), by: LegacyRule.model)
        }
        row.isThoughtAlone = LegacyRow.isThoughtAlone(row.view)
        return row
    }

    /// - Parameter returns: rows that are gone by the same change.
    func changed(to node: JSONNode, by rule: Rule, with returns: [HeldRow] = []) throws -> HeldRow {
        let after = RowView(try JSONDocument(node.bytes()))
        guard let change = MemberChange.between(view.value, after.value) else { return self }
        let before = [change.before] + returns.map { JSONNode($0.view.value) }
        var row = self
        row.replace(
            with: after,
            AnnouncedChange(
                item: item, rule: rule.id, before: (before.count == 1 ? before[0] : .array(before)).text(),
                after: change.after.text()))
        return row
    }

    func dropped(by rule: Rule) -> DroppedRow {
        DroppedRow(
            ordinal: ordinals[0], sourceID: sourceIDs[0],
            change: AnnouncedChange(
                item: item, rule: rule.id, before: JSONNode(view.value).text(), after: "left out"))
    }
}
