/// The ids of a file's rows, in order: good ones stay, the others get numbers
/// past the highest. Two walks through a file give the same.
///
/// **Bounds**: a run of numbers costs no more than one.
struct RowNumbers: Sendable {
    enum ID: Sendable, Equatable {
        case kept(String)
        /// The n-th row of the file without an id of its own.
        case fresh(Int)

        /// - Parameter base: the first number that no row has.
        func text(base: Int) -> String {
            switch self {
            case .kept(let id): id
            case .fresh(let place): "message-\(base + place)"
            }
        }
    }

    private var seen = NumberRuns()
    private(set) var highest = -1
    /// How many rows have no id of their own.
    private(set) var lacking = 0

    /// Python's integers have no end; ours leave room to count on.
    private static let bound = 1 << 53

    mutating func next(_ id: String) -> (id: ID, rule: Rule?) {
        let number = ThingID.number(id, of: "message").flatMap { abs($0) < Self.bound ? $0 : nil }
        guard let number else { return (fresh(), LintRule.messageID) }
        guard seen.insert(number) else { return (fresh(), LintRule.messageTwice) }
        highest = max(highest, number)
        return (.kept(id), nil)
    }

    private mutating func fresh() -> ID {
        defer { lacking += 1 }
        return .fresh(lacking)
    }
}

/// New ids for agents, blocks and tools that have none that counts, and what
/// else has to change where others refer to them.
struct ThingNumbers: Sendable {
    /// By the place in its list.
    private(set) var given: [Int: String] = [:]
    /// Old id -> new id.
    private(set) var renamed: [String: String] = [:]

    init(_ ids: [String?], kind: String) {
        let numbers = ids.map { $0.flatMap { ThingID.number($0, of: kind) } }
        var next = (numbers.compactMap(\.self).filter { $0 < 1 << 53 }.max() ?? -1) + 1
        let counts = Dictionary(ids.compactMap(\.self).map { ($0, 1) }, uniquingKeysWith: +)
        for (place, id) in ids.enumerated() where numbers[place] == nil {
            // What refers to an id that two have may mean either.
            if let id, counts[id, default: 0] > 1 { continue }
            given[place] = "\(kind)-\(next)"
            if let id { renamed[id] = given[place] }
            next += 1
        }
    }

    func now(_ id: String) -> String { renamed[id] ?? id }
}
