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
        for block in try await context.home.blocks(of: agent) {
            try await map(block)
            try await untag(block)
        }
        let custom = context.contents.tools.map(\.document).filter { ToolPatch.isCustom($0.json) }
        if !custom.isEmpty {
            for tool in try await context.home.tools(named: custom.map(\.name)) { try await untag(tool) }
        }
        if let archive { try await name(archive) }
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

    private func map(_ block: Block<TargetSide>) async throws {
        guard let stored = context.contents.blocks.first(where: { $0.document.name == block.label }) else {
            return
        }
        try await context.ledger.journal.map([
            IDMapping(
                kind: BlockKind.name, sourceServer: context.contents.origin.serverURL,
                sourceID: stored.document.key, targetServer: context.home.address.url, targetID: block.id.raw,
                run: context.run)
        ])
    }

    private func untag(_ block: Block<TargetSide>) async throws {
        let stored = context.contents.blocks.first { $0.document.name == block.label }
        let tags = try stored.map { try Self.tags(in: $0.document.json) } ?? []
        guard Set(try Self.tags(in: block.json)) != Set(tags) else { return }
        try await context.ledger.perform(
            .patchBlock(block.id, json: Self.patch(tags)), preImage: Self.patch(try Self.tags(in: block.json))
        )
    }

    private func untag(_ tool: Tool<TargetSide>) async throws {
        let found = try Self.tags(in: tool.json)
        guard found.contains("ferry-\(context.run)") else { return }
        let tags = found.filter { !$0.hasPrefix("ferry-\(context.run)") }
        let patch = try ToolPatch.keeping(tool.json, tags: tags)
        try await context.ledger.perform(
            .patchTool(tool.id, json: patch), preImage: try ToolPatch.keeping(tool.json, tags: found))
        try await context.ledger.journal.map([
            IDMapping(
                kind: ToolKind.name, sourceServer: context.contents.origin.serverURL, sourceID: tool.name,
                targetServer: context.home.address.url, targetID: tool.id.raw, run: context.run)
        ])
    }

    private func name(_ archive: TargetID<ArchiveKind>) async throws {
        let patch: JSONNode = [
            "name": .string("\(context.plan.agentName)'s Archive"), "description": .string(""),
        ]
        try await context.ledger.perform(.patchArchive(archive, json: patch.bytes()))
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

    private static func tags(in json: VerbatimJSON) throws -> [String] {
        try JSONDocument(json).root["tags"]?.elements.compactMap(\.string) ?? []
    }

    private static func patch(_ tags: [String]) -> VerbatimJSON {
        (["tags": .array(tags.map { .string($0) })] as JSONNode).bytes()
    }
}
