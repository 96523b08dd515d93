import AgentFile
import Home
import Journal
import LettaModel

/// One heal, from the look to the proof.
struct Healing {
    let ledger: Ledger<TargetSide>
    let progress: ProgressSink
    let agent: TargetID<AgentKind>
    let order: HealOrder
    /// Earlier runs that were stopped after their change, which still stands.
    let stopped: [RunID]

    private static let reason = "denied by ferry heal"

    func run() async throws -> HealResult {
        progress(.stage("heal"))
        let state = try await ledger.home.agent(agent)
        let scope = ReaderScope(ledger: ledger, progress: progress)
        let (plan, end) = try await scope.withReader(template: state.json) { reader in
            try await heal(state, try await reading(through: reader))
        }
        try await scope.sweepLate()
        let list = try await ledger.home.agent(agent).messageIDs.map(\.raw)
        try await HealRecord.settleOpen(ledger, of: agent, list: list)
        try await ledger.closeOpenSteps()
        try await ledger.journal.setStatus(
            ledger.run, Self.status(plan, end), verdict: sentence(plan, end))
        return HealResult(
            run: try await ledger.journal.run(ledger.run.description), plan: plan, state: end,
            stopped: stopped)
    }

    /// The reader's own rows are known before it is shown others.
    private func reading(
        through reader: TargetID<AgentKind>
    ) async throws -> ContextReading<TargetSide> {
        guard let own = try await ledger.home.agent(reader).messageIDs.first else {
            throw Failure(
                .readerFailed, subject: ledger.home.address.description,
                reason: "the temporary reader agent was made without a system row",
                remedy: "report this with the server's version; nothing was changed")
        }
        return ContextReading(home: ledger.home, reader: reader, control: own)
    }

    private func heal(
        _ state: AgentState<TargetSide>, _ reading: ContextReading<TargetSide>
    ) async throws -> (HealPlan, HealResult.State) {
        let plan = try await plan(for: state, reading)
        if plan.isHealthy { return (plan, .healthy) }
        if plan.isBeyondHelp { return (plan, .beyondHelp) }
        guard try await order.confirm(plan) else { return (plan, .declined) }
        try await apply(plan)
        try await prove(plan, reading)
        return (plan, .healed)
    }

    // MARK: The plan

    private func plan(
        for state: AgentState<TargetSide>, _ reading: ContextReading<TargetSide>
    ) async throws -> HealPlan {
        progress(.note("reading the \(state.messageIDs.count.counted("message")) in context"))
        let found = try await reading.diagnosis(of: state.messageIDs)
        let walk = try await HistoryWalk.certain(of: agent, ledger.home)
        let denials = order.deniesApproval ? found.pendingCalls : []
        let system = found.lacksSystemRow ? walk.systemRow : nil
        let before = state.messageIDs.map(\.raw)
        return HealPlan(
            agentID: agent.raw, agentName: state.name, server: ledger.home.address.name,
            findings: found.findings, before: before,
            after: Self.list(before, found, system, keepsPending: !denials.isEmpty),
            lacksSystemRow: found.lacksSystemRow, systemRow: system, denials: denials,
            twins: try await twins(), listingFault: walk.fault)
    }

    /// An id that no row has is not worth a change of its own.
    private static func list(
        _ before: [String], _ found: ContextDiagnosis.Result, _ system: String?, keepsPending: Bool
    ) -> [String] {
        let goes = found.findings.filter { !(keepsPending && $0.kind == .pendingApproval) }
        guard system != nil || goes.contains(where: { $0.kind != .unknownRow }) else { return before }
        let gone = Set(goes.map(\.rowID))
        let kept = before.filter { !gone.contains($0) && $0 != system }
        return (system.map { [$0] } ?? []) + kept
    }

    /// 0.16.8 refuses a second block of one label; older servers took it.
    private func twins() async throws -> [HealPlan.TwinBlock] {
        var first: [String: Block<TargetSide>] = [:]
        var twins: [HealPlan.TwinBlock] = []
        for block in try await ledger.home.blocks(of: agent) {
            guard let kept = first[block.label] else {
                first[block.label] = block
                continue
            }
            let isSame = try CommitRecord.digest(of: block) == CommitRecord.digest(of: kept)
            twins.append(
                HealPlan.TwinBlock(
                    blockID: block.id.raw, label: block.label, keptID: kept.id.raw, isSame: isSame))
        }
        return twins
    }

    /// Ids of blocks that share a label, by label, whatever order they were
    /// read in.
    private static func blocks(_ twins: [HealPlan.TwinBlock]) -> [String: Set<String>] {
        Dictionary(twins.map { ($0.label, [$0.blockID, $0.keptID]) }, uniquingKeysWith: { $0.union($1) })
    }

    // MARK: The change

    /// **Errors**: `agent-busy`.
    private func apply(_ plan: HealPlan) async throws {
        try await AgentIdleness(home: ledger.home).check(agent, named: plan.agentName, again: plan.again)
        let now = try await ledger.home.agent(agent).messageIDs.map(\.raw)
        guard now == plan.before else {
            throw Failure(
                .agentBusy, subject: plan.subject,
                reason: "its context changed while it was looked at; nothing was changed by ferry",
                remedy: "stop what talks to it, then: \(plan.again)")
        }
        // A server need not name them in the same order twice.
        guard Self.blocks(try await twins()) == Self.blocks(plan.twins) else {
            throw Failure(
                .agentBusy, subject: plan.subject,
                reason: "its blocks changed while it was looked at; nothing was changed by ferry",
                remedy: "stop what changes it, then: \(plan.again)")
        }
        try await detach(plan.twins)
        if plan.changesList { try await setList(plan) }
        if !plan.denials.isEmpty { try await deny(plan) }
    }

    private func detach(_ twins: [HealPlan.TwinBlock]) async throws {
        guard !twins.isEmpty else { return }
        let ids = try await ledger.home.blocks(of: agent).map(\.id.raw)
        for twin in twins {
            progress(.note("detaching the second block \(twin.label) (\(twin.blockID))"))
            try await ledger.perform(
                .detachBlock(TargetID(twin.blockID), from: agent),
                expecting: HealRecord.expecting(blocks: ids))
        }
    }

    private func setList(_ plan: HealPlan) async throws {
        progress(.note("context: \(plan.before.count.grouped) rows before, \(plan.after.count.grouped) now"))
        do {
            try await ledger.perform(
                .patchAgent(agent, json: ContextPatch.json(plan.after)),
                preImage: ContextPatch.json(plan.before), expecting: HealRecord.expecting(list: plan.after))
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            // Whether it was done is for the proof to see.
            progress(.note("the answer was lost (\(failure.reason)); looking at the agent"))
            let record = HealRecord(try await ledger.journal.steps(ledger.run))
            _ = try await LateList(home: ledger.home, agent: agent).now(after: record)
        }
    }

    private func deny(_ plan: HealPlan) async throws {
        progress(.note("denying \(plan.denials.count.counted("call")); the model has its turn now"))
        try await ledger.perform(
            .denyApproval(agent, calls: plan.denials, reason: Self.reason),
            expecting: HealRecord.expecting(context: plan.after))
    }

    // MARK: The proof

    /// Reads the list, its rows and the blocks again.
    private func prove(_ plan: HealPlan, _ reading: ContextReading<TargetSide>) async throws {
        let state = try await ledger.home.agent(agent)
        let list = state.messageIDs.map(\.raw)
        let found = try await reading.diagnosis(of: state.messageIDs)
        let isSound =
            found.findings.allSatisfy { $0.kind == .unknownRow } && !found.lacksSystemRow
        // After a denial the model's answer stands at the end.
        let isList = plan.denials.isEmpty ? list == plan.after : list.starts(with: plan.after)
        let twins = try await twins()
        guard isList, isSound, twins.isEmpty else {
            throw Failure(
                .different, subject: plan.subject,
                reason: "its context is not what it was set to: something else wrote to it meanwhile",
                remedy: "look again: \(plan.again); or put the old one back: ferry undo \(ledger.run)")
        }
    }

    /// An agent whose history cannot be listed is not whole, whatever its
    /// context is.
    private static func status(_ plan: HealPlan, _ state: HealResult.State) -> RunStatus {
        switch state {
        case .declined, .beyondHelp: .failed
        case .healthy, .healed: plan.listingFault == nil ? .verified : .different
        }
    }

    private func sentence(_ plan: HealPlan, _ state: HealResult.State) -> String {
        let listing = plan.listingFault == nil ? "" : "; its history still cannot be listed"
        switch state {
        case .healthy:
            let place = plan.listingFault == nil ? "" : " in context"
            return "\(plan.agentName): nothing to heal\(place); \(untouched)\(listing)"
        case .declined: return "\(plan.agentName): not healed, nobody said yes; nothing was changed"
        case .beyondHelp:
            return "\(plan.agentName): cannot be healed in place, only by a new import; nothing was changed"
        case .healed:
            return "\(plan.agentName): healed, \(Self.changes(plan)); read again and nothing is wrong in "
                + (listing.isEmpty ? "it" : "its context\(listing)")
        }
    }

    private var untouched: String {
        guard let run = stopped.first else { return "nothing was changed" }
        let runs = stopped.count == 1 ? "\(run)" : "\(run) and \((stopped.count - 1).counted("other run"))"
        return "nothing was changed now, for \(runs) did so before it was stopped"
    }

    private static func changes(_ plan: HealPlan) -> String {
        var parts: [String] = []
        if plan.changesList {
            parts.append(
                "\(plan.before.count.counted("row")) in context before, \(plan.after.count.grouped) now")
        }
        if !plan.twins.isEmpty { parts.append("\(plan.twins.count.counted("block")) detached") }
        if !plan.denials.isEmpty { parts.append("\(plan.denials.count.counted("call")) denied") }
        return parts.joined(separator: ", ")
    }
}

extension HealPlan {
    var subject: String { "\(agentName) (\(agentID))" }
    var again: String { "ferry heal \(agentID) --at \(server)" }
}
