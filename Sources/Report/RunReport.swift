import LettaModel
import Plan
import Verify

extension Report {
    /// The report of a run: verdict first, then what led to it.
    public init(run: RunSummary, excerpts: Excerpts = .differences) {
        let sections = RunSections(run: run, excerpts: excerpts)
        self.init(
            title: "\(run.agentName): run \(run.run)", badge: sections.badge, headline: sections.headline,
            facts: sections.facts, sections: sections.all, json: run.json(excerpts))
    }
}

struct RunSections {
    let run: RunSummary
    let excerpts: Excerpts

    private var verdict: VerdictSections? {
        let tallies = (run.plan?.fidelity.changes ?? []).map { ($0.rule, $0.summary) }
        let summaries = Dictionary(tallies) { first, _ in first }
        return run.verdict.map { VerdictSections(verdict: $0, excerpts: excerpts, summaries: summaries) }
    }

    private var plan: PlanSections? {
        run.plan.map { PlanSections(plan: $0, choices: run.choices, excerpts: excerpts) }
    }

    var all: [Report.Section] {
        [
            failure, verdict?.differences, verdict?.counts, verdict?.timeline, verdict?.checklist,
            verdict?.announced ?? plan?.changes, plan?.converted,
            plan?.losses, warnings, timing, next, files, plan?.inherent,
        ].compactMap(\.self)
    }

    var badge: Report.Badge {
        switch run.state {
        case .verified: verdict?.badge ?? Report.Badge(word: "verified", tone: .good)
        case .losses: Report.Badge(word: "done, with losses not agreed to", tone: .noted)
        case .undone: Report.Badge(word: "undone", tone: .plain)
        case .interrupted: Report.Badge(word: "interrupted", tone: .noted)
        case .incomplete: Report.Badge(word: "incomplete", tone: .noted)
        case .different, .refused, .failed: Report.Badge(word: run.state.rawValue, tone: .bad)
        }
    }

    var headline: String {
        run.verdict?.sentence ?? "\(run.agentName): \(badge.word)"
    }

    var facts: [Report.Fact] {
        let seconds = Double(run.finishedAt.microseconds - run.startedAt.microseconds) / 1_000_000
        let rows: [(String, String?)] = [
            ("agent", run.agentID.map { "\(run.agentName), \($0)" } ?? run.agentName), ("from", run.from),
            ("to", run.to), ("run", run.run), ("command", run.command),
            ("started", Self.minute(run.startedAt)),
            ("took", Measures.duration(seconds: seconds)), ("exit code", String(run.exitCode)),
        ]
        return rows.compactMap { name, value in value.map { Report.Fact(name: name, value: $0) } }
    }

    /// `2026-05-02 10:11:12 UTC`.
    static func minute(_ instant: Instant) -> String {
        let text = instant.text
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }

    private var failure: Report.Section? {
        guard let failure = run.failure else { return nil }
        let end = failure.end.map { [Report.Fact(name: "end", value: $0.rawValue)] } ?? []
        let note = Report.Note(
            title: "\(failure.subject): \(failure.reason)", tone: .bad, id: failure.code.rawValue,
            remarks: end + [Report.Fact(name: "remedy", value: failure.remedy)])
        return Report.Section(id: "failure", title: "What stopped it", content: [.notes([note])])
    }

    private var warnings: Report.Section? {
        guard !run.warnings.isEmpty else { return nil }
        return Report.Section(
            id: "warnings", title: "Warnings",
            content: [.notes(run.warnings.map { Report.Note(title: $0, tone: .noted) })])
    }

    private var timing: Report.Section? {
        guard !run.stages.isEmpty else { return nil }
        let rows = run.stages.map { stage in
            [
                Report.text(stage.name), Report.text(stage.work), Report.number(stage.requests),
                Report.text(Measures.bytes(stage.bytes)),
                Report.text(Measures.duration(seconds: stage.seconds)),
            ]
        }
        let table = Report.Table(
            columns: [
                Report.Column(title: "stage"), Report.Column(title: "work"),
                Report.Column(title: "requests", isNumber: true),
                Report.Column(title: "bytes", isNumber: true),
                Report.Column(title: "time", isNumber: true),
            ], rows: rows)
        return Report.Section(id: "timing", title: "Timing", content: [.table(table)])
    }

    private var next: Report.Section? {
        guard !run.next.isEmpty else { return nil }
        return Report.Section(id: "next", title: "Next", content: [.commands(run.next)])
    }

    private var files: Report.Section? {
        guard !run.files.isEmpty else { return nil }
        let rows = run.files.map { [Report.text($0.what), Report.text($0.path)] }
        let table = Report.Table(columns: ["file", "path"].map { Report.Column(title: $0) }, rows: rows)
        return Report.Section(id: "files", title: "Files", content: [.table(table)])
    }
}
