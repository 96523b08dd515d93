public import Home
public import Journal
public import LettaModel

extension Engine {
    public static let healJob = "heal"

    /// Finds what makes an agent fail at every turn, and changes the agent
    /// itself, in place: rows leave the list in context and stay in the
    /// history; a second block of one label is detached.
    ///
    /// **Effects**: a temporary reader agent; one PATCH of `message_ids`, its
    /// previous value journalled before; detached blocks; with
    /// `deniesApproval` one turn of the model.
    /// **Errors**: `agent-busy` where a turn is under way or the list changed
    /// meanwhile; `different` where the agent is not as ordered afterwards;
    /// `reader-failed` where the server itself is not well.
    /// **Source**: docs/heal.md, tried on 0.16.8.
    public func heal(
        _ agent: String, at target: any Home<TargetSide>, _ order: HealOrder
    ) async throws -> HealResult {
        try await atTarget {
            let state = try await AgentFinder(target).find(agent)
            try await AgentIdleness(home: target).check(
                state.id, named: state.name, again: "ferry heal \(state.id) --at \(target.address.name)")
            var draft = try await draft(Self.healJob, source: nil, target: target)
            draft.agentID = state.id.raw
            draft.agentName = state.name
            let run = try await journal.create(draft)
            try await settleEarlierHeals(of: state.id, target, for: run.id)
            let stopped = try await stoppedHeals(of: state.id, target)
            return try await claimed(run.id) {
                let ledger = Ledger(home: target, journal: journal, run: run.id)
                return try await Healing(
                    ledger: ledger, progress: progress, agent: state.id, order: order, stopped: stopped
                ).run()
            }
        }
    }

    /// Goes on with a heal that was stopped: looks anew, and does what was
    /// agreed to then without asking again.
    public func resumeHeal(
        _ run: RunRecord, at target: any Home<TargetSide>, _ order: HealOrder
    ) async throws -> HealResult {
        try Self.checkIsSame(run.draft.target, target.address, run, .target)
        try Self.checkIsNotUndone(run)
        guard let agent = run.draft.agentID else {
            throw Failure(
                .runNotResumable, subject: run.id.description,
                reason: "the journal doesn't say which agent it heals",
                remedy: "start anew: ferry heal AGENT --at SERVER")
        }
        let agreed = HealRecord(try await journal.steps(run.id)).listAfter
        var again = order
        again.confirm = { plan in
            let isTheSame = plan.after == agreed && plan.denials.isEmpty && plan.twins.isEmpty
            return isTheSame ? true : try await order.confirm(plan)
        }
        return try await heal(agent, at: target, again)
    }

    /// A heal that was killed may have left its reader agent, or a change
    /// whose outcome nobody knows: it is looked at, and its run is ended.
    private func settleEarlierHeals(
        of agent: TargetID<AgentKind>, _ target: any Home<TargetSide>, for run: RunID
    ) async throws {
        let left = try await heals(of: agent, target).filter {
            !$0.status.isEnded && !$0.isClaimed && $0.id != run && $0.status != .undoing
        }
        for earlier in left {
            let ledger = Ledger(home: target, journal: journal, run: earlier.id)
            try await ReaderScope(ledger: ledger, progress: progress).sweep()
            let record = HealRecord(try await journal.steps(earlier.id))
            let list = try await LateList(home: target, agent: agent).now(after: record)
            try await HealRecord.settleOpen(ledger, of: agent, list: list)
            try await ledger.closeOpenSteps(because: "looked at again by \(run)")
            let ended = HealRecord(try await journal.steps(earlier.id))
            try await journal.setStatus(earlier.id, .failed, verdict: Self.verdict(ended, earlier.id))
        }
    }

    private static func verdict(_ record: HealRecord, _ run: RunID) -> String {
        if record.listBefore != nil || !record.detached.isEmpty {
            return "stopped after its change; to take it back: ferry undo \(run)"
        }
        return record.hasDenied
            ? "stopped after its denial, which nothing takes back" : "stopped; its change was not made"
    }

    /// Heals that were stopped after their change, which still stands: nobody
    /// was told of them how to take it back. The newest first.
    private func stoppedHeals(
        of agent: TargetID<AgentKind>, _ target: any Home<TargetSide>
    ) async throws -> [RunID] {
        let failed = try await heals(of: agent, target).filter { $0.status == .failed }
        guard !failed.isEmpty else { return [] }
        let list = try await LateList(home: target, agent: agent).read()
        var stopped: [RunID] = []
        for run in failed where HealRecord(try await journal.steps(run.id)).stands(in: list) {
            stopped.append(run.id)
        }
        return stopped
    }

    private func heals(
        of agent: TargetID<AgentKind>, _ target: any Home<TargetSide>
    ) async throws -> [RunRecord] {
        try await journal.runs().filter {
            $0.draft.job == Self.healJob && $0.draft.agentID == agent.raw
                && $0.draft.target?.url == target.address.url
        }
    }
}
