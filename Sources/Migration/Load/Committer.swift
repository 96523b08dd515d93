import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// The last writes of a load, after the comparison: true tags of blocks and
/// tools, the archive's name, and then the agent's name and tags in one
/// request. Each may be repeated.
struct Committer {
    let context: LoadContext
    let agent: TargetID<AgentKind>
    let archive: TargetID<ArchiveKind>?

    func run() async throws {
        try await checkName()
        let own = OwnTags(context: context)
        let foreign = try await SharedMapping.attached(by: "attach-block", context.ledger)
        for block in try await context.home.blocks(of: agent) where !foreign.contains(block.id.raw) {
            try await own.map(block)
            try await own.untag(block)
        }
        let custom = context.contents.tools.map(\.document).filter { ToolPatch.isCustom($0.json) }
        if !custom.isEmpty {
            for tool in try await context.home.tools(named: custom.map(\.name)) { try await own.untag(tool) }
        }
        if let archive { try await own.name(archive, of: context.plan.agentName) }
        try await removeOtherArchives()
        try await name()
    }

    /// Of attempts whose answer was lost and that came to life later.
    private func removeOtherArchives() async throws {
        for found in try await context.found() where found.kind == .archive && found.id != archive?.raw {
            try await context.ledger.perform(.deleteArchive(TargetID(found.id)))
        }
    }

    /// Somebody may have taken the name since the plan was made.
    private func checkName() async throws {
        guard let other = try await namesakes().first else { return }
        throw taken(by: other.id.raw)
    }

    private func namesakes() async throws -> [AgentSummary<TargetSide>] {
        let name = context.plan.agentName
        return try await context.home.agents(AgentQuery(name: name, includesHidden: true))
            .filter { $0.name == name && $0.id != agent }
    }

    private func taken(by other: String) -> Failure {
        Failure(
            .agentNameTaken, subject: context.plan.agentName,
            reason: "since the plan was made another agent of this name appeared on the target: \(other)",
            remedy: "rename or remove that one, then: ferry resume \(context.run)", end: .target)
    }

    private func name() async throws {
        let state = try await context.home.agent(agent)
        guard state.name != context.plan.agentName || Set(state.tags) != Set(context.contents.tags) else {
            return
        }
        var patch: JSONNode = ["name": .string(context.plan.agentName)]
        patch["tags"] = .array(context.contents.tags.map { .string($0) })
        try await context.ledger.perform(.patchAgent(agent, json: patch.bytes()))
    }
}
