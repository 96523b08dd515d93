import Home
public import LettaModel

/// Two states of agents side by side, kind by kind.
///
/// It compares what it is handed, whoever read it: so it can say equal and
/// different, and has no way to a `Verdict`.
public struct SideBySide: Sendable {
    /// What the comparison of one kind came to.
    public struct Section: Sendable, Equatable {
        public let kind: ComparedKind
        /// How many each side has; of the agent's settings, how many were compared.
        public let one: Int
        public let other: Int
        public let equal: Int
        /// At most `KindResult.namedAtMost`; `missing` is on the first side
        /// alone, `extra` on the second.
        public let differences: [Difference]
        public let differing: Int
        /// Names of what is equal, where it has names.
        public let equals: [String]

        public var isEqual: Bool { differing == 0 && equal == one }
    }

    /// Which side says less than a server does: what it does not mention is
    /// not compared.
    public enum Laconic: Sendable {
        case neither, one, other
    }

    public private(set) var sections: [Section] = []
    /// What was left out of the comparison, and why.
    public private(set) var notCompared: [String] = []
    private let laconic: Laconic
    private static let nowhere = HomeAddress(name: "", url: "", project: nil)

    public init(laconic: Laconic = .neither) {
        self.laconic = laconic
    }

    public var isEqual: Bool { sections.allSatisfy(\.isEqual) }

    private mutating func add(_ result: KindResult, swapped: Bool = false, equals: [String] = []) {
        let spoiled = Set(result.differences.map(\.item))
        sections.append(
            Section(
                kind: result.kind, one: swapped ? result.found : result.expected,
                other: swapped ? result.expected : result.found, equal: result.equal,
                differences: swapped ? result.differences.map(\.swapped) : result.differences,
                differing: max(result.differing, result.expected - result.equal),
                equals: equals.filter { !spoiled.contains($0) }))
    }

    // MARK: What has a name

    public mutating func agents(_ one: VerbatimJSON, _ other: VerbatimJSON) {
        keyed(
            [KeyedItem(key: "agent", json: one)], [KeyedItem(key: "agent", json: other)]
        ) { .agent(expecting: $0[0].json) }
    }

    public mutating func blocks(_ one: [KeyedItem], _ other: [KeyedItem]) {
        keyed(one, other) { .blocks(expecting: $0) }
    }

    public mutating func tools(_ one: [KeyedItem], _ other: [KeyedItem]) {
        keyed(one, other) { .tools(expecting: $0) }
    }

    public mutating func identities(_ one: [KeyedItem], _ other: [KeyedItem]) {
        keyed(one, other) { .identities(expecting: $0) }
    }

    public mutating func conversations(
        _ one: [ConversationComparison.Item], _ other: [ConversationComparison.Item]
    ) {
        let comparison = ConversationComparison(expecting: one)
        add(comparison.compare(other, at: Self.nowhere), equals: comparison.names)
    }

    private mutating func keyed(
        _ one: [KeyedItem], _ other: [KeyedItem], _ comparison: ([KeyedItem]) -> KeyedComparison
    ) {
        let isSwapped = laconic == .other
        let (expected, found) = isSwapped ? (other, one) : (one, other)
        let whole = comparison(expected)
        let fitted = laconic == .neither ? whole : whole.ofMentionedFields
        let shared = Set(one.map(\.key)).intersection(other.map(\.key))
        add(
            fitted.compare(found, at: Self.nowhere), swapped: isSwapped,
            equals: one.map(\.key).filter(shared.contains).map(whole.name))
    }

    public mutating func toolRules(_ one: VerbatimJSON, _ other: VerbatimJSON) {
        let comparison = ValueComparison.toolRules(expecting: one)
        add(comparison.compare(ValueComparison.rules(other), at: Self.nowhere))
    }

    public mutating func tags(_ one: [String], _ other: [String]) {
        values(.tags(expecting: one), one, other)
    }

    public mutating func secrets(_ one: [String], _ other: [String]) {
        values(.secrets(expecting: one), one, other)
    }

    private mutating func values(_ comparison: ValueComparison, _ one: [String], _ other: [String]) {
        let result = comparison.compare(other.map(ValueComparison.named), at: Self.nowhere)
        let shared = one.filter(Set(other).contains)
        add(result, equals: shared.map { "\(result.kind.singular) \($0)" })
    }

    // MARK: Rows and passages

    /// - Parameter outcome: of `RowPairing.finish`.
    public mutating func messages(_ outcome: RowOutcome) {
        add(outcome.result(method: "row by row", foundIn: "the second"))
    }

    /// Places in the history of each side; nil for an id that it does not
    /// hold, of which nothing can be said.
    public mutating func context(_ one: [Int?], _ other: [Int?]) {
        let comparison = ContextComparison(expecting: one.compactMap(\.self))
        add(comparison.compare(other.compactMap(\.self), at: Self.nowhere))
        let unknown = (one.count { $0 == nil }, other.count { $0 == nil })
        guard unknown != (0, 0) else { return }
        notCompared.append(
            "ids in context whose message is not there: \(unknown.0.grouped) of the first, "
                + "\(unknown.1.grouped) of the second")
    }

    public mutating func passages(_ pairing: PassagePairs) { add(pairing.comparison.finish()) }
}

/// The histories of two sides.
public struct RowPairing: Sendable {
    private var comparison = RowComparison()

    public init() {}

    public mutating func one(_ row: RowPrint) { comparison.expect(row) }
    public mutating func other(_ row: RowPrint) { comparison.found.append(row) }
    public func finish() -> RowOutcome { comparison.finish() }
}

/// The archives of two sides.
public struct PassagePairs: Sendable {
    fileprivate var comparison = PassageComparison()

    public init() {}

    public mutating func one(_ passage: PassagePrint) { comparison.expect(passage) }
    public mutating func other(_ passage: PassagePrint) { comparison.find(passage) }
}

extension Difference {
    fileprivate var swapped: Difference {
        let turned: [Damage: Damage] = [.missing: .extra, .extra: .missing]
        return Difference(
            kind, turned[damage] ?? damage, item: item, what: what,
            fields: fields.map { FieldDifference(path: $0.path, expected: $0.found, found: $0.expected) })
    }
}
