import Home
import LettaModel
import StillHome
import Testing
@testable import Verify

struct AlignmentTests {
    private func places(_ expected: String, _ found: String) -> String {
        let alignment = Alignment(expected: Array(expected), found: Array(found))
        let moved = alignment.moved.map { "\($0.expected)>\($0.found)" }
        let gone = alignment.gaps.flatMap(\.expected).map { "-\($0)" }
        let come = alignment.gaps.flatMap(\.found).map { "+\($0)" }
        return (moved + gone + come).joined(separator: " ")
    }

    @Test(arguments: [
        ("abcdef", "abcdef", ""), ("abcdef", "bcdef", "-0"), ("abcdef", "abcde", "-5"),
        ("abcdef", "abdef", "-2"),
        ("abcdef", "abcxdef", "+3"), ("abcdef", "abdcef", "2>3"), ("abcdef", "bcdefa", "0>5"),
        ("aaaa", "aaa", "-3"), ("abab", "aab", "-1"), ("aab", "abab", "+1"), ("", "ab", "+0 +1"),
        ("ab", "", "-0 -1"), ("xaay", "xaaay", "+3"), ("abcxxdef", "abcxdef", "-4"),
        ("abc", "xyz", "-0 -1 -2 +0 +1 +2"),
    ])
    func `sequences are aligned`(_ expected: String, _ found: String, _ outcome: String) {
        #expect(places(expected, found) == outcome)
    }

    @Test func `every place is accounted for exactly once`() {
        var random = SplitMix(state: 7)
        for _ in 0..<300 {
            let expected = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                Int.random(in: 0...12, using: &random)
            }
            let found = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                Int.random(in: 0...12, using: &random)
            }
            let alignment = Alignment(expected: expected, found: found)
            let pairs = alignment.kept + alignment.moved
            #expect(
                (pairs.map(\.expected) + alignment.gaps.flatMap(\.expected)).sorted()
                    == Array(expected.indices))
            #expect((pairs.map(\.found) + alignment.gaps.flatMap(\.found)).sorted() == Array(found.indices))
            #expect(pairs.allSatisfy { expected[$0.expected] == found[$0.found] })
            #expect(
                zip(alignment.kept, alignment.kept.dropFirst()).allSatisfy {
                    $0.expected < $1.expected && $0.found < $1.found
                })
        }
    }

    @Test(arguments: [0, 100_000, 199_999])
    func `one of 200,000 rows missing is found fast`(_ gone: Int) {
        let expected = (0..<200_000).map { $0 &* 2_654_435_761 }
        var found = expected
        found.remove(at: gone)
        let alignment = Alignment(expected: expected, found: found)
        #expect(alignment.gaps.map(\.expected) == [[gone]])
        #expect(alignment.moved.isEmpty)
    }

    @Test func `damage at both ends of a long history is found fast`() {
        let expected = (0..<20_000).map { $0 &* 2_654_435_761 }
        var found = expected
        found.removeFirst()
        found.swapAt(9_000, 9_001)
        found[19_000] = -1
        found.append(-2)
        let alignment = Alignment(expected: expected, found: found)
        #expect(alignment.moved.count == 1)
        #expect(alignment.gaps.flatMap(\.expected) == [0, 19_001])
        #expect(alignment.gaps.flatMap(\.found) == [19_000, 19_999])
    }
}

/// A small generator with a seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
