import LettaModel
import LosslessJSON

/// A rule on one row: how it is found and what becomes of the row.
public struct RowRule: Sendable {
    public let rule: Rule
    let detect: @Sendable (RowView, Preceding) -> Bool
    /// Nil: no form of the row can be read again, it stays behind.
    let fix: @Sendable (RowView, Preceding) -> JSONNode?

    init(
        _ id: String, _ reaction: Rule.Reaction, title: String, why: String, remedy: String,
        detect: @escaping @Sendable (RowView, Preceding) -> Bool,
        fix: @escaping @Sendable (RowView, Preceding) -> JSONNode?
    ) {
        rule = Rule(id: id, scope: .row, reaction: reaction, title: title, why: why, remedy: remedy)
        self.detect = detect
        self.fix = fix
    }

    /// In the order in which they act: bytes, form of the row, parts, calls,
    /// returns. A later rule may rely on the earlier ones.
    public static let table: [RowRule] =
        characterRules + formRules + contentRules + partRules + roleRules + callRules + approvalRules
        + returnRules
        + bodyRules
}

/// A row on its way through the table.
struct RowDraft {
    private(set) var view: RowView
    private(set) var changes: [AnnouncedChange] = []
    /// The rule that gave up.
    private(set) var withheldBy: Rule?

    init(_ document: JSONDocument) {
        view = RowView(document)
    }

    /// Applies every rule that finds something.
    mutating func apply(_ table: [RowRule], preceding: Preceding, item: String) throws {
        for rule in table where rule.detect(view, preceding) {
            guard let node = rule.fix(view, preceding) else {
                withheldBy = rule.rule
                return
            }
            let before = view
            view = RowView(try JSONDocument(node.bytes()))
            if let change = MemberChange.between(before.value, view.value) {
                changes.append(change.announced(item, rule.rule.id))
            }
        }
    }
}

/// What a fix did to the top level of an item, as two small JSON objects.
struct MemberChange {
    let before: JSONNode
    let after: JSONNode

    /// Nil where nothing differs.
    static func between(_ old: JSONValue, _ new: JSONValue) -> MemberChange? {
        let keys = (old.members + new.members).map(\.key)
        var seen: Set<String> = []
        let differing = keys.filter { seen.insert($0).inserted }.filter { key in
            old[key].map { Array($0.raw) } != new[key].map { Array($0.raw) }
        }
        guard !differing.isEmpty else { return nil }
        func side(_ value: JSONValue) -> JSONNode {
            .object(
                differing.compactMap { key in value[key].map { JSONMember(key: key, value: JSONNode($0)) } })
        }
        return MemberChange(before: side(old), after: side(new))
    }

    func announced(_ item: String, _ rule: String) -> AnnouncedChange {
        AnnouncedChange(item: item, rule: rule, before: before.text(), after: after.text())
    }
}
