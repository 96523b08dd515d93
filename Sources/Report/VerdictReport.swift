import LettaModel
public import Verify

extension Report {
    /// What the comparison found.
    public init(verdict: Verdict, excerpts: Excerpts = .differences) {
        let sections = VerdictSections(verdict: verdict, excerpts: excerpts)
        self.init(
            title: "Verification of \(verdict.subject)", badge: sections.badge, headline: verdict.sentence,
            facts: [
                Fact(name: "agent", value: verdict.subject), Fact(name: "at", value: verdict.target.sentence),
            ],
            sections: sections.all, json: verdict.json(excerpts))
    }
}

struct VerdictSections {
    let verdict: Verdict
    let excerpts: Excerpts
    /// What the plan said of each rule.
    var summaries: [String: String] = [:]

    var all: [Report.Section] { [differences, counts, timeline, checklist, announced].compactMap(\.self) }

    var badge: Report.Badge {
        switch verdict.outcome {
        case .identical: Report.Badge(word: verdict.word, tone: .good)
        case .announced: Report.Badge(word: verdict.word, tone: .noted)
        case .different: Report.Badge(word: verdict.word, tone: .bad)
        }
    }

    var counts: Report.Section {
        let rows = verdict.kinds.filter { $0.kind != .checks }.map { kind in
            [
                Report.text(Self.words[kind.kind] ?? kind.kind.rawValue),
                Report.text(Self.share(kind)),
                kind.announced.isEmpty ? Report.text("–") : Report.number(kind.announced.count, .noted),
                kind.differing == 0 ? Report.text("–") : Report.number(kind.differing, .bad),
                Report.text(kind.method),
            ]
        }
        let table = Report.Table(
            columns: [
                Report.Column(title: "what"), Report.Column(title: "equal", isNumber: true),
                Report.Column(title: "announced", isNumber: true),
                Report.Column(title: "different", isNumber: true),
                Report.Column(title: "compared"),
            ], rows: rows)
        return Report.Section(id: "counts", title: "Compared with the target", content: [.table(table)])
    }

    var timeline: Report.Section? {
        let months = verdict.result(of: .messages)?.months ?? []
        guard !months.isEmpty else { return nil }
        return Report.Section(
            id: "timeline", title: "Messages by month", content: [.timeline(Report.Timeline(months))])
    }

    private static func share(_ kind: KindResult) -> String {
        guard kind.expected > 0 || kind.found > 0 else { return kind.isEqual ? "none" : "–" }
        return "\(kind.equal.grouped) of \(kind.expected.grouped)"
    }

    static let words: [ComparedKind: String] = [
        .agent: "settings", .toolRules: "tool rules", .context: "in context", .secrets: "secret names",
    ]

    var checklist: Report.Section? {
        guard !verdict.checklist.isEmpty else { return nil }
        let rows = verdict.checklist.map { line in
            [
                Report.text(line.check.title), Report.text(line.status.word, line.status.tone),
                Report.text(evidence(line)),
            ]
        }
        let table = Report.Table(
            columns: ["check", "result", "evidence"].map { Report.Column(title: $0) }, rows: rows)
        return Report.Section(id: "checklist", title: "Checklist", content: [.table(table)])
    }

    private func evidence(_ line: CheckLine) -> String {
        switch line.status {
        case .ok, .failed: line.evidence
        case .notApplicable(let reason): reason
        case .notRun(let command): "`\(command)`"
        }
    }

    var announced: Report.Section? {
        let byRule = Dictionary(grouping: verdict.announced, by: \.rule).sorted { $0.key < $1.key }
        guard !byRule.isEmpty else { return nil }
        let notes = byRule.map { rule, changes in
            let count = changes.count.counted("change")
            let title = summaries[rule].map { "\($0) (\(count))" } ?? count
            return Report.Note(
                title: title, tone: .noted, id: rule, remarks: changes.prefix(3).flatMap(remarks))
        }
        return Report.Section(id: "announced", title: "Announced changes", content: [.notes(notes)])
    }

    private func remarks(_ change: AnnouncedChange) -> [Report.Fact] {
        let item = Report.Fact(name: "in", value: change.item)
        guard excerpts == .all else { return [item] }
        return [
            item, Report.Fact(name: "before", value: change.before),
            Report.Fact(name: "after", value: change.after),
        ]
    }

    var differences: Report.Section? {
        guard !verdict.differences.isEmpty else { return nil }
        let notes = verdict.differences.map { difference in
            Report.Note(
                title: difference.sentence, tone: .bad, id: difference.damage.rawValue,
                remarks: difference.fields.flatMap(remarks))
        }
        let hidden = verdict.kinds.reduce(0) { $0 + $1.differing - $1.differences.count }
        let more = hidden > 0 ? [Report.Content.paragraph("And \(hidden.grouped) more.")] : []
        return Report.Section(id: "differences", title: "Differences", content: [.notes(notes)] + more)
    }

    private func remarks(_ field: FieldDifference) -> [Report.Fact] {
        guard excerpts != .none else { return [Report.Fact(name: "field", value: field.path)] }
        return [
            Report.Fact(name: "field", value: field.path),
            Report.Fact(name: "expected", value: field.expected ?? "nothing"),
            Report.Fact(name: "found", value: field.found ?? "nothing"),
        ]
    }
}

extension CheckLine.Status {
    var tone: Report.Tone {
        switch self {
        case .ok: .good
        case .failed: .bad
        case .notApplicable: .plain
        case .notRun: .noted
        }
    }
}
