import Home
public import LettaModel

/// What the comparison of one kind came to. Only comparisons make one.
public struct KindResult: Sendable, Equatable {
    public let kind: ComparedKind
    /// How many there have to be.
    public let expected: Int
    /// How many the target returned.
    public let found: Int
    /// Items that are as they have to be, announced changes included.
    public let equal: Int
    /// Announced differences that were found exactly as announced.
    public let announced: [AnnouncedChange]
    /// At most `KindResult.namedAtMost`; `differing` counts all.
    public let differences: [Difference]
    public let differing: Int
    /// What was looked at, in a few words: `row by row in export form`.
    public let method: String
    /// Of messages, when they are from; empty for other kinds.
    public let months: [MonthTally]
    /// The place that the answers came from; nil where nothing was read.
    let addresses: Set<HomeAddress>

    /// Differences that are named one by one.
    public static let namedAtMost = 200

    init(
        _ kind: ComparedKind, expected: Int, found: Int, equal: Int, announced: [AnnouncedChange] = [],
        differences: [Difference], differing: Int? = nil, method: String, addresses: Set<HomeAddress>,
        months: [MonthTally] = []
    ) {
        self.kind = kind
        self.expected = expected
        self.found = found
        self.equal = equal
        self.announced = announced
        self.differences = Array(differences.prefix(Self.namedAtMost))
        self.differing = differing ?? differences.count
        self.method = method
        self.addresses = addresses
        self.months = months
    }

    public var isEqual: Bool { differing == 0 && equal == expected }
}
