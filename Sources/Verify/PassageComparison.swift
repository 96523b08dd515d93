public import Home
import LettaModel

/// Compares two archives: the same passages, however they are ordered.
///
/// Passages that do not match are paired with their likeliest partner, so
/// that a lost tag is called a lost tag and not a lost and an extra passage.
public struct PassageComparison: Sendable {
    private var expected: [PassageRecord] = []
    private var found: [PassageRecord] = []
    private var addresses: Set<HomeAddress> = []

    public init() {}

    public mutating func expect(_ passage: PassagePrint) {
        expected.append(PassageRecord(passage))
    }

    public mutating func observe(_ passages: Observed<[PassagePrint]>) {
        addresses.insert(passages.address)
        found += passages.value.map(PassageRecord.init)
    }

    /// - Parameter method: how the target was read, for the report.
    public func finish(method: String = "one by one, by time and text") -> KindResult {
        var pairing = PassagePairing(expected: expected, found: found)
        let equal = pairing.take(by: \.timeAndText) { $0.isEqual(to: $1) }.count
        let details = pairing.take(by: \.timeAndText) { _, _ in true }.map(detail)
        let shifted = pairing.take(by: \.text) { _, _ in true }.map(shift)
        let rewritten = pairing.take(by: \.time) { _, _ in true }.map { pair in
            difference(.textChanged, pair.expected, "text changed")
        }
        let lost = pairing.openExpected.map { difference(.missing, $0, "missing") }
        let extra = pairing.openFound.map { place in
            Difference(.passages, .extra, item: "passage of \(found[place].time.text)", what: "not expected")
        }
        return KindResult(
            .passages, expected: expected.count, found: found.count, equal: equal,
            differences: lost + details + shifted + rewritten + extra, method: method, addresses: addresses)
    }

    private func detail(_ pair: PassagePairing.Pair) -> Difference {
        let one = expected[pair.expected]
        let other = found[pair.found]
        let lost = one.tags.filter { !other.tags.contains($0) }
        let added = other.tags.filter { !one.tags.contains($0) }
        guard lost.isEmpty, added.isEmpty else {
            let words = [("lost", lost), ("added", added)].filter { !$0.1.isEmpty }.map { word, tags in
                "\(word) \(tags.joined(separator: ", "))"
            }
            let fields = [FieldDifference(path: "tags", expected: list(one.tags), found: list(other.tags))]
            let damage: Difference.Damage = lost.isEmpty ? .changed : .tagLost
            return difference(damage, pair.expected, "tags changed: \(words.joined(separator: ", "))", fields)
        }
        return difference(.metadataChanged, pair.expected, "metadata changed")
    }

    private func shift(_ pair: PassagePairing.Pair) -> Difference {
        let one = expected[pair.expected].time
        let other = found[pair.found].time
        let distance = TimeShift(microseconds: other.microseconds - one.microseconds).text
        let fields = [FieldDifference(path: "created_at", expected: one.text, found: other.text)]
        return difference(.timeShifted, pair.expected, "created_at shifted by \(distance)", fields)
    }

    private func list(_ tags: [String]) -> String { tags.joined(separator: ", ") }

    private func difference(
        _ damage: Difference.Damage, _ place: Int, _ what: String, _ fields: [FieldDifference] = []
    ) -> Difference {
        let item =
            "passage \((place + 1).grouped) of \(expected.count.grouped) (\(expected[place].time.text))"
        return Difference(.passages, damage, item: item, what: what, fields: fields)
    }
}

/// A passage in fixed size but for its tags.
struct PassageRecord: Sendable {
    struct TimeAndText: Hashable {
        let time: Int64
        let text: PackedDigest
    }

    let time: Instant
    let text: PackedDigest
    let tags: [String]
    let metadata: PassagePrint.Metadata

    init(_ passage: PassagePrint) {
        time = Instant(passage.createdAt) ?? Instant(microseconds: 0)
        text = PackedDigest(passage.text)
        tags = Set(passage.tags).sorted()
        metadata = passage.metadata
    }

    var timeAndText: TimeAndText { TimeAndText(time: time.microseconds, text: text) }

    func isEqual(to other: PassageRecord) -> Bool {
        tags == other.tags
            && (metadata == .notRead || other.metadata == .notRead || metadata == other.metadata)
    }
}

/// Pairs passages of both sides, the surest partners first.
struct PassagePairing {
    struct Pair {
        let expected: Int
        let found: Int
    }

    private let expected: [PassageRecord]
    private let found: [PassageRecord]
    private(set) var openExpected: [Int]
    private(set) var openFound: [Int]

    init(expected: [PassageRecord], found: [PassageRecord]) {
        self.expected = expected
        self.found = found
        openExpected = Array(expected.indices)
        openFound = Array(found.indices)
    }

    /// Takes out pairs that share the key and satisfy the test.
    mutating func take<Key: Hashable>(
        by key: (PassageRecord) -> Key, where isPartner: (PassageRecord, PassageRecord) -> Bool
    ) -> [Pair] {
        var waiting = Dictionary(grouping: openFound) { key(found[$0]) }
        var pairs: [Pair] = []
        for place in openExpected {
            let record = expected[place]
            guard let candidates = waiting[key(record)],
                let index = candidates.firstIndex(where: { isPartner(record, found[$0]) })
            else { continue }
            pairs.append(Pair(expected: place, found: candidates[index]))
            waiting[key(record)]?.remove(at: index)
        }
        let gone = Set(pairs.map(\.expected))
        let come = Set(pairs.map(\.found))
        openExpected.removeAll { gone.contains($0) }
        openFound.removeAll { come.contains($0) }
        return pairs
    }
}
