import Home
import Journal
import LettaModel
import Plan
import Snapshot

/// What every step of a load has at hand.
struct LoadContext: Sendable {
    let ledger: Ledger<TargetSide>
    let snapshot: AgentSnapshot
    let contents: SnapshotContents
    let plan: PlanResult
    let choices: Choices
    let abilities: Abilities
    /// Values by name; they go into the form of the import and nowhere else.
    let secrets: [String: Secret]
    /// The run's folder: 0700, for the spooled agent file.
    let folder: String
    let progress: ProgressSink

    /// Handles of the target that go into the import's form, so that it fills
    /// in its own endpoints instead of the source's.
    var model: String? { plan.loadPlan.agentImport?.model }
    var embedding: String? { plan.loadPlan.agentImport?.embedding }

    /// Of the archive that the passages go into.
    var archiveEmbedding: String? {
        plan.loadPlan.steps.lazy.compactMap {
            if case .createArchive(let handle) = $0 { handle } else { nil }
        }.first
            ?? contents.embedding
    }

    /// Conversations that are restored.
    var conversations: [ConversationFacts] { contents.carried(by: choices, to: abilities) }

    /// By label: blocks of other agents that the agent gets.
    var attachedBlocks: [String: SharedCopy] {
        var blocks: [String: SharedCopy] = [:]
        for case .attachBlock(let copy) in plan.loadPlan.steps { blocks[copy.name] = copy }
        return blocks
    }

    /// The archive of other agents that the agent gets.
    var attachedArchive: SharedCopy? {
        plan.loadPlan.steps.lazy.compactMap {
            if case .attachArchive(let copy) = $0 { copy } else { nil }
        }.first
    }

    var home: any Home<TargetSide> { ledger.home }
    var run: RunID { ledger.run }

    func marker(_ attempt: Int) -> Marker { Marker(run: run.description, attempt: attempt) }

    /// Tags that make a thing of this run findable: the attempt's own, and
    /// one that all attempts share.
    static func tags(of marker: Marker) -> [String] { [marker.description, marker.runTag] }

    /// Everything on the target that carries this run's markers.
    func found() async throws -> [Found<TargetSide>] {
        try await home.find(run: run.description)
    }
}
