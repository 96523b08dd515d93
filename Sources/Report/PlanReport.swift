import LettaModel
public import Plan

extension Report {
    /// The fidelity statement and what it costs, before anything is written.
    public init(plan: PlanResult, choices: Choices, excerpts: Excerpts = .differences) {
        let sections = PlanSections(plan: plan, choices: choices, excerpts: excerpts)
        self.init(
            title: "Plan for \(plan.agentName)", badge: sections.badge, headline: sections.headline,
            facts: [
                Fact(name: "agent", value: "\(plan.agentName) (\(plan.agentType))"),
                Fact(name: "from", value: plan.origin.sentence),
                Fact(name: "to", value: plan.target.sentence),
            ],
            sections: sections.all, json: plan.json(choices))
    }
}

/// The parts of a plan, as they stand in the plan's own report and in that
/// of a run.
struct PlanSections {
    let plan: PlanResult
    let choices: Choices
    let excerpts: Excerpts

    var all: [Report.Section] {
        [refusals, moves, changes, conversion, losses, needs, steps, cost, inherent].compactMap(\.self)
    }

    private var open: [Omission] { plan.fidelity.unaccepted(choices) }

    var badge: Report.Badge {
        if !plan.refusals.isEmpty { return Report.Badge(word: "refused", tone: .bad) }
        return open.isEmpty
            ? Report.Badge(word: "ready", tone: .good)
            : Report.Badge(word: "ready, with losses", tone: .noted)
    }

    var headline: String {
        let name = plan.agentName
        guard plan.refusals.isEmpty else {
            return "\(name): refused, \(plan.refusals.count.counted("thing")) to settle first"
        }
        let moves = plan.fidelity.moves.filter { ["messages", "passages", "blocks"].contains($0.item) }
            .map { "\($0.isExact ? "" : "about ")\($0.count.grouped) \($0.item)" }
        let losses = open.isEmpty ? "no losses open" : "\(open.count.counted("loss", "losses")) to agree to"
        return "\(name): ready to move \(moves.joined(separator: ", ")); \(losses)"
    }

    private var refusals: Report.Section? {
        guard !plan.refusals.isEmpty else { return nil }
        let notes = plan.refusals.map { failure in
            Report.Note(
                title: "\(failure.subject): \(failure.reason)", tone: .bad, id: failure.code.rawValue,
                remarks: [Report.Fact(name: "remedy", value: failure.remedy)])
        }
        return Report.Section(id: "refused", title: "Refused", content: [.notes(notes)])
    }

    private var moves: Report.Section {
        let rows = plan.fidelity.moves.map { moving in
            [
                Report.text(Self.words[moving.item] ?? moving.item),
                Report.text((moving.isExact ? "" : "about ") + moving.count.grouped),
                Report.text(moving.detail),
            ]
        }
        let table = Report.Table(
            columns: [
                Report.Column(title: "what"), Report.Column(title: "count", isNumber: true),
                Report.Column(title: "how"),
            ],
            rows: rows)
        return Report.Section(id: "moves", title: "Moves", content: [.table(table)])
    }

    static let words = [
        "in-context": "in context", "built-in-tools": "Letta's tools", "tools": "custom tools",
        "tool-rules": "tool rules",
    ]

    var changes: Report.Section? {
        guard !plan.fidelity.changes.isEmpty else { return nil }
        let notes = plan.fidelity.changes.map { tally in
            Report.Note(
                title: tally.count > 1 ? "\(tally.summary) (\(tally.count.grouped)×)" : tally.summary,
                tone: .noted,
                id: tally.rule, remarks: example(tally))
        }
        return Report.Section(id: "changes", title: "Changes", content: [.notes(notes)])
    }

    /// One turn before and after, since counts alone say little of what the
    /// user will see.
    private var conversion: Report.Section? {
        plan.fidelity.conversion.map { Report.Section(id: "converted", title: title($0), content: turn($0)) }
    }

    /// The same after the move, with what is still to be done.
    var converted: Report.Section? {
        plan.fidelity.conversion.map { conversion in
            Report.Section(
                id: "converted", title: title(conversion),
                content: turn(conversion)
                    + (conversion.needs.isEmpty ? [] : [.notes(conversion.needs.map(note))]))
        }
    }

    private func title(_ conversion: Conversion) -> String {
        "Converted: \(conversion.from) becomes \(conversion.to)"
    }

    private func turn(_ conversion: Conversion) -> [Report.Content] {
        guard let example = conversion.example else {
            return [.paragraph("No turn is shown, for no row holds a reply.")]
        }
        guard excerpts != .none else { return [.paragraph("No turn is shown: no excerpts are asked for.")] }
        let table = Report.Table(
            columns: ["", "what", "text"].map { Report.Column(title: $0) },
            rows: Self.rows("before", example.before) + Self.rows("after", example.after))
        return [.paragraph("For example \(example.item):"), .table(table)]
    }

    private func note(_ need: Need) -> Report.Note {
        Report.Note(title: need.what, tone: .noted, remarks: [Report.Fact(name: "do", value: need.remedy)])
    }

    private static func rows(_ side: String, _ lines: [TurnExample.Line]) -> [[Report.Cell]] {
        lines.enumerated().map { place, line in
            [Report.text(place == 0 ? side : ""), Report.text(line.what), Report.text(line.text)]
        }
    }

    private func example(_ tally: ChangeTally) -> [Report.Fact] {
        guard let example = tally.example, example.item != "agent" else { return [] }
        guard excerpts == .all else { return [Report.Fact(name: "for example", value: example.item)] }
        return [
            Report.Fact(name: "for example", value: example.item),
            Report.Fact(name: "before", value: example.before),
            Report.Fact(name: "after", value: example.after),
        ]
    }

    var losses: Report.Section? {
        let losses = plan.fidelity.losses
        guard !losses.isEmpty else { return nil }
        let notes = losses.map { omission in
            Report.Note(
                title: omission.item, tone: choices.accepts(omission) ? .plain : .noted, id: omission.id,
                remarks: [
                    Report.Fact(name: "why", value: omission.reason),
                    Report.Fact(name: "remedy", value: omission.remedy),
                    Report.Fact(name: "accepted", value: choices.accepts(omission) ? "yes" : "no"),
                ])
        }
        return Report.Section(id: "losses", title: "Stays behind", content: [.notes(notes)])
    }

    var inherent: Report.Section? {
        let inherent = plan.fidelity.inherent
        guard !inherent.isEmpty else { return nil }
        let rows = inherent.map { omission in
            let words = [omission.reason, omission.remedy].filter { !$0.isEmpty }
            return [Report.text(omission.item), Report.text(words.joined(separator: "; "))]
        }
        let table = Report.Table(
            columns: ["what", "why"].map { Report.Column(title: $0) }, rows: rows)
        return Report.Section(
            id: "inherent", title: "What no server can keep", isAside: true, content: [.table(table)])
    }

    private var needs: Report.Section? {
        guard !plan.fidelity.needsYou.isEmpty else { return nil }
        return Report.Section(
            id: "needs-you", title: "Needs you", content: [.notes(plan.fidelity.needsYou.map(note))])
    }

    private var steps: Report.Section? {
        guard plan.refusals.isEmpty else { return nil }
        let rows = plan.loadPlan.steps.enumerated().map { index, step in
            [Report.number(index + 1), Report.text(step.sentence)]
        }
        let table = Report.Table(
            columns: [
                Report.Column(title: "", isNumber: true), Report.Column(title: "what is made on the target"),
            ],
            rows: rows)
        return Report.Section(id: "steps", title: "Steps", content: [.table(table)])
    }

    private var cost: Report.Section? {
        let cost = plan.cost
        guard plan.refusals.isEmpty, !cost.stages.isEmpty else { return nil }
        var rows = cost.stages.map { stage in
            Self.costRow(stage.name, stage.requests, stage.bytes, stage.seconds)
        }
        rows.append(Self.costRow("all", cost.requests, cost.bytes, cost.seconds))
        let table = Report.Table(
            columns: [
                Report.Column(title: "stage"), Report.Column(title: "requests", isNumber: true),
                Report.Column(title: "bytes", isNumber: true), Report.Column(title: "time", isNumber: true),
            ], rows: rows)
        var content: [Report.Content] = [.table(table)]
        if cost.embeddings > 0 {
            content.append(.paragraph(embeddings))
        }
        let warnings = cost.warnings.map { Report.Note(title: $0, tone: .noted) }
        if !warnings.isEmpty { content.append(.notes(warnings)) }
        return Report.Section(id: "cost", title: "Cost, estimated", content: content)
    }

    private var embeddings: String {
        "The target embeds \(plan.cost.embeddings.counted("passage")) again, "
            + "roughly \(plan.cost.embeddingTokens.counted("token"))."
    }

    private static func costRow(_ name: String, _ requests: Int, _ bytes: Int, _ seconds: Double) -> [Report
        .Cell]
    {
        [
            Report.text(name), Report.number(requests), Report.text(Measures.bytes(bytes)),
            Report.text(Measures.duration(seconds: seconds)),
        ]
    }
}

extension LoadStep {
    var sentence: String {
        switch self {
        case .createTool(let name): "create tool \(name)"
        case .keepTool(let name, let differs):
            differs
                ? "keep the target's tool \(name), whose source is another"
                : "keep tool \(name), which is the same"
        case .overwriteTool(let name): "overwrite tool \(name)"
        case .importAgent(let agent): agent.sentence
        case .attachBlock(let copy):
            "attach the block \(copy.name) of \(copy.names), which the run \(copy.run) made"
        case .attachArchive(let copy):
            "attach the archive of \(copy.names), which the run \(copy.run) made, with its passages"
        case .createArchive(let embedding):
            "create an archive" + (embedding.map { ", embedded by \($0)" } ?? "") + ", and attach it"
        case .insertPassages(let insert):
            "insert \(insert.passages.counted("passage")), "
                + (insert.isBatched ? "in batches" : "one by one")
        case .createIdentity(let name, let key): "create identity \(name) (\(key)), and attach it"
        case .keepIdentity(let name, let key, let differs):
            "attach the target's identity \(name) (\(key))" + (differs ? ", which says something else" : "")
        case .restoreConversations(let count):
            "restore \(count.counted("conversation")), each by a fork of the default thread's context"
        case .commit(let name, let tags):
            "compare, then give the agent its name \(name)"
                + (tags.isEmpty ? "" : " and \(tags.count.counted("tag"))")
        }
    }
}

extension AgentImport {
    var sentence: String {
        var parts = [
            "import \(rows.counted("message")) (\(inContext.grouped) in context) and \(blocks.counted("block")) "
                + "under a temporary name"
        ]
        if let model { parts.append("model \(model)") }
        if let embedding { parts.append("embedding \(embedding)") }
        if !secrets.isEmpty { parts.append("secrets \(secrets.joined(separator: ", "))") }
        return parts.joined(separator: ", ")
    }
}
