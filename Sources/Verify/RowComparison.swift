public import Home
public import LettaModel

/// What the comparison of histories keeps of one row: 41 bytes.
public struct RowPrint: Sendable, Equatable {
    public let digest: ContentDigest
    public let role: String
    public let createdAt: String

    public init(digest: ContentDigest, role: String, createdAt: String) {
        self.digest = digest
        self.role = role
        self.createdAt = createdAt
    }
}

/// Compares two histories row by row, in order.
///
/// **Bounds**: 41 bytes for each row of either side; 200,000 rows in well
/// under a second.
public struct RowComparison: Sendable {
    var expected = RowColumns()
    var found = RowColumns()
    var announced: [Int: [AnnouncedChange]] = [:]
    var addresses: Set<HomeAddress> = []

    public init() {}

    /// The next row that has to be there, as it has to be there.
    /// - Parameter changes: what the plan said would differ from the source.
    public mutating func expect(_ row: RowPrint, announced changes: [AnnouncedChange] = []) {
        if !changes.isEmpty { announced[expected.count, default: []] += changes }
        expected.append(row)
    }

    /// Rows of the source that must not be there: what the plan said of them
    /// counts as met where the row before is as it has to be.
    public mutating func leaveOut(_ changes: [AnnouncedChange]) {
        announced[max(0, expected.count - 1), default: []] += changes
    }

    /// The next rows that the target returned, in its order.
    public mutating func observe(_ rows: Observed<[RowPrint]>) {
        addresses.insert(rows.address)
        for row in rows.value { found.append(row) }
    }
}

/// Two rows that stand for one another and differ. Zero-based places.
public struct RowPair: Sendable, Hashable {
    public let expected: Int
    public let found: Int
}
