public import Home
public import Journal
public import LettaModel
import Plan
import Snapshot
import Verify

extension Engine {
    /// The main job: capture, plan, load, verify, commit, report.
    ///
    /// **Errors**: `PlanRefused` before anything is written; `Failure` with
    /// the end that failed; then the run stays resumable.
    public func move(
        _ agent: String, from source: any Home<SourceSide>, to target: any Home<TargetSide>,
        snapshotAt path: String?,
        _ order: LoadOrder
    ) async throws -> RunResult {
        let state = try await atSource { try await AgentFinder(source).find(agent) }
        progress(.stage("plan"))
        let early = try await Self.plan(state, from: source, to: target, order, fellows(order))
        try await approve(early, order)
        var draft = try await draft("move", source: source, target: target)
        draft.agentID = state.id.raw
        draft.agentName = state.name
        draft.snapshotPath = path ?? snapshotPath(of: state, at: source.address, run: draft.id)
        draft.choices = try ChoicesCoding.encode(order.choices, order.options, workers: order.workers)
        let run = try await journal.create(draft)
        return try await claimed(run.id) {
            try await move(run, from: source, to: target, order, shown: early)
        }
    }

    /// Loads a snapshot; an agent file is made one first (`AgentFileIntake`).
    public func load(
        _ path: String, to target: any Home<TargetSide>, _ order: LoadOrder
    ) async throws -> RunResult {
        progress(.stage("plan"))
        let plan = try await Self.plan(snapshot: path, to: target, order, fellows: fellows(order))
        try await approve(plan, order)
        var draft = try await draft("load", source: nil, target: target)
        draft.agentName = plan.agentName
        draft.snapshotPath = path
        draft.choices = try ChoicesCoding.encode(order.choices, order.options)
        let run = try await journal.create(draft)
        return try await claimed(run.id) {
            try await load(run, to: target, order, shown: Set(plan.fidelity.losses.map(\.id)), head: nil)
        }
    }

    /// Goes on with a run that was stopped, whatever stopped it.
    ///
    /// - Parameters source: nil for a load. order: as decoded from the run,
    ///   with the secrets' values fetched anew.
    public func resume(
        _ run: RunRecord, from source: (any Home<SourceSide>)?, to target: (any Home<TargetSide>)?,
        _ order: LoadOrder
    ) async throws -> RunResult {
        try Self.checkIsSame(run.draft.source, source?.address, run, .source)
        try Self.checkIsSame(run.draft.target, target?.address, run, .target)
        guard run.status != .undoing else {
            throw Failure(
                .runNotResumable, subject: run.id.description, reason: "its undo has begun",
                remedy: "end that first: ferry undo \(run.id)")
        }
        return try await claimed(run.id) {
            switch (run.draft.job, source, target) {
            case ("snapshot", let source?, _): try await resumeSnapshot(run, from: source, order)
            case ("move", let source?, let target?):
                try await move(run, from: source, to: target, order, shown: nil)
            case ("load", _, let target?): try await load(run, to: target, order, shown: nil, head: nil)
            case ("verify", _, let target?): try await verify(run, at: target, order.choices)
            default:
                throw Failure(
                    .runNotResumable, subject: run.id.description,
                    reason: "a \(run.draft.job) cannot be resumed",
                    remedy: "ferry show \(run.id)")
            }
        }
    }

    /// A name of the config may mean another server by now.
    static func checkIsSame(
        _ recorded: RunAddress?, _ resolved: HomeAddress?, _ run: RunRecord, _ end: Failure.End
    ) throws {
        guard let recorded, let resolved else { return }
        guard recorded.url != resolved.url || recorded.project != resolved.project else { return }
        throw Failure(
            .runNotResumable, subject: run.id.description,
            reason: "\(recorded.name) was \(recorded.url) when the run began, and is \(resolved.url) now",
            remedy: "give the name back its old address: ferry servers rm \(recorded.name), "
                + "ferry servers add \(recorded.name) --url \(recorded.url) …", end: end)
    }

    private func resumeSnapshot(
        _ run: RunRecord, from source: any Home<SourceSide>, _ order: LoadOrder
    ) async throws -> RunResult {
        guard let path = run.draft.snapshotPath, let id = run.draft.agentID else {
            throw Failure(
                .runNotResumable, subject: run.id.description,
                reason: "the journal doesn't say which agent it read",
                remedy: "start anew: ferry snapshot AGENT --from SERVER -o FILE")
        }
        let state = try await atSource { try await source.agent(SourceID(id)) }
        _ = try await atSource {
            try await capture(state, from: source, into: path, run: run.id, order.options)
        }
        try await journal.setStatus(run.id, .captured, verdict: try await captured(path, state.name))
        return RunResult(
            run: try await journal.run(run.id.description), plan: nil, verdict: nil, agent: nil,
            unaccepted: [])
    }

    func fellows(_ order: LoadOrder, run: RunID? = nil) -> Fellows {
        Fellows(journal: journal, following: order.following, run: run)
    }

    // MARK: Steps of a run

    private func move(
        _ run: RunRecord, from source: any Home<SourceSide>, to target: any Home<TargetSide>,
        _ order: LoadOrder, shown: PlanResult?
    ) async throws -> RunResult {
        guard let path = run.draft.snapshotPath, let id = run.draft.agentID else {
            throw Failure(
                .runNotResumable, subject: run.id.description,
                reason: "the journal doesn't say which agent it moves",
                remedy: "start anew: ferry move AGENT --from SERVER --to SERVER")
        }
        let ledger = Ledger(home: target, journal: journal, run: run.id)
        if try await HeadStart.isOpen(ledger) { try await atTarget { try await HeadStart.withdraw(ledger) } }
        var order = order
        var head: HeadStart.Result?
        if try await !isCaptured(run) {
            var start: HeadStart?
            if let shown { start = try await headStart(ledger, shown) }
            do {
                head = try await atSource { [start] in
                    try await capture(
                        source.agent(SourceID(id)), from: source, into: path, run: run.id, order.options,
                        head: start)
                }
            } catch {
                // The next try reads anew, and sends anew.
                if start != nil { try? await shielded { try await HeadStart.withdraw(ledger) } }
                throw error
            }
        }
        if order.choices.copiesSecrets {
            let shown = try await atSource { try await source.secrets(of: SourceID(id)) }
            order.secrets.merge(shown) { given, _ in given }
        }
        do {
            return try await load(
                run, to: target, order, shown: shown.map { Set($0.fidelity.losses.map(\.id)) }, head: head)
        } catch  where Self.isRefusal(error) {
            // Nothing of what was sent ahead stays where the work is not to be done.
            if try await HeadStart.isOpen(ledger) {
                try await atTarget { try await HeadStart.withdraw(ledger) }
            }
            throw error
        }
    }

    /// Worth its while from some hundred passages on, where they go in batches
    /// into an archive.
    private func headStart(_ ledger: Ledger<TargetSide>, _ plan: PlanResult) async throws -> HeadStart? {
        let abilities = try await atTarget { try await ledger.home.abilities() }
        guard abilities.insertsPassagesInBatches, abilities.attachesArchives else { return nil }
        var passages = 0
        var embedding: String?
        for step in plan.loadPlan.steps {
            if case .insertPassages(let insert) = step { passages = insert.passages }
            if case .createArchive(let handle) = step { embedding = handle }
        }
        guard passages >= headStartFrom, let embedding else { return nil }
        return HeadStart(ledger: ledger, embedding: embedding, progress: progress, clock: clock)
    }

    /// The capture of this run was finished before it was stopped.
    func isCaptured(_ run: RunRecord) async throws -> Bool {
        try await journal.events(run.id).contains { $0.text.hasPrefix("captured into ") }
    }

    private func load(
        _ run: RunRecord, to target: any Home<TargetSide>, _ order: LoadOrder, shown: Set<String>?,
        head: HeadStart.Result?
    ) async throws -> RunResult {
        guard let path = run.draft.snapshotPath else {
            throw Failure(
                .runNotResumable, subject: run.id.description,
                reason: "the journal doesn't say what it loads",
                remedy: "start anew: ferry load FILE --to SERVER")
        }
        // A load has looked at its file for the plan, a move has just written it:
        // a resumed run has done neither.
        return try await withSoundSnapshot(at: path, looks: shown == nil) { snapshot in
            try await keepGeneration(of: snapshot, path, run)
            return try await atTarget {
                let job = try await LoadJob(
                    engine: self, run: run, snapshot: snapshot, path: path, target: target, order,
                    head: head)
                return try await job.run(shown: shown)
            }
        }
    }

    /// **Errors**: `PlanRefused`; `losses-not-accepted` when the user says no.
    func approve(_ plan: PlanResult, _ order: LoadOrder) async throws {
        guard plan.refusals.isEmpty else { throw PlanRefused(plan: plan) }
        guard try await order.confirm(plan) else {
            throw Failure(
                .lossesNotAccepted, subject: plan.agentName,
                reason: "you said no; nothing of it stays on the target",
                remedy: "look at the plan again: ferry plan, and name what may stay behind with --accept ID")
        }
    }
}

extension RunRecord {
    /// What the user ordered when the run began; the values of secrets are
    /// for the caller to fill in.
    public var resumeOrder: LoadOrder {
        let (choices, options) = ChoicesCoding.decode(draft.choices)
        var order = LoadOrder(choices: choices, options: options)
        order.workers = ChoicesCoding.workers(draft.choices)
        return order
    }
}
