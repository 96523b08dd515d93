import Home
public import LettaModel

extension RowComparison {
    /// Aligns the two histories. Changed rows can then be explained by their
    /// bodies before the result is taken.
    public func finish() -> RowOutcome {
        let alignment = Alignment(expected: expected.digests, found: found.digests)
        var findings: [RowFinding] = RowComparison.moves(alignment)
        for gap in alignment.gaps { findings += judge(gap) }
        return RowOutcome(comparison: self, kept: alignment.kept.map(\.expected), findings: findings)
    }

    private static func moves(_ alignment: Alignment) -> [RowFinding] {
        alignment.moved.map { .moved(RowPair(expected: $0.expected, found: $0.found)) }
    }

    /// What stands between two rows that are equal: rows that changed, rows
    /// that were split, rows that are gone and rows that nobody expected.
    private func judge(_ gap: Alignment.Gap) -> [RowFinding] {
        var missing = gap.expected
        var extra = gap.found
        var findings = pairs(&missing, &extra) {
            expected.instants[$0] == found.instants[$1] && sameRole($0, $1)
        }
        findings = splits(findings, &extra)
        findings += pairs(&missing, &extra) { expected.instants[$0] == found.instants[$1] }
        findings += pairs(&missing, &extra, where: sameRole)
        findings += missing.map(RowFinding.missing)
        findings += extra.map(RowFinding.extra)
        return findings
    }

    private func sameRole(_ one: Int, _ other: Int) -> Bool { expected.role(one) == found.role(other) }

    private func pairs(
        _ missing: inout [Int], _ extra: inout [Int], where isPartner: (Int, Int) -> Bool
    ) -> [RowFinding] {
        var findings: [RowFinding] = []
        var start = 0
        missing.removeAll { place in
            guard let index = extra[start...].firstIndex(where: { isPartner(place, $0) }) else {
                return false
            }
            findings.append(.changed(RowPair(expected: place, found: extra.remove(at: index))))
            start = index
            return true
        }
        return findings
    }

    /// A changed assistant row that is followed by an unexpected assistant
    /// row of the same instant was split in two.
    private func splits(_ findings: [RowFinding], _ extra: inout [Int]) -> [RowFinding] {
        findings.map { finding in
            guard case .changed(let pair) = finding, found.role(pair.found) == "assistant",
                let index = extra.firstIndex(where: { isOtherHalf($0, of: pair) })
            else { return finding }
            extra.remove(at: index)
            return .split(pair)
        }
    }

    private func isOtherHalf(_ place: Int, of pair: RowPair) -> Bool {
        abs(place - pair.found) == 1 && found.role(place) == "assistant"
            && abs(found.instants[place] - found.instants[pair.found]) <= RowComparison.splitTolerance
    }

    /// Halves are written with the time of the turn, or microseconds apart.
    private static var splitTolerance: Int64 { 1_000_000 }
}

enum RowFinding: Sendable {
    case missing(Int)
    case extra(Int)
    case moved(RowPair)
    case changed(RowPair)
    case split(RowPair)

    /// Where it stands in the report: by the place in the expected history.
    var order: Int {
        switch self {
        case .missing(let place): place
        case .extra(let place): place
        case .moved(let pair), .changed(let pair), .split(let pair): pair.expected
        }
    }
}

/// The aligned histories. `changed` names the rows whose bodies would tell
/// what changed in them; without bodies they are named all the same.
public struct RowOutcome: Sendable {
    private let comparison: RowComparison
    private let kept: [Int]
    private let findings: [RowFinding]
    private var explanations: [RowPair: [FieldDifference]] = [:]

    init(comparison: RowComparison, kept: [Int], findings: [RowFinding]) {
        self.comparison = comparison
        self.kept = kept
        self.findings = findings.sorted { $0.order < $1.order }
    }

    /// At most as many as a result names.
    public var changed: [RowPair] {
        Array(
            findings.compactMap { if case .changed(let pair) = $0 { pair } else { nil } }
                .prefix(KindResult.namedAtMost))
    }

    /// Says what is different between the bodies of two rows.
    /// - Parameter expected: the row as it has to be, in export form.
    public mutating func explain(
        _ pair: RowPair, expected: VerbatimJSON, found: VerbatimJSON
    ) {
        explanations[pair] =
            FieldComparison(
                expected: expected, found: found, fields: .row
            ).differences
    }

    /// - Parameter method: how the target was read, for the report.
    public func result(method: String = "row by row in export form") -> KindResult {
        KindResult(
            .messages, expected: comparison.expected.count, found: comparison.found.count, equal: kept.count,
            announced: kept.flatMap { comparison.announced[$0] ?? [] },
            differences: findings.prefix(KindResult.namedAtMost).map(difference), differing: findings.count,
            method: method, addresses: comparison.addresses, months: comparison.months)
    }

    private func difference(_ finding: RowFinding) -> Difference {
        switch finding {
        case .missing(let place):
            Difference(.messages, .missing, item: label(place), what: "missing")
        case .extra(let place):
            Difference(.messages, .extra, item: foundLabel(place), what: "not expected")
        case .moved(let pair):
            Difference(
                .messages, .moved, item: label(pair.expected),
                what: "stands at place \((pair.found + 1).grouped) of \(comparison.found.count.grouped)")
        case .split(let pair):
            Difference(.messages, .split, item: label(pair.expected), what: "split into two rows")
        case .changed(let pair):
            changed(pair)
        }
    }

    private func changed(_ pair: RowPair) -> Difference {
        let fields = explanations[pair] ?? []
        let shift = comparison.found.instants[pair.found] - comparison.expected.instants[pair.expected]
        let isTimeOnly = !fields.isEmpty && fields.allSatisfy { $0.path == "created_at" }
        if isTimeOnly {
            let what = "created_at shifted by \(TimeShift(microseconds: shift).text)"
            return Difference(.messages, .timeShifted, item: label(pair.expected), what: what, fields: fields)
        }
        return Difference(
            .messages, .changed, item: label(pair.expected), what: RowWords.whatChanged(fields, shift: shift),
            fields: fields)
    }

    private func label(_ place: Int) -> String {
        let rows = comparison.expected
        return "message \((place + 1).grouped) of \(rows.count.grouped) (\(RowWords.facts(rows, place)))"
    }

    private func foundLabel(_ place: Int) -> String {
        "message at place \((place + 1).grouped) of the target (\(RowWords.facts(comparison.found, place)))"
    }
}

enum RowWords {
    /// `2026-05-02 user`.
    static func facts(_ rows: RowColumns, _ place: Int) -> String {
        let instant = rows.instants[place]
        let day = instant == .min ? "no date" : String(Instant(microseconds: instant).text.prefix(10))
        return "\(day) \(rows.role(place))"
    }

    static func whatChanged(_ fields: [FieldDifference], shift: Int64) -> String {
        guard !fields.isEmpty else {
            return shift == 0
                ? "changed" : "changed, created_at shifted by \(TimeShift(microseconds: shift).text)"
        }
        if fields.allSatisfy({ $0.path.hasPrefix("content") }) { return "text changed" }
        let names = fields.map(\.path)
        return "changed: \(names.prefix(3).joined(separator: ", "))" + (names.count > 3 ? " and more" : "")
    }
}

/// How far a time is off: `+2 h`, `-0.5 s`.
struct TimeShift {
    let microseconds: Int64

    var text: String {
        let sign = microseconds < 0 ? "-" : "+"
        let size = microseconds.magnitude
        let units: [(UInt64, String)] = [
            (86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"), (1000, "ms"),
        ]
        for (unit, name) in units where size >= unit && size % unit == 0 {
            return "\(sign)\(Int(size / unit).grouped) \(name)"
        }
        if size >= 1_000_000 { return "\(sign)\(Int(size / 1_000_000).grouped).\(tail(size % 1_000_000)) s" }
        return "\(sign)\(size) µs"
    }

    private func tail(_ rest: UInt64) -> String {
        let digits = String(rest)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }
}
