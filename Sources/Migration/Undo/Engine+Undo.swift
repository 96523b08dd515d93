public import Home
public import Journal
public import LettaModel

/// What the user ordered for an undo.
public struct UndoOrder: Sendable {
    /// Whether what came since the run may go with it.
    public var discardsNewer: Bool
    /// Asked once before the first removal.
    public var confirm: @Sendable (UndoPlan) async throws -> Bool

    public init(
        discardsNewer: Bool = false,
        confirm: @escaping @Sendable (UndoPlan) async throws -> Bool = { _ in true }
    ) {
        self.discardsNewer = discardsNewer
        self.confirm = confirm
    }
}

/// What came of an undo.
public struct UndoResult: Sendable {
    public let run: RunRecord
    public let removed: [UndoItem]
    public let restored: [UndoItem]
    public let left: [UndoPlan.Left]
    /// The snapshot that was taken before anything newer was discarded.
    public let safetyCopy: String?
    /// Of an undo of a heal: the rows in context that somebody else had set,
    /// and that the old list replaced; nil where nobody had.
    public internal(set) var replacedContext: [String]?
}

extension Engine {
    /// Takes back a move or a load: removes from the target exactly what the
    /// run made, and puts back what it overwrote. May be repeated after a
    /// kill.
    ///
    /// - Parameters readable: the target once more, as a place to read from:
    ///   for the snapshot that is taken before anything newer is discarded.
    ///   source: where a reader agent may have been left; nil for a load.
    ///
    /// **Errors**: `undo-would-lose` where the agent, a block or the archive
    /// holds something newer than the run; `run-not-undoable`; `run-busy`.
    public func undo(
        _ run: RunRecord, at target: any Home<TargetSide>, readable: any Home<SourceSide>,
        source: (any Home<SourceSide>)?, _ order: UndoOrder
    ) async throws -> UndoResult {
        try Self.checkIsUndoable(run)
        try Self.checkIsSame(run.draft.target, target.address, run, .target)
        try Self.checkIsSame(run.draft.source, source?.address, run, .source)
        try await journal.claim(run.id)
        do {
            try await atSource { try await sweepReaders(run, source) }
            let result = try await atTarget {
                switch run.draft.job {
                case Self.healJob: try await takeBackHeal(run, target, readable, order)
                case Self.repairJob: try await takeBackRepair(run, target, readable, order)
                default: try await takeBack(run, target, readable, order)
                }
            }
            try await journal.release(run.id)
            return result
        } catch {
            try? await journal.note("undo stopped: \(error)", run.id)
            try? await journal.release(run.id)
            throw error
        }
    }

    private func takeBack(
        _ run: RunRecord, _ target: any Home<TargetSide>, _ readable: any Home<SourceSide>, _ order: UndoOrder
    ) async throws -> UndoResult {
        progress(.stage("undo"))
        let ledger = Ledger(home: target, journal: journal, run: run.id)
        let survey = try await UndoSurvey(ledger)
        let plan = UndoPlan(try await survey.items(), discards: order.discardsNewer)
        try Self.checkLosesNothing(plan, run, order)
        guard try await order.confirm(plan) else { throw Self.declined(run) }
        let copy = plan.newer.isEmpty ? nil : try await safetyCopy(of: plan, run, target, readable)
        try await journal.setStatus(run.id, .undoing)
        let hadOpenSteps = try await !journal.openSteps(run.id).isEmpty
        try await Undoing(ledger: ledger, progress: progress).carryOut(plan, survey.overwrittenTools)
        if hadOpenSteps { try await Undoing(ledger: ledger, progress: progress).sweepLate() }
        try await ledger.closeOpenSteps(because: "the run was undone")
        try await journal.setStatus(run.id, .undone, verdict: Self.sentence(plan, run))
        return UndoResult(
            run: try await journal.run(run.id.description), removed: plan.removals,
            restored: plan.restorations, left: plan.left, safetyCopy: copy)
    }

    /// Whether the source has to be asked, too: a capture that was not ended
    /// had ordered a reader agent there.
    public func mayHaveLeftReader(_ run: RunRecord) async throws -> Bool {
        let kind = Ledger<SourceSide>.kind("create-reader")
        guard try await journal.steps(run.id).contains(where: { $0.intent.kind == kind }) else {
            return false
        }
        return try await !isCaptured(run)
    }

    /// A run that was stopped while it read may have left its reader agent.
    private func sweepReaders(_ run: RunRecord, _ source: (any Home<SourceSide>)?) async throws {
        guard let source else { return }
        let ledger = Ledger(home: source, journal: journal, run: run.id)
        try await ReaderScope(ledger: ledger, progress: progress).sweep()
        try await ledger.closeOpenSteps(because: "the run was undone")
    }

    private static func checkIsUndoable(_ run: RunRecord) throws {
        let reason: String? =
            switch (run.draft.job, run.status) {
            case (_, .undone): "it is undone already"
            case ("move", _), ("load", _), (healJob, _), (repairJob, _): nil
            default: "a \(run.draft.job) made nothing that could be taken back"
            }
        guard let reason else { return }
        throw Failure(
            .runNotUndoable, subject: run.id.description, reason: reason, remedy: "ferry show \(run.id)")
    }

    static func checkLosesNothing(_ plan: UndoPlan, _ run: RunRecord, _ order: UndoOrder) throws {
        guard let first = plan.newer.first, !order.discardsNewer else { return }
        let more =
            plan.newer.count > 1 ? ", and \((plan.newer.count - 1).counted("other thing")) like it" : ""
        // One that was stopped at its very end can still learn what is its own.
        let safest = run.status.isEnded ? "keep it" : "ferry resume \(run.id), which compares first"
        throw Failure(
            .undoWouldLose, subject: first.sentence,
            reason: "it holds something newer than the run: \(first.newer ?? "")\(more)",
            remedy: "\(safest); or: ferry undo \(run.id) --discard-newer, which takes a snapshot first",
            end: .target)
    }

    static func declined(_ run: RunRecord) -> Failure {
        Failure(
            .runNotUndoable, subject: run.id.description, reason: "you said no; nothing was removed",
            remedy: "ferry undo \(run.id), when you are sure")
    }

    /// - Parameter host: an agent that stays, and whose archive goes or whose
    ///   context is set.
    /// - Returns: the path of the snapshot, or of the JSON where there is no
    ///   agent to take one of.
    func safetyCopy(
        of plan: UndoPlan, _ run: RunRecord, _ target: any Home<TargetSide>,
        _ readable: any Home<SourceSide>, host: TargetID<AgentKind>? = nil
    ) async throws -> String? {
        let loose = try await LooseCopy(home: target).json(of: plan.newer)
        let loosePath = "\(dataFolder)/snapshots/undone-\(run.id).json"
        if let loose {
            try PrivateFile.makeFolder("\(dataFolder)/snapshots")
            progress(.note("keeping what was edited since the run: \(loosePath)"))
            try PrivateFile.write(loose, to: loosePath)
        }
        let isInHost = plan.newer.contains { [.archive, .context].contains($0.kind) }
        let agent = plan.removals.first { $0.kind == .agent }?.id ?? (isInHost ? host?.raw : nil)
        guard let agent else { return loose == nil ? nil : loosePath }
        let path = "\(dataFolder)/snapshots/undone-\(run.id).ferry"
        progress(.note("taking a snapshot of \(agent) before anything is changed: \(path)"))
        _ = try await snapshot(agent, from: readable, to: path, options: CaptureOptions())
        return path
    }

    private static func sentence(_ plan: UndoPlan, _ run: RunRecord) -> String {
        let counts = [UndoItem.Kind.agent, .block, .tool, .archive, .identity].compactMap { kind -> String? in
            let count = plan.removals.count { $0.kind == kind }
            return count == 0 ? nil : count.counted(kind.rawValue, kind == .identity ? "identities" : nil)
        }
        let removed =
            counts.isEmpty ? "nothing was there to remove" : counts.joined(separator: ", ") + " removed"
        let restored =
            plan.restorations.isEmpty ? "" : ", \(plan.restorations.count.counted("tool")) put back"
        let left = plan.left.isEmpty ? "" : ", \(plan.left.count.grouped) left"
        return "\(run.id) undone: \(removed)\(restored)\(left)"
    }
}
