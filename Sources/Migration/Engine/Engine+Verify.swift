public import Home
public import Journal
public import LettaModel
public import Plan
import Snapshot
import Verify

extension Engine {
    /// What is held against what.
    public struct VerifyOrder: Sendable {
        public var snapshotPath: String
        public var agent: TargetID<AgentKind>
        public var choices: Choices
        /// The run that loaded it, and the capture that it loaded.
        var loaded: (run: RunID, generation: Int)?

        public init(snapshotPath: String, agent: TargetID<AgentKind>, choices: Choices) {
            self.snapshotPath = snapshotPath
            self.agent = agent
            self.choices = choices
        }
    }

    /// The snapshot and the agent of an earlier run.
    ///
    /// **Errors**: `run-not-resumable` where the run made no agent.
    public func verifyOrder(of run: RunRecord) async throws -> VerifyOrder {
        let mapped = try await journal.mappings(of: run.id).last { $0.kind == AgentKind.name }
        guard let path = run.draft.snapshotPath, let mapped else {
            throw Failure(
                .runNotResumable, subject: run.id.description,
                reason: "this run made no agent that could be verified",
                remedy: "see what it did: ferry show \(run.id)")
        }
        var order = VerifyOrder(
            snapshotPath: path, agent: TargetID(mapped.targetID),
            choices: ChoicesCoding.decode(run.draft.choices).0)
        order.loaded = try await loadedGeneration(of: run).map { (run.id, $0) }
        return order
    }

    /// Compares an agent on a server with a snapshot, now. Writes nothing
    /// but a temporary reader agent on the target, and, with
    /// `choices.live`, a temporary copy for the chat.
    public func verify(_ order: VerifyOrder, at target: any Home<TargetSide>) async throws -> RunResult {
        let state = try await atTarget {
            _ = try await target.abilities()
            return try await target.agent(order.agent)
        }
        var draft = try await draft("verify", source: nil, target: target)
        draft.agentID = order.agent.raw
        draft.agentName = state.name
        draft.snapshotPath = order.snapshotPath
        draft.choices = try ChoicesCoding.encode(order.choices, CaptureOptions())
        let run = try await journal.create(draft)
        return try await claimed(run.id) { try await verify(run, order, at: target) }
    }

    /// A verification that was stopped, from its beginning.
    func verify(
        _ run: RunRecord, at target: any Home<TargetSide>, _ choices: Choices
    ) async throws -> RunResult {
        guard let path = run.draft.snapshotPath, let agent = run.draft.agentID else {
            throw Failure(
                .runNotResumable, subject: run.id.description,
                reason: "the journal doesn't say what it compared",
                remedy: "start anew: ferry verify FILE --at SERVER --agent AGENT")
        }
        let order = VerifyOrder(snapshotPath: path, agent: TargetID(agent), choices: choices)
        return try await verify(run, order, at: target)
    }

    /// Ids of what the run itself made on the target, as far as they are known.
    func made(by run: RunID) async throws -> Set<String> {
        let mapped = try await journal.mappings(of: run).filter { $0.kind != IdentityKind.name }
        let identities = IdentityLoader.made(try await journal.steps(run)).ids
        return Set(mapped.map(\.targetID) + identities)
    }

    private func verify(
        _ run: RunRecord, _ order: VerifyOrder, at target: any Home<TargetSide>
    ) async throws -> RunResult {
        return try await withSoundSnapshot(at: order.snapshotPath) { snapshot in
            if let loaded = order.loaded {
                try await Self.check(
                    loaded.generation, against: snapshot, order.snapshotPath, run: loaded.run)
            }
            return try await atTarget { try await verify(run, snapshot, order, at: target) }
        }
    }

    private func verify(
        _ run: RunRecord, _ snapshot: AgentSnapshot, _ order: VerifyOrder, at target: any Home<TargetSide>
    ) async throws -> RunResult {
        progress(.stage("verify"))
        let contents = try await SnapshotContents(
            snapshot, path: order.snapshotPath, convertsLegacy: order.choices.convertsLegacy)
        var own: Set<String> = [order.agent.raw]
        if let loaded = order.loaded { own.formUnion(try await made(by: loaded.run)) }
        let plan = try await Self.plan(
            snapshot, order.snapshotPath, to: target, order.choices,
            order.loaded.map { Fellows(journal: journal, run: $0.run) } ?? Fellows(), ignoring: own)
        let ledger = Ledger(home: target, journal: journal, run: run.id)
        let choices = order.choices.mapped(model: contents.model, embedding: contents.embedding)
        let verifier = Verifier(
            home: target, snapshot: snapshot, contents: contents, agent: order.agent,
            mappings: try await Announced(journal: journal, run: order.loaded?.run).of(plan.mappings),
            choices: choices, carried: contents.carried(by: choices, to: try await target.abilities()),
            secretNames: contents.expectedSecrets(order.choices), progress: progress,
            shared: try await ExpectedSharing(journal, order.loaded?.run, contents))
        let check = VerificationRun(
            verifier: verifier, reader: ReaderScope(ledger: ledger, progress: progress),
            subject: plan.agentName)
        let content = try await check.content()
        let context = LoadContext(
            ledger: ledger, snapshot: snapshot, contents: contents, plan: plan,
            choices: choices,
            abilities: try await target.abilities(), secrets: [:], folder: run.folder, progress: progress)
        let live = try await LiveCheck(context: context, agent: order.agent, clock: clock).run(
            orElse: .notRun("ferry verify … --live"))
        let verdict = try await check.verdict(content, live: live)
        if verdict.isVerified { try await ledger.closeOpenSteps() }
        try await journal.setStatus(run.id, RunStatus(verdict), verdict: verdict.sentence)
        return RunResult(
            run: try await journal.run(run.id.description), plan: plan, verdict: verdict, agent: order.agent,
            unaccepted: [])
    }
}

extension SnapshotContents {
    /// The secrets that a run with these choices gave the target.
    func expectedSecrets(_ choices: Choices) -> [String] {
        let copied = choices.copiesSecrets ? secrets.filter { $0.value == .shown }.map(\.name) : []
        return choices.secrets.union(copied).sorted()
    }
}
