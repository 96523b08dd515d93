import Home
import Journal
import LettaModel
import LosslessJSON

/// The one way in which the engine changes a place: intent to disk, act,
/// outcome to disk.
struct Ledger<Side: HomeSide>: Sendable {
    let home: any Home<Side>
    let journal: RunJournal
    let run: RunID

    /// - Parameters preImage: what stands there now, for undo.
    ///   expecting: what a complete outcome looks like, for whoever resumes.
    ///   keepsIDs: whether ids of inserted passages are kept with the outcome.
    ///
    /// A cancelled step stays open in the journal: nobody knows its outcome.
    @discardableResult
    func perform(
        _ step: Step<Side>, marker: Marker? = nil, request: ContentDigest? = nil,
        preImage: VerbatimJSON? = nil,
        expecting: [(String, JSONNode)] = [], keepsIDs: Bool = false
    ) async throws -> Outcome<Side> {
        let id = try await journal.intend(
            run,
            StepIntent(
                kind: Self.kind(step.name), marker: marker, request: request, preImage: preImage,
                details: subject(of: step, expecting).bytes()))
        do {
            let outcome = try await home.perform(step)
            if keepsIDs { try Self.checkNamesIDs(outcome, of: step) }
            try await journal.settle(id, .done(details: details(of: outcome, keepsIDs)?.bytes()))
            return outcome
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            try await journal.settle(id, .unknown(reason: failure.reason))
            throw failure
        } catch let failure as Failure {
            try await journal.settle(id, .refused(reason: failure.reason))
            throw failure
        }
    }

    /// Where ids are what an undo goes by, an answer without them is none.
    private static func checkNamesIDs(_ outcome: Outcome<Side>, of step: Step<Side>) throws {
        let wanted = if case .insertPassages(let batch, _) = step { batch.count } else { 1 }
        if case .passages(let ids) = outcome, ids.count >= wanted { return }
        throw Failure(
            .outcomeUnknown, subject: "passages", reason: "the answer does not name what was made",
            remedy: "ferry resume RUN looks before it sends anything again", end: .target)
    }

    /// `target/import-file`.
    static func kind(_ step: String) -> String { "\(Side.name)/\(step)" }

    /// The journal's open steps of one kind on this side, oldest first.
    func openSteps(_ step: String) async throws -> [StepRecord] {
        try await journal.openSteps(run).filter { $0.intent.kind == Self.kind(step) }
    }

    /// What a later look found out about a step whose outcome was not known;
    /// one that was settled stays as it was.
    func settleIfOpen(_ step: StepID, _ outcome: StepOutcome) async throws {
        guard try await journal.openSteps(run).contains(where: { $0.id == step }) else { return }
        try await journal.settle(step, outcome)
    }

    /// After a comparison that found everything in its place, no outcome is
    /// unknown any more, whatever became of each request.
    func closeOpenSteps(because reason: String = "looked at again: the run came out right") async throws {
        let mine = try await journal.openSteps(run).filter { $0.intent.kind.hasPrefix("\(Side.name)/") }
        for step in mine { try await journal.settle(step.id, .abandoned(reason: reason)) }
    }

    /// All steps of one kind on this side, oldest first.
    func steps(_ step: String) async throws -> [StepRecord] {
        try await journal.steps(run).filter { $0.intent.kind == Self.kind(step) }
    }

    private func subject(of step: Step<Side>, _ expecting: [(String, JSONNode)]) -> JSONNode {
        var node: JSONNode = ["at": .string(home.address.url)]
        for (key, value) in expecting { node[key] = value }
        node["id"] = subjectID(step).map { .string($0) }
        if case .insertPassages(let batch, _) = step { node["passages"] = .number("\(batch.count)") }
        return node
    }

    private func subjectID(_ step: Step<Side>) -> String? {
        switch step {
        case .attachArchive(let id, _), .detachArchive(let id, _), .insertPassages(_, let id),
            .deleteArchive(let id),
            .patchArchive(let id, _):
            id.raw
        case .insertPassage(_, let id), .patchAgent(let id, _), .deleteAgent(let id), .chat(let id, _): id.raw
        case .attachBlock(let id, _), .detachBlock(let id, _), .patchBlock(let id, _), .deleteBlock(let id):
            id.raw
        case .deleteIdentity(let id): id.raw
        case .forkConversation(let id): id.raw
        case .patchConversation(let id, _), .deleteConversation(let id): id.raw
        case .denyApproval(let id, _, _): id.raw
        case .attachTool(let id, _), .detachTool(let id, _), .patchTool(let id, _), .deleteTool(let id):
            id.raw
        case .deletePassage(let id, _): id.raw
        case .createReader, .importFile, .createArchive, .createBlock, .createIdentity: nil
        }
    }

    private func details(of outcome: Outcome<Side>, _ keepsIDs: Bool) -> JSONNode? {
        switch outcome {
        case .agents(let ids): ["agents": .array(ids.map { .string($0.raw) })]
        case .archive(let id): ["archive": .string(id.raw)]
        case .block(let id): ["block": .string(id.raw)]
        case .identity(let id): ["identity": .string(id.raw)]
        case .conversation(let id): ["conversation": .string(id.raw)]
        case .passages(let ids) where keepsIDs: ["passages": .array(ids.map { .string($0.raw) })]
        case .passages, .done, .answer: nil
        }
    }
}
