import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// Blocks and tools ride in the agent file; what the target then shows is
/// compared first, and only what differs or lacks is repaired.
struct AttachmentRepair {
    let context: LoadContext
    let agent: TargetID<AgentKind>

    /// Source: 0.16.8 `PATCH /v1/blocks/{id}`; tags are written at commit.
    static let blockFields = ["value", "limit", "description", "read_only", "metadata"]

    func run() async throws {
        try await repairBlocks()
        try await attachTools()
    }

    private func repairBlocks() async throws {
        let there = try await context.home.blocks(of: agent)
        let foreign = try await SharedMapping.attached(by: "attach-block", context.ledger)
        for stored in context.contents.blocks {
            let label = stored.document.name
            let found = there.first { $0.label == label }
            let isForeign = found.map { foreign.contains($0.id.raw) } ?? false
            if let copy = context.attachedBlocks[label] {
                try await share(copy, insteadOf: found, isForeign: isForeign)
                continue
            }
            // Before anything else, or a kill leaves it to be looked for.
            try await context.forget(SharedMapping.block, stored.document.key)
            let wanted = try JSONDocument(stored.document.json).root
            if let found, !isForeign {
                try await patch(found, to: wanted)
            } else {
                if let found { try await giveBack(found) }
                try await add(label, wanted)
            }
        }
    }

    /// The block that other agents have. One of the run's own that an earlier
    /// try put in its place goes, unless somebody has begun to use it.
    private func share(
        _ copy: SharedCopy, insteadOf found: Block<TargetSide>?, isForeign: Bool
    ) async throws {
        let shared = TargetID<BlockKind>(copy.targetID)
        if found?.id != shared {
            if let found { try await context.ledger.perform(.detachBlock(found.id, from: agent)) }
            context.progress(.note("block \(copy.name): attaching that of \(copy.names)"))
            try await context.ledger.perform(
                .attachBlock(shared, to: agent), expecting: [SharedMapping.mark])
            if let found, !isForeign { try await drop(found) }
        }
        try await context.share(SharedMapping.block, copy.sourceID, copy.targetID)
    }

    /// A block that came off. Where the server cannot tell who uses it,
    /// somebody may.
    private func drop(_ block: Block<TargetSide>) async throws {
        let isMade = try await context.ledger.journal.mappings(of: context.run).contains {
            $0.kind == BlockKind.name && $0.targetID == block.id.raw
        }
        let tags = try JSONDocument(block.json).root["tags"]?.elements.compactMap(\.string) ?? []
        guard isMade || tags.contains(Marker.runTag(context.run.description)),
            let users = try await context.home.users(of: .block(block.id)), users.isEmpty
        else {
            context.progress(
                .note("block \(block.label): \(block.id) came off the agent, and stays: others may use it"))
            return
        }
        try await context.ledger.perform(.deleteBlock(block.id))
    }

    /// It was attached when it said the same as the source's, and does not any
    /// more, or those that had it are gone.
    private func giveBack(_ block: Block<TargetSide>) async throws {
        context.progress(
            .note(
                "block \(block.label): the shared one, \(block.id), was changed, or its agents are gone; "
                    + "it comes off and stays, and the agent gets its own"))
        try await context.ledger.perform(.detachBlock(block.id, from: agent))
    }

    private func patch(_ block: Block<TargetSide>, to wanted: JSONValue) async throws {
        let found = try JSONDocument(block.json).root
        var patch: JSONNode = [:]
        var differing: [String] = []
        for field in Self.blockFields {
            guard let value = wanted[field] else { continue }
            if let old = found[field], Canonical.bytes(old) == Canonical.bytes(value) { continue }
            patch[field] = JSONNode(value)
            differing.append(field)
        }
        guard !differing.isEmpty else { return }
        context.progress(.note("block \(block.label): repairing \(differing.joined(separator: ", "))"))
        try await context.ledger.perform(.patchBlock(block.id, json: patch.bytes()), preImage: block.json)
    }

    private func add(_ label: String, _ wanted: JSONValue) async throws {
        guard let id = try await BlockMaker(context: context).make(label, wanted) else { return }
        try await context.ledger.perform(.attachBlock(id, to: agent))
    }

    private func attachTools() async throws {
        let wanted = context.contents.tools.map(\.document.name)
        let attached = Set(try await context.home.tools(of: agent).map(\.name))
        let lacking = wanted.filter { !attached.contains($0) }
        guard !lacking.isEmpty else { return }
        for tool in try await context.home.tools(named: lacking) {
            context.progress(.note("tool \(tool.name): attaching"))
            try await context.ledger.perform(.attachTool(tool.id, to: agent))
        }
    }
}

/// Makes a block as the snapshot holds it; until it is untagged it bears the
/// run's marker.
struct BlockMaker {
    let context: LoadContext

    func make(_ label: String, _ wanted: JSONValue) async throws -> TargetID<BlockKind>? {
        let marker = context.marker(try await context.ledger.journal.nextAttempt(context.run))
        var body: JSONNode = ["label": .string(label)]
        for field in AttachmentRepair.blockFields { body[field] = wanted[field].map { JSONNode($0) } }
        body["tags"] = .array(LoadContext.tags(of: marker).map { .string($0) })
        context.progress(.note("block \(label): adding"))
        let outcome = try await context.ledger.perform(.createBlock(json: body.bytes()), marker: marker)
        guard case .block(let id) = outcome else { return nil }
        return id
    }
}
