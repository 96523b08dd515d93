import LettaModel

/// How many messages of a month there have to be, and how many the target
/// returned. Says when, not whether: the rows themselves are compared apart.
public struct MonthTally: Sendable, Equatable {
    /// `2026-05`, in UTC; empty for rows without a readable time.
    public let month: String
    public let expected: Int
    public let found: Int

    public init(month: String, expected: Int, found: Int) {
        self.month = month
        self.expected = expected
        self.found = found
    }
}

extension RowComparison {
    /// Months in which either side has a row, earliest first.
    var months: [MonthTally] {
        var calendar = MonthCounter()
        let before = calendar.counts(expected.instants)
        let after = calendar.counts(found.instants)
        return Set(before.keys).union(after.keys).sorted()
            .map { MonthTally(month: $0, expected: before[$0] ?? 0, found: after[$0] ?? 0) }
    }
}

/// Counts by month; a day is written out once, however many rows it has.
private struct MonthCounter {
    private var months: [Int64: String] = [:]
    private static let day: Int64 = 86_400_000_000

    mutating func counts(_ instants: [Int64]) -> [String: Int] {
        var days: [Int64: Int] = [:]
        for instant in instants { days[Self.floor(instant), default: 0] += 1 }
        return days.reduce(into: [:]) { $0[month(of: $1.key), default: 0] += $1.value }
    }

    private static func floor(_ instant: Int64) -> Int64 {
        instant == .min ? .min : instant / day - (instant % day < 0 ? 1 : 0)
    }

    private mutating func month(of day: Int64) -> String {
        guard day != .min else { return "" }
        if let known = months[day] { return known }
        let month = String(Instant(microseconds: day * Self.day).text.prefix(7))
        months[day] = month
        return month
    }
}
