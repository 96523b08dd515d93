public import Home
public import LettaModel

/// Compares two archives: the same passages, however they are ordered.
///
/// Passages that do not match are paired with their likeliest partner, so
/// that a lost tag is called a lost tag and not a lost and an extra passage.
public struct PassageComparison: Sendable {
    private var expected: [PassageRecord] = []
    private var found: [PassageRecord] = []
    private var addresses: Set<HomeAddress> = []
    /// What is wrong with the archive itself.
    private var wrongArchive: Difference?
    private var isShared = false

    public init() {}

    /// The passages have to be in this very archive, which other agents have.
    public mutating func expect(
        in archive: TargetID<ArchiveKind>, _ found: Observed<[TargetID<ArchiveKind>]>
    ) {
        addresses.insert(found.address)
        isShared = true
        guard !found.value.contains(archive) else { return }
        wrongArchive = Difference(
            .passages, .changed, item: "archive", what: "is not the shared one, \(archive)")
    }

    public mutating func expect(_ passage: PassagePrint) {
        expected.append(PassageRecord(passage))
    }

    /// One of the other side, whoever read it.
    mutating func find(_ passage: PassagePrint) { found.append(PassageRecord(passage)) }

    public mutating func observe(_ passages: Observed<[PassagePrint]>) {
        addresses.insert(passages.address)
        found += passages.value.map(PassageRecord.init)
    }

    /// - Parameter method: how the target was read, for the report.
    public func finish(method: String = "one by one, by time and text") -> KindResult {
        var pairing = PassagePairing(expected: expected, found: found)
        let comparesMetadata = !(expected + found).contains { $0.metadata == .notRead }
        let equal = pairing.take { $0.whole(withMetadata: comparesMetadata) }.count
        let details = pairing.take(by: \.timeAndText).map(detail)
        let shifted = pairing.take(by: \.text).map(shift)
        let rewritten = pairing.take(by: \.time).map { pair in
            difference(.textChanged, pair.expected, "text changed")
        }
        let lost = pairing.openExpected.map { difference(.missing, $0, "missing") }
        let extra = pairing.openFound.map { place in
            Difference(.passages, .extra, item: "passage of \(found[place].time.text)", what: "not expected")
        }
        return KindResult(
            .passages, expected: expected.count, found: found.count, equal: equal,
            differences: lost + details + shifted + rewritten + extra + [wrongArchive].compactMap(\.self),
            method: isShared ? "\(method); the shared archive by id" : method, addresses: addresses)
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

    /// Everything that two equal passages share.
    struct Whole: Hashable {
        let timeAndText: TimeAndText
        let tags: [String]
        let metadata: PassagePrint.Metadata
    }

    /// - Parameter withMetadata: false where a route did not return it.
    func whole(withMetadata: Bool) -> Whole {
        Whole(timeAndText: timeAndText, tags: tags, metadata: withMetadata ? metadata : .notRead)
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

    /// Takes out pairs that share the key, in the order of both sides.
    ///
    /// - Complexity: O(n), also where all passages are alike.
    mutating func take<Key: Hashable>(by key: (PassageRecord) -> Key) -> [Pair] {
        var waiting = Dictionary(grouping: openFound.reversed()) { key(found[$0]) }
        var pairs: [Pair] = []
        for place in openExpected {
            guard let partner = waiting[key(expected[place])]?.popLast() else { continue }
            pairs.append(Pair(expected: place, found: partner))
        }
        let gone = Set(pairs.map(\.expected))
        let come = Set(pairs.map(\.found))
        openExpected.removeAll { gone.contains($0) }
        openFound.removeAll { come.contains($0) }
        return pairs
    }
}
