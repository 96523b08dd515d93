import Home
import Journal
import LettaModel
import LosslessJSON
import Snapshot

/// Takes the run's marker from what it made, and writes down first that the
/// run made it: afterwards nothing tells whose it is.
struct OwnTags {
    let context: LoadContext

    func map(_ block: Block<TargetSide>) async throws {
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

    func untag(_ block: Block<TargetSide>) async throws {
        let stored = context.contents.blocks.first { $0.document.name == block.label }
        let tags = try stored.map { try Self.tags(in: $0.document.json) } ?? []
        guard Set(try Self.tags(in: block.json)) != Set(tags) else { return }
        try await context.ledger.perform(
            .patchBlock(block.id, json: Self.patch(tags)), preImage: Self.patch(try Self.tags(in: block.json))
        )
    }

    func untag(_ tool: Tool<TargetSide>) async throws {
        let found = try Self.tags(in: tool.json)
        guard found.contains("ferry-\(context.run)") else { return }
        // Known before its tag goes: afterwards nothing tells whose it is.
        try await context.ledger.journal.map([
            IDMapping(
                kind: ToolKind.name, sourceServer: context.contents.origin.serverURL, sourceID: tool.name,
                targetServer: context.home.address.url, targetID: tool.id.raw, run: context.run)
        ])
        let tags = found.filter { !$0.hasPrefix("ferry-\(context.run)") }
        let patch = try ToolPatch.keeping(tool.json, tags: tags)
        try await context.ledger.perform(
            .patchTool(tool.id, json: patch), preImage: try ToolPatch.keeping(tool.json, tags: found))
    }

    func name(_ archive: TargetID<ArchiveKind>, of agentName: String) async throws {
        let patch: JSONNode = [
            "name": .string("\(agentName)'s Archive"), "description": .string(""),
        ]
        try await context.ledger.perform(.patchArchive(archive, json: patch.bytes()))
    }

    private static func tags(in json: VerbatimJSON) throws -> [String] {
        try JSONDocument(json).root["tags"]?.elements.compactMap(\.string) ?? []
    }

    private static func patch(_ tags: [String]) -> VerbatimJSON {
        (["tags": .array(tags.map { .string($0) })] as JSONNode).bytes()
    }
}
