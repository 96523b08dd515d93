public import Home
public import Journal
public import LettaModel
import Plan
import Snapshot
import Verify

/// The file that has what an agent lacks, as the user typed it.
public struct RepairFile: Sendable, ExpressibleByStringLiteral {
    public let path: String
    /// Which agent of a file with several.
    public let agent: String?
    /// For a shell.
    public let words: String

    /// - Parameter words: of the command line that say the same, quoted; the
    ///   path where there is nothing to quote.
    public init(_ path: String, agent: String? = nil, words: String? = nil) {
        self.path = path
        self.agent = agent
        self.words = words ?? path
    }

    public init(stringLiteral path: String) { self.init(path) }
}

extension Engine {
    public static let repairJob = "repair"

    /// Adds to an agent what an earlier move by hand lacks: blocks, tools and
    /// passages of a snapshot; never messages, which no server takes into an
    /// agent that exists. Changes the agent itself, in place.
    ///
    /// One that was stopped after somebody agreed goes on, where it is the
    /// same file and choice.
    ///
    /// - Parameter path: of a snapshot; an agent file is made one first.
    ///   file: what the user typed for it.
    ///
    /// **Effects**: a temporary reader agent; each addition journalled, a
    /// tool's pre-image before it is overwritten.
    /// **Errors**: `agent-busy`, also where another repair of it was stopped;
    /// those of a load and of a verification.
    public func repair(
        _ agent: String, at target: any Home<TargetSide>, with path: String, file: RepairFile,
        _ order: RepairOrder
    ) async throws -> RepairResult {
        let state = try await atTarget {
            let state = try await AgentFinder(target).find(agent)
            try await AgentIdleness(home: target).check(
                state.id, named: state.name,
                again: "ferry repair \(state.id) --at \(target.address.name) --with \(file.words)")
            return state
        }
        var choices = Choices()
        choices.tools = order.overwritesTools ? .overwrite : .keep
        if let run = try await stoppedRepair(of: state, target, path, choices) {
            progress(.note("going on with \(run.id), which was stopped"))
            return try await claimed(run.id) { try await repair(run, at: target, file: file, order) }
        }
        var draft = try await atTarget { try await self.draft(Self.repairJob, source: nil, target: target) }
        draft.agentID = state.id.raw
        draft.agentName = state.name
        draft.snapshotPath = path
        draft.choices = try ChoicesCoding.encode(choices, CaptureOptions())
        let run = try await journal.create(draft)
        return try await claimed(run.id) { try await repair(run, at: target, file: file, order) }
    }

    /// Goes on with a repair that was stopped: what it lacks still is added;
    /// nobody is asked again who has agreed.
    public func resumeRepair(
        _ run: RunRecord, at target: any Home<TargetSide>, _ order: RepairOrder
    ) async throws -> RepairResult {
        try Self.checkIsSame(run.draft.target, target.address, run, .target)
        try Self.checkIsNotUndone(run)
        var order = order
        order.overwritesTools = ChoicesCoding.decode(run.draft.choices).0.tools == .overwrite
        return try await claimed(run.id) {
            try await repair(run, at: target, file: RepairFile(run.draft.snapshotPath ?? ""), order)
        }
    }

    // MARK: One that was stopped

    /// The repair of this agent that was stopped with things added. One that
    /// was stopped before anybody agreed has ended; what it left is removed.
    private func stoppedRepair(
        of agent: AgentState<TargetSide>, _ target: any Home<TargetSide>, _ path: String, _ choices: Choices
    ) async throws -> RunRecord? {
        let earlier = try await journal.runs().filter {
            $0.draft.job == Self.repairJob && $0.draft.agentID == agent.id.raw
                && $0.draft.target?.url == target.address.url
        }
        var newest: RunRecord?
        for run in earlier where newest == nil {
            if try await journal.events(run.id).contains(where: { $0.text == Repairing.agreed }) {
                newest = run
                continue
            }
            guard Self.isStopped(run) else { continue }
            let ledger = Ledger(home: target, journal: journal, run: run.id)
            try await atTarget { try await ReaderScope(ledger: ledger, progress: progress).sweep() }
            try await ledger.closeOpenSteps(because: "stopped before anybody agreed")
            try await journal.setStatus(run.id, .failed, verdict: "stopped; nothing was added")
        }
        guard let run = newest, Self.isStopped(run) || (run.status == .failed && !run.isClaimed) else {
            return nil
        }
        let isSame =
            run.draft.snapshotPath == path && ChoicesCoding.decode(run.draft.choices).0.tools == choices.tools
        guard isSame else {
            throw Failure(
                .agentBusy, subject: "\(agent.name) (\(agent.id))",
                reason: "its repair \(run.id), with another file or other --tools, was stopped half-way",
                remedy: "end that first: ferry resume \(run.id); or take it back: ferry undo \(run.id)",
                end: .target)
        }
        return run
    }

    private static func isStopped(_ run: RunRecord) -> Bool {
        !run.status.isEnded && !run.isClaimed && run.status != .undoing
    }

    static func checkIsNotUndone(_ run: RunRecord) throws {
        guard run.status != .undoing, run.status != .undone else {
            throw Failure(
                .runNotResumable, subject: run.id.description, reason: "its undo has begun",
                remedy: "end that first: ferry undo \(run.id)")
        }
    }

    private func repair(
        _ run: RunRecord, at target: any Home<TargetSide>, file: RepairFile, _ order: RepairOrder
    ) async throws -> RepairResult {
        guard let path = run.draft.snapshotPath, let id = run.draft.agentID else {
            throw Failure(
                .runNotResumable, subject: run.id.description,
                reason: "the journal doesn't say which agent it repairs",
                remedy: "start anew: ferry repair AGENT --at SERVER --with FILE")
        }
        do {
            return try await withSoundSnapshot(at: path) { snapshot in
                try await keepGeneration(of: snapshot, path, run)
                return try await atTarget {
                    let repairing = try await Repairing(
                        engine: self, run: run, snapshot: snapshot, path: path, file: file,
                        agent: TargetID(id), target: target, order)
                    return try await repairing.run()
                }
            }
        } catch {
            // Nothing was sent that could be gone on with.
            if try await journal.steps(run.id).isEmpty {
                try await journal.setStatus(run.id, .failed, verdict: "stopped; nothing was added")
            }
            throw error
        }
    }
}
