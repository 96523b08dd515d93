import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot
import Verify

/// Compares an agent with a file and decides what is added: what a
/// comparison calls missing, and nothing that it calls changed.
struct RepairPlanning {
    let context: LoadContext
    let verifier: Verifier
    let passages: PassageRepair
    let agent: TargetID<AgentKind>
    let file: RepairFile
    let isResumed: Bool

    func plan() async throws -> RepairPlan {
        let state = try await context.home.agent(agent)
        let attachments = try await verifier.attachments(withoutMarkers: context.run.description)
        let missing = try await passages.survey()
        var additions: [RepairPlan.Addition] = []
        var left: [RepairPlan.Left] = []
        for result in attachments where result.kind == .tools {
            let (added, kept) = try await tools(result)
            additions += added
            left += kept
        }
        for result in attachments where result.kind == .blocks {
            additions += names(of: result, .missing).map { .init(kind: .block, name: $0, count: 1) }
            left += result.differences.filter { Self.isOther($0) }.map(self.left(block:))
        }
        if missing.count > 0 {
            additions.append(
                .init(
                    kind: .passages, name: missing.samples.joined(separator: "\n"), count: missing.count,
                    sharedWith: try await passages.sharers()))
        }
        left += try await identities()
        left += context.contents.conversations.map {
            .init(
                kind: .conversation, item: "conversation \($0.name)",
                reason: "repair adds no conversations, and does not look whether the agent has it",
                remedy: "`ferry diff` says what the two have; `ferry export --format md` makes it readable")
        }
        left += try await messages(state.json)
        return RepairPlan(
            agentID: agent.raw, agentName: state.name, server: context.home.address.name, file: file.path,
            agentOfFile: file.agent, isResumed: isResumed, additions: additions, left: left)
    }

    private static func isOther(_ difference: Difference) -> Bool {
        difference.damage != .missing && difference.damage != .extra
    }

    /// Labels or names: an item is called `block persona`.
    private func names(of result: KindResult, _ damage: Difference.Damage) -> [String] {
        let word = result.kind.singular + " "
        return result.differences.filter { $0.damage == damage && $0.item.hasPrefix(word) }
            .map { String($0.item.dropFirst(word.count)) }
    }

    private func left(block difference: Difference) -> RepairPlan.Left {
        .init(
            kind: .block, item: difference.item,
            reason: "the agent has one of this label with other content (\(difference.what))",
            remedy: "edit the one that is wrong; to compare both: ferry diff \(file.words) "
                + ShellWord.quoted("\(context.home.address.name):\(agent)"))
    }

    private func identities() async throws -> [RepairPlan.Left] {
        try await verifier.identities().differences.filter { $0.damage == .missing }.map {
            .init(
                kind: .identity, item: $0.item, reason: "identities are not added to an agent that is there",
                remedy: "make it on the server, and attach it: `PATCH /v1/agents/{id}` with `identity_ids`")
        }
    }

    // MARK: Tools

    private func tools(_ result: KindResult) async throws -> ([RepairPlan.Addition], [RepairPlan.Left]) {
        let missing = names(of: result, .missing)
        let server = Set(
            missing.isEmpty ? [] : try await context.home.tools(named: missing).map(\.name))
        var additions: [RepairPlan.Addition] = []
        var left: [RepairPlan.Left] = []
        for name in missing {
            switch step(name) {
            case .createTool: additions.append(.init(kind: .tool, name: name, count: 1))
            case .overwriteTool: additions.append(.init(kind: .overwrittenTool, name: name, count: 1))
            case .keepTool(_, differs: true): left.append(otherSource(name, isAttached: false))
            default:
                guard server.contains(name) else {
                    left.append(foreign(name))
                    continue
                }
                additions.append(.init(kind: .attachedTool, name: name, count: 1))
            }
        }
        for difference in result.differences where Self.isOther(difference) {
            let name = String(difference.item.dropFirst(result.kind.singular.count + 1))
            if case .overwriteTool = step(name) {
                additions.append(.init(kind: .overwrittenTool, name: name, count: 1))
            } else {
                left.append(otherSource(name, isAttached: true, difference.what))
            }
        }
        return (additions, left + (try await details(of: additions)))
    }

    /// What a load would do with the custom tool of this name.
    private func step(_ name: String) -> LoadStep? {
        context.plan.loadPlan.steps.first { step in
            switch step {
            case .createTool(name), .keepTool(name, _), .overwriteTool(name): true
            default: false
            }
        }
    }

    /// A tool of the same source may differ in its settings: it is attached
    /// as the server has it, and that is said.
    private func details(of additions: [RepairPlan.Addition]) async throws -> [RepairPlan.Left] {
        let names = additions.filter { $0.kind == .attachedTool }.map(\.name)
        guard !names.isEmpty else { return [] }
        let found = try await context.home.observeTools(named: names)
        let result = verifier.tools(
            named: names, against: found, withoutMarkers: context.run.description)
        return result.differences.filter { Self.isOther($0) }.map {
            otherSource(String($0.item.dropFirst("tool ".count)), isAttached: true, $0.what)
        }
    }

    private func otherSource(
        _ name: String, isAttached: Bool, _ what: String = "source_code changed"
    ) -> RepairPlan.Left {
        .init(
            kind: .tool, item: "tool \(name)",
            reason: "the server has one of this name that is another (\(what))"
                + (isAttached ? "" : ", and it is not attached"),
            remedy: "keep it; or give it the file's source for every agent there: --tools overwrite")
    }

    private func foreign(_ name: String) -> RepairPlan.Left {
        .init(
            kind: .tool, item: "tool \(name)",
            reason: "it is no custom tool, and the server has none of this name",
            remedy: "connect the tool server that it belongs to, then repair again")
    }

    // MARK: Messages

    /// Compared row by row; none is ever added.
    private func messages(_ template: VerbatimJSON) async throws -> [RepairPlan.Left] {
        guard context.contents.rows > 0 else { return [] }
        let scope = ReaderScope(ledger: context.ledger, progress: context.progress)
        let history = try await scope.withReader(template: template) { reader in
            try await verifier.history(through: reader)
        }
        try await scope.sweepLate()
        let result = history.messages
        let lacking = result.expected - result.equal
        guard lacking > 0 else { return [] }
        return [
            .init(
                kind: .messages,
                item: "\(lacking.counted("message")) of \(result.expected.grouped)",
                reason:
                    "not there as the file has them, and no server takes messages into an agent that exists",
                remedy: "load the file as an agent of its own: ferry load \(file.words) --to "
                    + "\(context.home.address.name) --as NAME")
        ]
    }
}
