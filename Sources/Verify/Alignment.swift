/// How one sequence became another: which places stand for one another.
///
/// Unique values anchor the alignment (the longest run of them that keeps its
/// order), the gaps between anchors are aligned by themselves, and what is
/// left over but exists on both sides has moved. O(n log n); a gap of many
/// equal values costs at most `quadraticLimit` steps.
struct Alignment: Sendable {
    /// Pairs of places with equal values in unchanged order, ascending.
    private(set) var kept: [(expected: Int, found: Int)] = []
    /// Pairs of places with equal values that stand elsewhere.
    private(set) var moved: [(expected: Int, found: Int)] = []
    /// Places without a partner, by the gap between kept neighbours.
    private(set) var gaps: [Gap] = []

    struct Gap: Sendable {
        var expected: [Int]
        var found: [Int]
    }

    static let quadraticLimit = 4_000_000

    init<Value: Hashable>(expected: [Value], found: [Value]) {
        kept = Self.anchored(expected, found)
        let rest = Self.unpaired(kept, expected.count, found.count)
        moved = Self.moved(rest, expected, found)
        gaps = Self.withoutMoved(rest, moved)
    }

    // MARK: Kept

    private static func anchored<Value: Hashable>(_ expected: [Value], _ found: [Value]) -> [(Int, Int)] {
        var window = Window(expected: 0..<expected.count, found: 0..<found.count)
        let head = window.trimHead(expected, found)
        let tail = window.trimTail(expected, found)
        return head + middle(window, expected, found) + tail
    }

    private static func middle<Value: Hashable>(
        _ window: Window, _ expected: [Value], _ found: [Value]
    ) -> [(Int, Int)] {
        guard !window.isEmpty else { return [] }
        let anchors = uniqueAnchors(window, expected, found)
        guard !anchors.isEmpty else { return longestCommon(window, expected, found) }
        var kept: [(Int, Int)] = []
        var start = (window.expected.lowerBound, window.found.lowerBound)
        for anchor in anchors + [(window.expected.upperBound, window.found.upperBound)] {
            guard anchor.0 >= start.0, anchor.1 >= start.1 else { continue }
            let gap = Window(expected: start.0..<anchor.0, found: start.1..<anchor.1)
            kept += between(gap, expected, found)
            guard anchor.0 < window.expected.upperBound, anchor.1 < window.found.upperBound else { break }
            kept.append(anchor)
            start = (anchor.0 + 1, anchor.1 + 1)
        }
        return kept
    }

    private static func between<Value: Hashable>(
        _ gap: Window, _ expected: [Value], _ found: [Value]
    ) -> [(Int, Int)] {
        guard !gap.isEmpty else { return [] }
        var window = gap
        let head = window.trimHead(expected, found)
        let tail = window.trimTail(expected, found)
        return head + longestCommon(window, expected, found) + tail
    }

    /// Values that stand once on either side, in the longest order that both
    /// sides share.
    private static func uniqueAnchors<Value: Hashable>(
        _ window: Window, _ expected: [Value], _ found: [Value]
    ) -> [(Int, Int)] {
        let one = places(expected, window.expected)
        let other = places(found, window.found)
        let pairs = window.expected.compactMap { index -> (Int, Int)? in
            guard one[expected[index]] == .some(.some(index)), let place = other[expected[index]], let place
            else { return nil }
            return (index, place)
        }
        return longestIncreasing(pairs)
    }

    /// The place of each value; nil inside for one that stands twice.
    private static func places<Value: Hashable>(_ values: [Value], _ range: Range<Int>) -> [Value: Int?] {
        var places: [Value: Int?] = Dictionary(minimumCapacity: range.count)
        for index in range {
            if places[values[index]] == nil {
                places[values[index]] = .some(index)
            } else {
                places[values[index]] = .some(nil)
            }
        }
        return places
    }

    /// Pairs ascending by the first; the longest subsequence ascending by the
    /// second (patience sorting).
    private static func longestIncreasing(_ pairs: [(Int, Int)]) -> [(Int, Int)] {
        var tops: [Int] = []
        var previous = [Int](repeating: -1, count: pairs.count)
        for (index, pair) in pairs.enumerated() {
            var low = 0
            var high = tops.count
            while low < high {
                let middle = (low + high) / 2
                if pairs[tops[middle]].1 < pair.1 { low = middle + 1 } else { high = middle }
            }
            if low > 0 { previous[index] = tops[low - 1] }
            if low == tops.count { tops.append(index) } else { tops[low] = index }
        }
        var chain: [(Int, Int)] = []
        var index = tops.last ?? -1
        while index >= 0 {
            chain.append(pairs[index])
            index = previous[index]
        }
        return chain.reversed()
    }

    /// For the small gaps between anchors; a gap too big for it is left to
    /// the search for moved rows.
    private static func longestCommon<Value: Hashable>(
        _ window: Window, _ expected: [Value], _ found: [Value]
    ) -> [(Int, Int)] {
        let rows = window.expected.count
        let columns = window.found.count
        guard rows > 0, columns > 0, rows <= quadraticLimit / columns else { return [] }
        var lengths = [Int32](repeating: 0, count: (rows + 1) * (columns + 1))
        let width = columns + 1
        for row in stride(from: rows - 1, through: 0, by: -1) {
            let value = expected[window.expected.lowerBound + row]
            for column in stride(from: columns - 1, through: 0, by: -1) {
                let isEqual = value == found[window.found.lowerBound + column]
                lengths[row * width + column] =
                    isEqual
                    ? lengths[(row + 1) * width + column + 1] + 1
                    : max(lengths[(row + 1) * width + column], lengths[row * width + column + 1])
            }
        }
        return walk(lengths, window, expected, found)
    }

    private static func walk<Value: Hashable>(
        _ lengths: [Int32], _ window: Window, _ expected: [Value], _ found: [Value]
    ) -> [(Int, Int)] {
        let width = window.found.count + 1
        var pairs: [(Int, Int)] = []
        var row = 0
        var column = 0
        while row < window.expected.count, column < window.found.count {
            let place = (window.expected.lowerBound + row, window.found.lowerBound + column)
            if expected[place.0] == found[place.1] {
                pairs.append(place)
                row += 1
                column += 1
            } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
                row += 1
            } else {
                column += 1
            }
        }
        return pairs
    }

    // MARK: The rest

    private static func unpaired(_ kept: [(Int, Int)], _ expected: Int, _ found: Int) -> [Gap] {
        var gaps: [Gap] = []
        var start = (0, 0)
        for anchor in kept + [(expected, found)] {
            let gap = Gap(expected: Array(start.0..<anchor.0), found: Array(start.1..<anchor.1))
            if !gap.expected.isEmpty || !gap.found.isEmpty { gaps.append(gap) }
            start = (anchor.0 + 1, anchor.1 + 1)
        }
        return gaps
    }

    private static func moved<Value: Hashable>(
        _ gaps: [Gap], _ expected: [Value], _ found: [Value]
    ) -> [(expected: Int, found: Int)] {
        var waiting: [Value: [Int]] = [:]
        for place in gaps.reversed().flatMap({ $0.found.reversed() }) {
            waiting[found[place], default: []].append(place)
        }
        return gaps.flatMap(\.expected).compactMap { place in
            guard let partner = waiting[expected[place]]?.popLast() else { return nil }
            return (place, partner)
        }
    }

    private static func withoutMoved(_ gaps: [Gap], _ moved: [(expected: Int, found: Int)]) -> [Gap] {
        let gone = Set(moved.map(\.expected))
        let come = Set(moved.map(\.found))
        return gaps.compactMap { gap in
            let rest = Gap(
                expected: gap.expected.filter { !gone.contains($0) },
                found: gap.found.filter { !come.contains($0) })
            return rest.expected.isEmpty && rest.found.isEmpty ? nil : rest
        }
    }
}

/// A range of either side that is still to be aligned.
private struct Window {
    var expected: Range<Int>
    var found: Range<Int>

    var isEmpty: Bool { expected.isEmpty || found.isEmpty }

    mutating func trimHead<Value: Equatable>(_ one: [Value], _ other: [Value]) -> [(Int, Int)] {
        var pairs: [(Int, Int)] = []
        while let left = expected.first, let right = found.first, one[left] == other[right] {
            pairs.append((left, right))
            expected = left + 1..<expected.upperBound
            found = right + 1..<found.upperBound
        }
        return pairs
    }

    mutating func trimTail<Value: Equatable>(_ one: [Value], _ other: [Value]) -> [(Int, Int)] {
        var pairs: [(Int, Int)] = []
        while let left = expected.last, let right = found.last, one[left] == other[right] {
            pairs.append((left, right))
            expected = expected.lowerBound..<left
            found = found.lowerBound..<right
        }
        return pairs.reversed()
    }
}
