public import Home
public import LettaModel

/// The result of comparing an agent item by item with what the target
/// returned. Only `Verification` makes one.
public struct Verdict: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        case identical
        /// Equal but for this many announced changes.
        case announced(Int)
        /// This many items are not as they have to be.
        case different(Int)
    }

    /// Where the answers came from, as printed.
    public struct Place: Sendable, Equatable {
        public let name: String
        public let url: String
        public let project: String?

        init(_ address: HomeAddress) {
            name = address.name
            url = address.url
            project = address.project
        }

        /// `home (https://…)`.
        public var sentence: String { name == url ? url : "\(name) (\(url))" }
    }

    /// The agent's name on the target.
    public let subject: String
    public let target: Place
    public let outcome: Outcome
    public let kinds: [KindResult]
    public let checklist: [CheckLine]

    init(
        subject: String, target: HomeAddress, outcome: Outcome, kinds: [KindResult], checklist: [CheckLine]
    ) {
        self.subject = subject
        self.target = Place(target)
        self.outcome = outcome
        self.kinds = kinds
        self.checklist = checklist
    }

    public var isVerified: Bool { if case .different = outcome { false } else { true } }
    public var announced: [AnnouncedChange] { kinds.flatMap(\.announced) }
    public var differences: [Difference] { kinds.flatMap(\.differences) }
    public func result(of kind: ComparedKind) -> KindResult? { kinds.first { $0.kind == kind } }

    /// `identical`, `equal but for 3 announced changes`, `different`.
    public var word: String {
        switch outcome {
        case .identical: "identical"
        case .announced(let count): "equal but for \(count.counted("announced change"))"
        case .different: "different"
        }
    }

    /// `ada: 4,812 of 4,812 messages, 377 of 377 passages, 12 of 12 blocks: identical`.
    public var sentence: String {
        let counts = [ComparedKind.messages, .passages, .blocks].compactMap { kind in
            result(of: kind).map { "\($0.equal.grouped) of \($0.expected.grouped) \(kind.rawValue)" }
        }
        return "\(subject): \(counts.joined(separator: ", ")): \(word)"
    }
}

/// Gathers the comparisons of one agent and gives the verdict. A kind that
/// nobody compared, and an answer from another place, make it `different`.
public struct Verification: Sendable {
    private let subject: String
    private let target: HomeAddress
    private var kinds: [ComparedKind: KindResult] = [:]
    private var checklist: [CheckLine] = []

    public init(of subject: String, at target: HomeAddress) {
        self.subject = subject
        self.target = target
    }

    /// The last result of a kind counts.
    public mutating func add(_ result: KindResult) {
        kinds[result.kind] = result
    }

    public mutating func add(_ lines: [CheckLine]) {
        checklist = lines
    }

    public func verdict() -> Verdict {
        var results = ComparedKind.allCases.filter { $0 != .checks }.map { kind in
            kinds[kind].map(checked) ?? missing(kind)
        }
        if let checks = checkResult() { results.append(checks) }
        return Verdict(
            subject: subject, target: target, outcome: Self.outcome(results), kinds: results,
            checklist: checklist)
    }

    private static func outcome(_ results: [KindResult]) -> Verdict.Outcome {
        let differing = results.reduce(0) { $0 + max($1.differing, $1.isEqual ? 0 : 1) }
        if differing > 0 { return .different(differing) }
        let announced = results.reduce(0) { $0 + $1.announced.count }
        return announced > 0 ? .announced(announced) : .identical
    }

    private func missing(_ kind: ComparedKind) -> KindResult {
        let difference = Difference(kind, .notCompared, item: kind.rawValue, what: "not compared")
        return KindResult(
            kind, expected: 0, found: 0, equal: 0, differences: [difference], method: "not compared",
            addresses: [])
    }

    private func checked(_ result: KindResult) -> KindResult {
        guard let stranger = result.addresses.first(where: { $0 != target }) else { return result }
        let difference = Difference(
            result.kind, .notCompared, item: result.kind.rawValue,
            what: "read from \(stranger.description), not from \(target.description)")
        return KindResult(
            result.kind, expected: result.expected, found: result.found, equal: 0,
            differences: [difference] + result.differences, differing: result.differing + 1,
            method: result.method, addresses: result.addresses)
    }

    /// Lines that repeat the comparison of a kind count once, there.
    private func isToldAlready(_ check: Check) -> Bool {
        switch check {
        case .archival: kinds[.passages]?.isEqual == false
        case .blocks: kinds[.blocks]?.isEqual == false
        default: false
        }
    }

    private func checkResult() -> KindResult? {
        guard !checklist.isEmpty else { return nil }
        let run = checklist.filter { $0.status == .ok || $0.status == .failed }
        let failed = run.filter { $0.status == .failed && !isToldAlready($0.check) }
        return KindResult(
            .checks, expected: run.count, found: run.count, equal: run.count - failed.count,
            differences: failed.map {
                Difference(.checks, .checkFailed, item: $0.check.title, what: $0.evidence)
            },
            method: "the checklist", addresses: [])
    }
}
