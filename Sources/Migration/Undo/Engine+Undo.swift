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
}

extension Engine {
    /// Takes back a move or a load: removes from the target exactly what the
    /// run made, and puts back what it overwrote. May be repeated after a
    /// kill.
    ///
    /// - Parameter readable: the target once more, as a place to read from: for the
    ///   snapshot that is taken before anything newer is discarded.
    ///
    /// **Errors**: `undo-would-lose` where the agent, a block or the archive
    /// holds something newer than the run; `run-not-undoable`; `run-busy`.
    public func undo(
        _ run: RunRecord, at target: any Home<TargetSide>, readable: any Home<SourceSide>, _ order: UndoOrder
    ) async throws -> UndoResult {
        try Self.checkIsUndoable(run)
        try Self.checkIsSame(run.draft.target, target.address, run, .target)
        try await journal.claim(run.id)
        do {
            let result = try await atTarget { try await takeBack(run, target, readable, order) }
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
        let copy = plan.newer.isEmpty ? nil : try await safetyCopy(of: plan, run, readable)
        try await journal.note(Self.begun, run.id)
        let hadOpenSteps = try await !journal.openSteps(run.id).isEmpty
        try await Undoing(ledger: ledger, progress: progress).carryOut(plan, survey.overwrittenTools)
        if hadOpenSteps { try await Undoing(ledger: ledger, progress: progress).sweepLate() }
        try await ledger.closeOpenSteps(because: "the run was undone")
        try await journal.setStatus(run.id, .undone, verdict: Self.sentence(plan, run))
        return UndoResult(
            run: try await journal.run(run.id.description), removed: plan.removals,
            restored: plan.restorations, left: plan.left, safetyCopy: copy)
    }

    /// In the journal before the first removal: a run that is being undone
    /// is not resumed.
    static let begun = "undo begins"

    /// Whether a removal has begun, to be ended by another `undo`.
    public func isBeingUndone(_ run: RunRecord) async throws -> Bool {
        guard run.status != .undone else { return false }
        return try await journal.events(run.id).contains { $0.text == Self.begun }
    }

    private static func checkIsUndoable(_ run: RunRecord) throws {
        let reason: String? =
            switch (run.draft.job, run.status) {
            case (_, .undone): "it is undone already"
            case ("move", _), ("load", _): nil
            default: "a \(run.draft.job) made nothing that could be taken back"
            }
        guard let reason else { return }
        throw Failure(
            .runNotUndoable, subject: run.id.description, reason: reason, remedy: "ferry show \(run.id)")
    }

    private static func checkLosesNothing(_ plan: UndoPlan, _ run: RunRecord, _ order: UndoOrder) throws {
        guard let first = plan.newer.first, !order.discardsNewer else { return }
        let more =
            plan.newer.count > 1 ? ", and \((plan.newer.count - 1).counted("other thing")) like it" : ""
        throw Failure(
            .undoWouldLose, subject: first.sentence,
            reason: "it holds something newer than the run: \(first.newer ?? "")\(more)",
            remedy: "keep it, or: ferry undo \(run.id) --discard-newer, which takes a snapshot first",
            end: .target)
    }

    private static func declined(_ run: RunRecord) -> Failure {
        Failure(
            .runNotUndoable, subject: run.id.description, reason: "you said no; nothing was removed",
            remedy: "ferry undo \(run.id), when you are sure")
    }

    private func safetyCopy(
        of plan: UndoPlan, _ run: RunRecord, _ readable: any Home<SourceSide>
    ) async throws -> String? {
        guard let agent = plan.removals.first(where: { $0.kind == .agent }) else { return nil }
        let path = "\(dataFolder)/snapshots/undone-\(run.id).ferry"
        progress(.note("taking a snapshot of \(agent.name) before it is removed: \(path)"))
        _ = try await snapshot(agent.id, from: readable, to: path, options: CaptureOptions())
        return path
    }

    private static func sentence(_ plan: UndoPlan, _ run: RunRecord) -> String {
        let counts = [UndoItem.Kind.agent, .block, .tool, .archive].compactMap { kind -> String? in
            let count = plan.removals.count { $0.kind == kind }
            return count == 0 ? nil : count.counted(kind.rawValue)
        }
        let removed =
            counts.isEmpty ? "nothing was there to remove" : counts.joined(separator: ", ") + " removed"
        let restored =
            plan.restorations.isEmpty ? "" : ", \(plan.restorations.count.counted("tool")) put back"
        let left = plan.left.isEmpty ? "" : ", \(plan.left.count.grouped) left"
        return "\(run.id) undone: \(removed)\(restored)\(left)"
    }
}
