import Hashing
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot
import Verify

/// One repair, from the comparison to the proof. Re-entrant at every step:
/// what is missing is always what the agent does not return now.
struct Repairing {
    let engine: Engine
    let context: LoadContext
    let verifier: Verifier
    let agent: TargetID<AgentKind>
    let file: RepairFile
    let order: RepairOrder

    static let agreed = "agreed to the additions"

    init(
        engine: Engine, run: RunRecord, snapshot: AgentSnapshot, path: String, file: RepairFile,
        agent: TargetID<AgentKind>, target: any Home<TargetSide>, _ order: RepairOrder
    ) async throws {
        self.engine = engine
        self.agent = agent
        self.file = file
        self.order = order
        let state = try await target.agent(agent)
        let root = try JSONDocument(state.json).root
        var choices = Choices(tools: order.overwritesTools ? .overwrite : .keep)
        choices.name = state.name
        // Its passages are embedded as the agent's own are.
        choices.embedding = root["embedding"]?.string ?? root["embedding_config"]?["handle"]?.string
        // One that was converted on its way is held against what it became.
        choices.convertsLegacy = state.agentType == LegacyAgent.successor
        let plan = try await Engine.plan(snapshot, path, to: target, choices, ignoring: [agent.raw])
        let contents = try await SnapshotContents(
            snapshot, path: path, convertsLegacy: choices.convertsLegacy)
        context = LoadContext(
            ledger: Ledger(home: target, journal: engine.journal, run: run.id), snapshot: snapshot,
            contents: contents, plan: plan, choices: choices, abilities: try await target.abilities(),
            secrets: [:], folder: run.folder, progress: engine.progress)
        verifier = Verifier(
            home: target, snapshot: snapshot, contents: contents, agent: agent, mappings: [],
            choices: Choices(), carried: [], secretNames: [], progress: engine.progress)
    }

    private var journal: RunJournal { engine.journal }
    private var passages: PassageRepair {
        PassageRepair(context: context, agent: agent, clock: engine.clock)
    }

    func run() async throws -> RepairResult {
        engine.progress(.stage("repair"))
        let begun = try await hasAgreed()
        let plan = try await RepairPlanning(
            context: context, verifier: verifier, passages: passages, agent: agent, file: file,
            isResumed: begun
        ).plan()
        if plan.isComplete, !begun { return try await end(plan, .complete, []) }
        if !begun {
            guard try await order.confirm(plan) else { return try await end(plan, .declined, []) }
            try await journal.note(Self.agreed, context.run)
        }
        try await add(plan)
        let differences = try await prove(plan)
        return try await end(plan, differences.isEmpty ? .repaired : .different, differences)
    }

    private func hasAgreed() async throws -> Bool {
        try await journal.events(context.run).contains { $0.text == Self.agreed }
    }

    private func end(
        _ plan: RepairPlan, _ state: RepairResult.State, _ differences: [String]
    ) async throws -> RepairResult {
        if state != .different { try await context.ledger.closeOpenSteps() }
        let status: RunStatus =
            switch state {
            // What is left is not as the file has it.
            case .complete, .repaired: plan.left.isEmpty ? .verified : .different
            case .different: .different
            case .declined: .failed
            }
        try await journal.setStatus(context.run, status, verdict: sentence(plan, state, differences.count))
        return RepairResult(
            run: try await journal.run(context.run.description), plan: plan, state: state,
            differences: differences)
    }

    // MARK: Adding

    private func add(_ plan: RepairPlan) async throws {
        let tools = plan.additions.filter { [.tool, .attachedTool, .overwrittenTool].contains($0.kind) }
        if tools.contains(where: { $0.kind != .attachedTool }) {
            try await ToolLoader(context: context).run()
        }
        try await attach(tools.map(\.name))
        for addition in plan.additions where addition.kind == .block { try await add(block: addition.name) }
        let steps = PassageSteps(ledger: context.ledger, agent: agent, clock: engine.clock)
        let isOpen = try await steps.areOpen()
        if isOpen || plan.additions.contains(where: { $0.kind == .passages }) { try await passages.run() }
        try await takeMarkersOff()
    }

    /// A tool that the run made is remembered as it is before an agent has it.
    private func attach(_ names: [String]) async throws {
        guard !names.isEmpty else { return }
        let attached = Set(try await context.home.tools(of: agent).map(\.id))
        for tool in try await context.home.tools(named: names) where !attached.contains(tool.id) {
            if ToolPatch.tags(of: tool.json).contains(Marker.runTag(context.run.description)) {
                try await remember(tools: [tool])
            }
            context.progress(.note("tool \(tool.name): attaching"))
            try await context.ledger.perform(.attachTool(tool.id, to: agent))
        }
    }

    /// One whose answer was lost bears the run's marker and is taken up.
    private func add(block label: String) async throws {
        guard let stored = context.contents.blocks.first(where: { $0.document.name == label }) else { return }
        let mine = try await context.found().first { $0.kind == .block && $0.name == label }
        let id: TargetID<BlockKind>
        if let mine {
            id = TargetID(mine.id)
        } else {
            let wanted = try JSONDocument(stored.document.json).root
            guard let made = try await BlockMaker(context: context).make(label, wanted) else { return }
            id = made
        }
        guard let block = try await context.home.block(id) else { return }
        try await remember(blocks: [block])
        try await OwnTags(context: context).map(block)
        try await context.ledger.perform(.attachBlock(id, to: agent))
    }

    /// Everything that bears the run's marker gets its true tags and name.
    private func takeMarkersOff() async throws {
        let own = OwnTags(context: context)
        let runTag = Marker.runTag(context.run.description)
        for block in try await context.home.blocks(tagged: runTag) {
            try await own.map(block)
            try await own.untag(block)
        }
        let custom = context.contents.tools.map(\.document).filter { ToolPatch.isCustom($0.json) }.map(\.name)
        let tools = custom.isEmpty ? [] : try await context.home.tools(named: custom)
        for tool in tools where ToolPatch.tags(of: tool.json).contains(runTag) {
            try await own.untag(tool)
            let now = try await context.home.tools(named: [tool.name]).filter { $0.id == tool.id }
            try await remember(tools: now)
        }
        for found in try await context.found() where found.kind == .archive {
            try await own.name(TargetID(found.id), of: context.plan.agentName)
        }
    }

    /// So that an undo can tell what was edited since.
    private func remember(
        blocks: [Block<TargetSide>] = [], tools: [Tool<TargetSide>] = []
    ) async throws {
        let record = CommitRecord(
            rows: nil, passages: nil, state: ContentDigest.ofBytes([]),
            blocks: Dictionary(try blocks.map { ($0.id.raw, try CommitRecord.digest(of: $0)) }) { first, _ in
                first
            },
            tools: Dictionary(try tools.map { ($0.id.raw, try CommitRecord.digest(of: $0)) }) { first, _ in
                first
            })
        try await record.note(in: context.ledger)
    }

    // MARK: The proof

    /// Reads back what the file holds of blocks, tools and passages.
    ///
    /// - Returns: what is not equal and was not named before.
    private func prove(_ plan: RepairPlan) async throws -> [String] {
        engine.progress(.stage("verify"))
        let named = Set(plan.left.map(\.item))
        var words: [String] = []
        for result in try await verifier.attachments() {
            let open = result.differences.filter { $0.damage != .extra && !named.contains($0.item) }
            words += open.map { "\($0.item): \($0.what)" }
            // Differences beyond those that are named one by one.
            let unnamed = result.expected - result.equal - result.differences.count { $0.damage != .extra }
            if unnamed > 0 { words.append("\(unnamed.grouped) more of \(result.kind.rawValue)") }
        }
        guard context.contents.passageCount > 0 else { return words }
        let archive = try await verifier.passages()
        let lacking = archive.expected - archive.equal
        return words + (lacking > 0 ? ["\(lacking.counted("passage")) of \(archive.expected.grouped)"] : [])
    }

    private func sentence(_ plan: RepairPlan, _ state: RepairResult.State, _ differing: Int) -> String {
        let left = plan.left.isEmpty ? "" : "; \(plan.left.count.counted("thing")) left as named"
        switch state {
        case .complete: return "\(plan.agentName): nothing to add\(left); nothing was changed"
        case .declined: return "\(plan.agentName): not repaired, nobody said yes; nothing was changed"
        case .repaired:
            return plan.left.isEmpty
                ? "\(plan.agentName): repaired and verified, \(Self.added(plan))"
                : "\(plan.agentName): repaired, \(Self.added(plan)), read back and equal\(left)"
        case .different:
            return "\(plan.agentName): \(Self.added(plan)), and \(differing.counted("thing")) "
                + "read back different\(left)"
        }
    }

    /// After a stop only the rest is known.
    private static func added(_ plan: RepairPlan) -> String {
        guard plan.isResumed else { return "\(counts(plan)) added" }
        return plan.isComplete
            ? "everything was added before it was stopped"
            : "\(counts(plan)) added after what was there when it was stopped"
    }

    private static func counts(_ plan: RepairPlan) -> String {
        func count(_ kinds: Set<RepairPlan.Addition.Kind>) -> Int {
            plan.additions.filter { kinds.contains($0.kind) }.reduce(0) { $0 + $1.count }
        }
        let parts = [
            (count([.block]), "block"), (count([.tool, .attachedTool, .overwrittenTool]), "tool"),
            (count([.passages]), "passage"),
        ].filter { $0.0 > 0 }.map { $0.0.counted($0.1) }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }
}
