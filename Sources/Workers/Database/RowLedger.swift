/// Ids of rows, as long as their gaps are many and not as their rows are.
struct IDRanges: Sendable, Equatable {
    private(set) var ranges: [ClosedRange<Int64>] = []

    init() {}

    /// In their order.
    mutating func add(_ id: Int64) {
        if let last = ranges.last, last.upperBound < id, last.upperBound + 1 == id {
            ranges[ranges.count - 1] = last.lowerBound...id
        } else {
            ranges.append(id...id)
        }
    }

    var isEmpty: Bool { ranges.isEmpty }

    func contains(_ id: Int64) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].contains(id) { return true }
            if ranges[middle].upperBound < id { low = middle + 1 } else { high = middle }
        }
        return false
    }

    func subtracting(_ others: IDRanges) -> IDRanges {
        var left = IDRanges()
        var place = 0
        for range in ranges {
            while place < others.ranges.count, others.ranges[place].upperBound < range.lowerBound {
                place += 1
            }
            left.ranges += Self.rest(
                of: range, without: others.ranges[place...].prefix { $0.lowerBound <= range.upperBound })
        }
        return left
    }

    private static func rest(of range: ClosedRange<Int64>, without holes: ArraySlice<ClosedRange<Int64>>)
        -> [ClosedRange<Int64>]
    {
        var found: [ClosedRange<Int64>] = []
        var next = range.lowerBound
        for hole in holes {
            if hole.lowerBound > next { found.append(next...(hole.lowerBound - 1)) }
            guard hole.upperBound < range.upperBound else { return found }
            next = hole.upperBound + 1
        }
        return found + [next...range.upperBound]
    }

    // MARK: As a text

    /// `1-9, 12`, for a person.
    var words: String { text("-", ", ") }

    /// `1..9,12`, as a file keeps it.
    var text: String { text("..", ",") }

    private func text(_ dash: String, _ comma: String) -> String {
        ranges.map {
            $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)\(dash)\($0.upperBound)"
        }.joined(separator: comma)
    }

    /// What is no range is passed over.
    init(text: String) {
        ranges = text.split(separator: ",").compactMap { part in
            let ends = part.split(separator: "..").compactMap { Int64($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return nil }
            return first...last
        }
    }
}

/// Which rows a database of Broca's has, one by one.
struct RowLedger: Sendable, Equatable {
    /// By table.
    var rows: [String: IDRanges] = [:]
    /// Rows of the queue by status.
    var queue: [String: IDRanges] = [:]
    /// How often the agent was tried with rows that it may be tried with again.
    var tries: [Int64: Int] = [:]

    /// Broca never takes such a row up again.
    static let finalStates = ["completed", "failed", "flushed"]

    func isFinal(_ id: Int64) -> Bool {
        Self.finalStates.contains { queue[$0]?.contains(id) == true }
    }
}
