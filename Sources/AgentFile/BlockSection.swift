import LettaModel
import LosslessJSON

/// The blocks of the file, in the agent's own order, with every field.
struct BlockSection {
    private(set) var nodes: [JSONNode] = []
    private(set) var ids: [String] = []
    private(set) var labels: [String] = []
    private(set) var changes: [AnnouncedChange] = []

    /// What the importer's schema knows of a block.
    private static let keys = [
        "label", "value", "limit", "read_only", "description", "metadata", "hidden", "is_template",
        "template_name",
        "preserve_on_migration",
    ]

    init(_ parts: SourceParts, _ choices: AgentFileChoices) throws(Failure) {
        let attached = (parts.blocks.isEmpty ? Self.attached(parts) : parts.blocks)
            .filter { !choices.blocksLeftOut.contains($0["label"]?.string ?? "") }
        let loose = Self.loose(parts, besides: attached)
        for (place, block) in (attached + loose).enumerated() {
            let label = block["label"]?.string ?? ""
            if place < attached.count {
                guard !labels.contains(label) else { throw Self.twice(label) }
                labels.append(label)
                ids.append("block-\(place)")
            }
            nodes.append(Self.node(block, id: "block-\(place)", choices.markerTags))
        }
    }

    private static func node(_ block: JSONValue, id: String, _ markers: [String]) -> JSONNode {
        var node: JSONNode = ["id": .string(id)]
        for key in keys { node[key] = block[key].map { JSONNode($0) } }
        let tags = block["tags"]?.elements.compactMap(\.string) ?? []
        node["tags"] = .array((tags + markers.filter { !tags.contains($0) }).map { .string($0) })
        return node
    }

    /// The shell's blocks that the agent names, in the order in which it does.
    private static func attached(_ parts: SourceParts) -> [JSONValue] {
        let wanted = parts.shellAgent?["block_ids"]?.elements.compactMap(\.string) ?? []
        let given = parts.shell?["blocks"]?.elements ?? []
        let inShell = wanted.compactMap { id in given.first { $0["id"]?.string == id } }
        let own = parts.shellAgent?["memory_blocks"]?.elements ?? []
        return inShell + own
    }

    /// Blocks of an agent file that no agent names: a git-backed agent has
    /// them, and an import makes them.
    private static func loose(_ parts: SourceParts, besides attached: [JSONValue]) -> [JSONValue] {
        guard parts.blocks.isEmpty, let shell = parts.shell else { return [] }
        let named = (shell["agents"]?.elements ?? []).flatMap { agent in
            agent["block_ids"]?.elements.compactMap(\.string) ?? []
        }
        return (shell["blocks"]?.elements ?? []).filter { !named.contains($0["id"]?.string ?? "") }
    }

    private static func twice(_ label: String) -> Failure {
        Failure(
            .agentFileUnreadable, subject: "block \(label)",
            reason: "two blocks of the agent have this label, and a server attaches the first of them only",
            remedy: "give one of them another label at the source, then capture again")
    }
}
