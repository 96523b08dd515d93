import Hashing
import Home
import Journal
import LettaModel
import LosslessJSON

extension Engine {
    /// Takes away exactly what a repair added, and puts back what it wrote
    /// over. The agent itself stays.
    ///
    /// **Errors**: `undo-would-lose` where a block or a tool was edited since,
    /// or the archive that the run made holds more; `agent-busy`.
    func takeBackRepair(
        _ run: RunRecord, _ target: any Home<TargetSide>, _ readable: any Home<SourceSide>,
        _ order: UndoOrder
    ) async throws -> UndoResult {
        progress(.stage("undo"))
        let ledger = Ledger(home: target, journal: journal, run: run.id)
        try await ReaderScope(ledger: ledger, progress: progress).sweep()
        let undoing = RepairUndoing(
            ledger: ledger, progress: progress, agent: TargetID(run.draft.agentID ?? ""),
            name: run.draft.agentName ?? "", clock: clock)
        let hadOpenSteps = try await !journal.openSteps(run.id).isEmpty
        let survey = try await UndoSurvey(ledger, host: undoing.agent)
        let (items, passages) = try await undoing.items(survey)
        let plan = UndoPlan(items, discards: order.discardsNewer)
        try Self.checkLosesNothing(plan, run, order)
        guard try await order.confirm(plan) else { throw Self.declined(run) }
        let copy = plan.newer.isEmpty ? nil : try await safetyCopy(of: plan, run, target, readable)
        try await journal.setStatus(run.id, .undoing)
        try await undoing.takeAway(plan, passages)
        let carrier = Undoing(ledger: ledger, progress: progress)
        try await carrier.carryOut(plan, survey.overwrittenTools)
        if hadOpenSteps { try await carrier.sweepLate() }
        try await ledger.closeOpenSteps(because: "the run was undone")
        try await journal.setStatus(run.id, .undone, verdict: undoing.sentence(plan, passages.count))
        return UndoResult(
            run: try await journal.run(run.id.description), removed: plan.removals,
            restored: plan.restorations, left: plan.left, safetyCopy: copy)
    }
}

/// What is special about the undo of a repair: the agent stays, and what the
/// run attached to it has to come off.
struct RepairUndoing {
    let ledger: Ledger<TargetSide>
    let progress: ProgressSink
    let agent: TargetID<AgentKind>
    let name: String
    let clock: @Sendable () -> Double

    private var home: any Home<TargetSide> { ledger.home }

    /// - Returns: everything that the run made, and the ids of its passages
    ///   that are there.
    func items(_ survey: UndoSurvey) async throws -> ([UndoItem], passages: [String]) {
        let made = try await survey.items()
        guard try await isThere() else {
            let gone = UndoItem(
                kind: .passages, id: agent.raw, name: "of \(name)",
                obstacle: "its agent is gone from the server")
            return (made + (try await steps().inserted().isEmpty ? [] : [gone]), [])
        }
        try await AgentIdleness(home: home).check(agent, named: name, again: "ferry undo \(ledger.run)")
        let (passages, others) = try await passages()
        var items = made.map { item in
            guard item.kind == .archive, others > 0, item.obstacle == nil else { return item }
            return UndoItem(
                kind: .archive, id: item.id, name: item.name, users: item.users,
                newer: "\(others.counted("passage")) more")
        }
        items += try await attachedTools(survey, besides: Set(made.filter { $0.kind == .tool }.map(\.id)))
        if !passages.isEmpty {
            items.append(
                UndoItem(
                    kind: .passages, id: agent.raw, name: "\(passages.count.counted("passage")) of \(name)"))
        }
        return (items, passages)
    }

    private func isThere() async throws -> Bool {
        do {
            _ = try await home.agent(agent)
            return true
        } catch let failure as Failure where failure.code == .agentUnknown {
            return false
        }
    }

    // MARK: Passages

    private func steps() -> PassageSteps { PassageSteps(ledger: ledger, agent: agent, clock: clock) }

    /// - Returns: the run's own that are there, and how many others are.
    private func passages() async throws -> (own: [String], others: Int) {
        let hasMetadata = try await home.abilities().insertsPassagesInBatches
        try await steps().settleOpen(progress) {
            try PassageForm($0, hasMetadata: hasMetadata).digest
        }
        let inserted = try await steps().inserted()
        guard !inserted.isEmpty else { return ([], 0) }
        var own: [String] = []
        var others = 0
        for try await batch in home.passages(of: agent, route: .listing) {
            for passage in batch {
                if inserted.contains(passage.id.raw) { own.append(passage.id.raw) } else { others += 1 }
            }
        }
        return (own, others)
    }

    // MARK: Tools

    /// Tools that were on the server before, and that the run attached: one
    /// that it wrote over comes off the agent and gets its source back.
    private func attachedTools(_ survey: UndoSurvey, besides made: Set<String>) async throws -> [UndoItem] {
        let kind = Ledger<TargetSide>.kind("attach-tool")
        let ids = Set(
            survey.steps.filter { $0.intent.kind == kind }.compactMap { step in
                step.intent.details.flatMap { try? JSONDocument($0).root["id"]?.string }
            })
        guard !ids.isEmpty else { return [] }
        return try await home.tools(of: agent)
            .filter { ids.contains($0.id.raw) && !made.contains($0.id.raw) }
            .map { UndoItem(kind: .attachedTool, id: $0.id.raw, name: $0.name) }
    }

    // MARK: Taking away

    /// Off the agent first; what others use by now stays on the server, and
    /// comes off this agent all the same.
    func takeAway(_ plan: UndoPlan, _ passages: [String]) async throws {
        guard try await isThere() else { return }
        let blocks = Set(try await home.blocks(of: agent).map(\.id.raw))
        let tools = Set(try await home.tools(of: agent).map(\.id.raw))
        for item in plan.removals + plan.left.map(\.item) {
            switch item.kind {
            case .block where blocks.contains(item.id):
                try await ledger.perform(.detachBlock(TargetID(item.id), from: agent))
            case .tool where tools.contains(item.id), .attachedTool where tools.contains(item.id):
                try await ledger.perform(.detachTool(TargetID(item.id), from: agent))
            default: continue
            }
        }
        for (place, id) in passages.enumerated() {
            try await ledger.perform(.deletePassage(TargetID(id), of: agent))
            progress(.counted("passages removed", done: place + 1, total: passages.count))
        }
    }

    func sentence(_ plan: UndoPlan, _ passages: Int) -> String {
        func count(_ kinds: Set<UndoItem.Kind>) -> Int { plan.removals.count { kinds.contains($0.kind) } }
        let parts = [
            (count([.block]), "block"), (count([.tool, .attachedTool]), "tool"), (passages, "passage"),
            (count([.archive]), "archive"),
        ].filter { $0.0 > 0 }.map { $0.0.counted($0.1) }
        let removed =
            parts.isEmpty ? "nothing was there to take away" : parts.joined(separator: ", ") + " taken away"
        let restored =
            plan.restorations.isEmpty ? "" : ", \(plan.restorations.count.counted("tool")) put back"
        let left = plan.left.isEmpty ? "" : ", \(plan.left.count.grouped) left"
        return "\(ledger.run) undone: \(removed)\(restored)\(left)"
    }
}
