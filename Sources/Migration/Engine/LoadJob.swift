import AgentFile
import Home
import Journal
import LettaModel
import Plan
import Snapshot
import Verify

/// One load, from the exact plan to the report. Re-entrant at every step.
struct LoadJob {
    let engine: Engine
    let run: RunRecord
    let order: LoadOrder
    let context: LoadContext
    /// Passages that went ahead in this very process.
    let head: HeadStart.Result?

    init(
        engine: Engine, run: RunRecord, snapshot: AgentSnapshot, path: String, target: any Home<TargetSide>,
        _ order: LoadOrder, head: HeadStart.Result?
    ) async throws {
        self.head = head
        self.engine = engine
        self.run = run
        self.order = order
        let ledger = Ledger(home: target, journal: engine.journal, run: run.id)
        let own = try await engine.made(by: run.id)
        let plan = try await Engine.plan(
            snapshot, path, to: target, order.choices, engine.fellows(order, run: run.id), ignoring: own)
        let contents = try await SnapshotContents(
            snapshot, path: path, convertsLegacy: order.choices.convertsLegacy)
        context = LoadContext(
            ledger: ledger, snapshot: snapshot, contents: contents, plan: plan,
            choices: order.choices.mapped(model: contents.model, embedding: contents.embedding),
            abilities: try await target.abilities(), secrets: order.secrets,
            folder: run.folder, progress: engine.progress)
    }

    /// - Parameter shown: ids of the losses that the user has seen; nil on
    ///   resume, where the user has decided already.
    func run(shown: Set<String>?) async throws -> RunResult {
        let plan = context.plan
        guard plan.refusals.isEmpty else { throw PlanRefused(plan: plan) }
        if let shown, !plan.fidelity.losses.allSatisfy({ shown.contains($0.id) }) {
            try await engine.approve(plan, order)
        }
        try await engine.journal.setOmissions(
            plan.fidelity.staysBehind.map { RecordedOmission($0, isAccepted: order.choices.accepts($0)) },
            run.id)
        try await announced.note(plan.mappings)
        engine.progress(.stage("load"))
        PrivateFile.removeFiles(in: run.folder, endingWith: ".af")
        let loader = AgentLoader(context: context, clock: engine.clock)
        if let agent = try await loader.adopted(), try await isCommitted(agent) {
            try await loader.sweep(keeping: agent)
            return try await verifyCommitted(agent)
        }
        try await ToolLoader(context: context).run()
        let agent = try await loader.run()
        try await AttachmentRepair(context: context, agent: agent).run()
        try await SettingsRepair(context: context, agent: agent).run()
        try await IdentityLoader(context: context, agent: agent).run()
        try await ConversationLoader(context: context, agent: agent).run()
        let archive = try await PassageLoader(context: context, agent: agent, clock: engine.clock, head: head)
            .run()
        return try await verify(agent, archive)
    }

    /// The last write of a commit gives the agent its name: one that bears
    /// this run's marker no more belongs to its user, who may have talked to
    /// it since.
    private func isCommitted(_ agent: TargetID<AgentKind>) async throws -> Bool {
        let name = try await context.home.agent(agent).name
        return Marker(name)?.run != run.id.description
    }

    /// Resumed after the commit: compares and reports, and changes nothing.
    private func verifyCommitted(_ agent: TargetID<AgentKind>) async throws -> RunResult {
        engine.progress(.note("the load was committed before it was stopped; it is compared once more"))
        engine.progress(.stage("verify"))
        let check = try await verification(of: agent)
        return try await finish(
            try await check.verdict(try await check.content(), live: .notRun(live)), agent)
    }

    private var announced: Announced { Announced(journal: engine.journal, run: run.id) }

    private func verification(of agent: TargetID<AgentKind>) async throws -> VerificationRun {
        let verifier = Verifier(
            home: context.home, snapshot: context.snapshot, contents: context.contents, agent: agent,
            mappings: try await announced.of(context.plan.mappings),
            choices: context.choices, carried: context.conversations,
            secretNames: context.secrets.keys.sorted(),
            progress: engine.progress,
            shared: try await ExpectedSharing(engine.journal, run.id, context.contents))
        return VerificationRun(
            verifier: verifier, reader: ReaderScope(ledger: context.ledger, progress: engine.progress),
            subject: context.plan.agentName)
    }

    private func verify(_ agent: TargetID<AgentKind>, _ archive: TargetID<ArchiveKind>?) async throws
        -> RunResult
    {
        engine.progress(.stage("verify"))
        let check = try await verification(of: agent)
        let content = try await check.content()
        let attachments = try await check.verifier.attachments(withoutMarkers: run.id.description)
        let identities = try await check.verifier.identities()
        guard (content.results + attachments + [identities]).allSatisfy(\.isEqual) else {
            return try await finish(try await check.verdict(content, live: .notRun(live)), agent)
        }
        engine.progress(.stage("commit"))
        try await Committer(context: context, agent: agent, archive: archive).run()
        let live = try await LiveCheck(context: context, agent: agent, clock: engine.clock).run(
            orElse: .notRun(self.live))
        return try await finish(try await check.verdict(content, live: live), agent)
    }

    private var live: String { "ferry verify \(run.id) --live" }

    private func finish(_ verdict: Verdict, _ agent: TargetID<AgentKind>) async throws -> RunResult {
        if verdict.isVerified {
            try await CommitRecord.keep(of: agent, context)
            try await context.ledger.closeOpenSteps()
        }
        try await engine.journal.setStatus(run.id, RunStatus(verdict), verdict: verdict.sentence)
        let unaccepted = context.plan.fidelity.unaccepted(order.choices)
        return RunResult(
            run: try await engine.journal.run(run.id.description), plan: context.plan, verdict: verdict,
            agent: agent,
            unaccepted: unaccepted)
    }
}

extension RunStatus {
    init(_ verdict: Verdict) {
        switch verdict.outcome {
        case .identical: self = .verified
        case .announced: self = .verifiedWithChanges
        case .different: self = .different
        }
    }
}
