import Home
import LettaModel
import LosslessJSON

/// Counts what a comparison by name finds, and uses up the announcements
/// that are met exactly.
struct KeyedTally {
    private let kind: ComparedKind
    private let announced: [AnnouncedField]
    private var met: [AnnouncedChange] = []
    private var differences: [Difference] = []
    private var equalItems = 0
    private var fields = 0
    private var equalFields = 0
    /// Items that had to be the very ones that others have.
    var byID = 0

    init(kind: ComparedKind, announced: [AnnouncedField]) {
        self.kind = kind
        self.announced = announced
    }

    mutating func missing(_ name: String) {
        differences.append(Difference(kind, .missing, item: name, what: "missing"))
    }

    /// It was said that it would not be there, and it is not.
    mutating func absent(_ change: AnnouncedChange) { met.append(change) }

    /// Found, and not the very one that others have.
    mutating func other(_ name: String, than id: String) {
        differences.append(Difference(kind, .changed, item: name, what: "is not the shared one, \(id)"))
    }

    mutating func extra(_ name: String) {
        differences.append(Difference(kind, .extra, item: name, what: "not expected"))
    }

    mutating func judge(_ item: KeyedItem, _ comparison: FieldComparison, found: KeyedItem, name: String) {
        var open = comparison.differences
        var stuck: [Difference] = []
        for announcement in announced where announcement.key == item.key {
            let covered = open.filter { announcement.covers($0.path) }
            if announcement.isMet(by: found.json, kind) {
                open.removeAll { announcement.covers($0.path) }
                if let change = change(announcement, covered, name) { met.append(change) }
            } else if covered.isEmpty, !announcement.isMet(by: item.json, kind) {
                stuck.append(Difference(kind, .notChanged, item: name, what: announcement.complaint))
            }
        }
        if !open.isEmpty {
            stuck.append(
                Difference(kind, .changed, item: name, what: FieldWords.what(open.map(\.path)), fields: open))
        }
        if stuck.isEmpty { equalItems += 1 }
        differences += stuck
        fields += comparison.compared.count
        equalFields += comparison.compared.count - Set(open.map { FieldWords.top($0.path) }).count
    }

    /// One announcement is one change, however many fields it covers.
    private func change(
        _ announcement: AnnouncedField, _ covered: [FieldDifference], _ name: String
    ) -> AnnouncedChange? {
        guard let first = covered.first else { return nil }
        let item = announcement.path.isEmpty ? name : "\(name): \(announcement.path)"
        let before = covered.count == 1 ? first.expected ?? "nothing" : list(covered, \.expected)
        let after = covered.count == 1 ? first.found ?? "nothing" : list(covered, \.found)
        return AnnouncedChange(item: item, rule: announcement.rule, before: before, after: after)
    }

    private func list(_ fields: [FieldDifference], _ side: (FieldDifference) -> String?) -> String {
        let shown = fields.prefix(3).map { "\($0.path) \(side($0) ?? "nothing")" }.joined(separator: ", ")
        return fields.count > 3 ? "\(shown) and \((fields.count - 3).grouped) more" : shown
    }

    /// The agent is one item of many settings; those are what is counted.
    func result(expected: Int, found: Int, address: HomeAddress) -> KindResult {
        let isAgent = kind == .agent
        let failed = isAgent && equalFields == fields ? differences.count : 0
        return KindResult(
            kind, expected: isAgent ? fields : expected, found: isAgent ? fields : found,
            equal: isAgent ? max(0, equalFields - failed) : equalItems, announced: met,
            differences: differences,
            method: byID == 0 ? "field by field" : "field by field, \(byID.grouped) shared by id",
            addresses: [address])
    }
}

extension AnnouncedField {
    func covers(_ path: String) -> Bool {
        self.path.isEmpty || path == self.path || path.hasPrefix(self.path + ".")
            || path.hasPrefix(self.path + "[")
    }

    /// Whether this object has what was announced.
    func isMet(by json: VerbatimJSON, _ kind: ComparedKind) -> Bool {
        switch after {
        case .setByTarget:
            return Self.setByTarget.contains(FieldWords.top(path))
        case .value(let wanted?) where path.isEmpty:
            let fields: ComparedFields =
                switch kind {
                case .blocks: .block
                case .tools: .tool
                case .identities: .identity
                default: .agent
                }
            return FieldComparison(expected: wanted, found: json, fields: fields).differences.isEmpty
        case .value(let wanted):
            guard let document = try? JSONDocument(json) else { return false }
            let value = self.path.split(separator: ".").reduce(Optional(document.root)) { $0?[String($1)] }
            guard let wanted else { return value == nil || value?.isNull == true }
            guard let value, let other = try? JSONDocument(wanted) else { return false }
            return Canonical.bytes(value) == Canonical.bytes(other.root)
        }
    }

    private static let setByTarget: Set<String> = [
        "llm_config", "embedding_config", "model_settings", "model", "embedding", "compaction_settings",
    ]

    var complaint: String { "\(path) was to be changed by \(rule) and was not" }
}

enum FieldWords {
    /// `llm_config` of `llm_config.handle`, `content` of `content[0].text`.
    static func top(_ path: String) -> String {
        String(path.prefix { $0 != "." && $0 != "[" })
    }

    /// `value and limit changed`.
    static func what(_ paths: [String]) -> String {
        var names: [String] = []
        for path in paths where !names.contains(path) { names.append(path) }
        if names == [""] { return "changed" }
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \((names.count - 3).grouped) more changed" : "\(shown) changed"
    }
}
