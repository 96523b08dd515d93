public import Home
public import LettaModel
import LosslessJSON

/// Compares things that are nothing but their value and have no order: tags,
/// names of secrets, tool rules.
public struct ValueComparison: Sendable {
    private let kind: ComparedKind
    /// What is compared, and what it is called.
    private let expected: [Named]
    private var announced: [AnnouncedChange] = []

    struct Named: Sendable {
        let value: [UInt8]
        let name: String
    }

    public static func tags(expecting tags: [String]) -> ValueComparison {
        ValueComparison(kind: .tags, expected: tags.map(named))
    }

    public static func secrets(expecting names: [String]) -> ValueComparison {
        ValueComparison(kind: .secrets, expected: names.map(named))
    }

    /// - Parameters json: a JSON array of rules, as they have to be.
    ///   announced: how they differ from the source's; met where all are so.
    public static func toolRules(
        expecting json: VerbatimJSON, announced: [AnnouncedChange] = []
    ) -> ValueComparison {
        var comparison = ValueComparison(kind: .toolRules, expected: rules(json))
        comparison.announced = announced
        return comparison
    }

    /// - Parameter marker: a tag that the run takes away at its end.
    public func compare(tags: Observed<[String]>, without marker: Marker? = nil) -> KindResult {
        compare(tags.value.filter { $0 != marker?.description }.map(Self.named), at: tags.address)
    }

    public func compare(names: Observed<[String]>) -> KindResult {
        compare(names.value.map(Self.named), at: names.address)
    }

    public func compare(toolRules: Observed<VerbatimJSON>) -> KindResult {
        compare(Self.rules(toolRules.value), at: toolRules.address)
    }

    static func named(_ text: String) -> Named { Named(value: Array(text.utf8), name: text) }

    static func rules(_ json: VerbatimJSON) -> [Named] {
        guard let document = try? JSONDocument(json) else { return [Named(value: json, name: "no JSON")] }
        return document.root.elements.map { rule in
            let name = [rule["type"]?.string, rule["tool_name"]?.string].compactMap(\.self).joined(
                separator: " of ")
            return Named(value: withoutNulls(rule), name: name)
        }
    }

    /// A rule that lacks an optional field is the rule with a null in it.
    private static func withoutNulls(_ rule: JSONValue) -> [UInt8] {
        Canonical.bytes(rule, dropping: Set(rule.members.filter { $0.value.isNull }.map(\.key)))
    }

    func compare(_ found: [Named], at address: HomeAddress) -> KindResult {
        var waiting = Dictionary(grouping: found, by: \.value)
        var differences: [Difference] = []
        for item in expected where waiting[item.value]?.popLast() == nil {
            differences.append(
                Difference(kind, .missing, item: "\(kind.singular) \(item.name)", what: "missing"))
        }
        let missing = differences.count
        for item in found where waiting[item.value]?.popLast() != nil {
            differences.append(
                Difference(kind, .extra, item: "\(kind.singular) \(item.name)", what: "not expected"))
        }
        return KindResult(
            kind, expected: expected.count, found: found.count, equal: expected.count - missing,
            announced: differences.isEmpty ? announced : [],
            differences: differences, method: "one by one", addresses: [address])
    }
}

/// Compares the list of rows in context, as places in the history.
public struct ContextComparison: Sendable {
    private let expected: [Int]

    /// - Parameter places: zero-based places in the history, in the order
    ///   that the model sees them.
    public init(expecting places: [Int]) {
        expected = places
    }

    /// - Parameter found: places in the target's history; nil for an id that
    ///   its history does not hold.
    public func compare(_ found: Observed<[Int?]>) -> KindResult { compare(found.value, at: found.address) }

    func compare(_ found: [Int?], at address: HomeAddress) -> KindResult {
        let alignment = Alignment(expected: expected.map(Optional.some), found: found)
        let moved = alignment.moved.map { pair in
            difference(
                .moved, expected[pair.expected], "stands at place \((pair.found + 1).grouped) of the context")
        }
        let missing = alignment.gaps.flatMap(\.expected).map {
            difference(.missing, expected[$0], "not in context")
        }
        let extra = alignment.gaps.flatMap(\.found).map { place in
            difference(.extra, found[place], "in context, not expected")
        }
        return KindResult(
            .context, expected: expected.count, found: found.count, equal: alignment.kept.count,
            differences: missing + moved + extra, method: "place by place", addresses: [address])
    }

    private func difference(_ damage: Difference.Damage, _ place: Int?, _ what: String) -> Difference {
        let item = place.map { "message \(($0 + 1).grouped)" } ?? "an unknown message"
        return Difference(.context, damage, item: item, what: what)
    }
}
