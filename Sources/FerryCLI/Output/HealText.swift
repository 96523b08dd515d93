import AgentFile
import Journal
import LettaModel
import LosslessJSON
import Migration

/// A plan of a heal, for a person.
struct HealText {
    let plan: HealPlan

    /// How many findings are listed for a person.
    private static let shown = 50

    var lines: [String] {
        let listed = items.prefix(Self.shown).flatMap { item in
            [
                "\(item.id)  \(item.subject)" + (item.detail.isEmpty ? "" : " (\(item.detail))"),
                "    why: \(item.why)",
                "    change: \(item.change)\(item.isUndoable ? "" : "; CANNOT BE UNDONE")",
            ].map(Printable.escaped)
        }
        let more =
            items.count > Self.shown ? ["and \((items.count - Self.shown).grouped) more"] : []
        return listed + more + (plan.isHealthy || plan.isBeyondHelp ? [] : [summary]) + listing
    }

    private var summary: String {
        let context = "context: \(plan.before.count.counted("row")) before, \(plan.after.count.grouped) after"
        return plan.changesList ? "\(context); can be undone" : "context: stays as it is"
    }

    private var listing: [String] {
        guard let fault = plan.listingFault else { return [] }
        return [
            "listing  \(plan.agentID)", "    why: its history cannot be listed (\(Printable.escaped(fault)))",
            "    change: none in place helps; a new import does, without the rows that cannot be listed:",
        ] + reimport.map { "      \($0)" }
    }

    /// A new agent beside the old one, read, mended and compared.
    var reimport: [String] {
        let file = "healed-\(plan.agentID.dropFirst("agent-".count).prefix(8)).ferry"
        return [
            "ferry snapshot \(plan.agentID) --from \(plan.server) -o \(file)",
            "ferry load \(file) --to \(plan.server) --as 'Healed \(plan.agentID.dropFirst("agent-".count).prefix(8))'",
        ]
    }

    // MARK: Items

    /// One finding and what becomes of it.
    struct Item {
        let id: String
        /// The row, block or agent.
        let subject: String
        let detail: String
        let why: String
        let change: String
        var isUndoable = true

        var json: JSONNode {
            [
                "id": .string(id), "row": .string(subject), "detail": .string(detail), "why": .string(why),
                "change": .string(change), "undoable": .bool(isUndoable),
            ]
        }
    }

    var items: [Item] { plan.findings.map(item) + systemRow + plan.twins.map(item) }

    private func item(_ finding: ContextDiagnosis.Finding) -> Item {
        let isDenied = finding.kind == .pendingApproval && !plan.denials.isEmpty
        return Item(
            id: finding.kind.rawValue, subject: finding.rowID, detail: finding.detail,
            why: Self.why(finding.kind), change: isDenied ? denial : Self.change(finding.kind),
            isUndoable: !isDenied)
    }

    private var denial: String {
        "\(plan.denials.count.counted("call")) denied; the model is told, and has its turn"
    }

    private var systemRow: [Item] {
        guard plan.lacksSystemRow else { return [] }
        return [
            Item(
                id: "no-system-row", subject: plan.systemRow ?? plan.agentID, detail: "",
                why: "a context that does not begin with a system row answers 500 at every turn",
                change: plan.systemRow == nil
                    ? "none in place: its history has no system row; a new import makes one"
                    : "put in front of context")
        ]
    }

    private func item(_ twin: HealPlan.TwinBlock) -> Item {
        Item(
            id: "second-block", subject: twin.blockID,
            detail: "\(twin.label); \(twin.isSame ? "the same as" : "other content than") \(twin.keptID)",
            why: "a second block of one label: one of the two is never seen",
            change: "detached; it stays on the server")
    }

    private static func change(_ kind: ContextDiagnosis.Kind) -> String {
        kind == .unknownRow
            ? "out of the list, where that is changed anyway" : "out of context; it stays in the history"
    }

    private static func why(_ kind: ContextDiagnosis.Kind) -> String {
        switch kind {
        case .openCall: "a tool call without its return: the model refuses the whole context"
        case .orphanReturn: "a tool return without its call: the model refuses the whole context"
        case .poison: "the server cannot turn this row into a message: every turn fails"
        case .emptyReply: "a reply without content and calls: every turn answers 500"
        case .pendingApproval: "a tool call that waits for approval: every message answers 409"
        case .unknownRow: "no such row exists: the server drops it at the next turn"
        }
    }
}

/// What came of a heal, for a person and for a program.
struct HealResultText {
    let result: HealResult
    /// Whoever was asked has seen the plan.
    let isPlanShown: Bool

    private var text: HealText { HealText(plan: result.plan) }

    var exitCode: ExitCode {
        switch result.state {
        case .declined: .refused
        case .beyondHelp: .findings
        case .healthy, .healed: result.plan.listingFault == nil ? .clean : .findings
        }
    }

    var plain: String {
        let plan = isPlanShown ? [] : text.lines
        let lines = plan + [Printable.escaped(result.run.verdict ?? "")] + next
        return lines.map { $0 + "\n" }.joined()
    }

    private var next: [String] {
        let plan = result.plan
        switch result.state {
        case .healthy: return result.stopped.map { "to put back what \($0) changed: ferry undo \($0)" }
        case .healed:
            let isUndoable = plan.changesList || !plan.twins.isEmpty
            return isUndoable ? ["to put back what was there: ferry undo \(result.run.id)"] : []
        case .declined:
            let denial = plan.denials.isEmpty ? "" : " --deny-approval"
            return ["to do it: ferry heal \(plan.agentID) --at \(plan.server)\(denial) --yes"]
        case .beyondHelp: return ["to import it anew:"] + text.reimport.map { "  \($0)" }
        }
    }

    var json: JSONNode {
        let plan = result.plan
        let isUnlisted = plan.listingFault != nil || result.state == .beyondHelp
        var node: JSONNode = [
            "schema": "ferry.heal/1", "run": .string(result.run.id.description),
            "state": .string(result.state.rawValue), "agent": .string(plan.agentName),
            "agent_id": .string(plan.agentID), "at": .string(plan.server),
            "findings": .array(text.items.map(\.json)),
            "before": .array(plan.before.map { .string($0) }),
            "after": .array(plan.after.map { .string($0) }),
            "denied": .array(plan.denials.map { .string($0) }),
            "listing_fault": plan.listingFault.map { .string($0) } ?? .null,
            "remedy": .array(isUnlisted ? text.reimport.map { .string($0) } : []),
            "verdict": .string(result.run.verdict ?? ""),
        ]
        if !result.stopped.isEmpty {
            node["stopped"] = .array(result.stopped.map { .string($0.description) })
        }
        return node
    }
}
