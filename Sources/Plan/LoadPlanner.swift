import LettaModel

/// Turns the decisions into the ordered list of what is made.
struct LoadPlanner {
    let context: PlanContext

    var plan: LoadPlan {
        LoadPlan(
            agentName: context.name,
            steps: context.customTools.map(tool) + [.importAgent(agent)]
                + context.attachedBlocks.map { .attachBlock($0) } + identities + conversations
                + passages
                + [.commit(name: context.name, tags: context.source.tags)])
    }

    private func tool(_ tool: ToolFacts) -> LoadStep {
        guard let other = context.counterpart(of: tool) else { return .createTool(name: tool.name) }
        guard other.source != tool.source else { return .keepTool(name: tool.name, differs: false) }
        return context.choices.tools == .overwrite
            ? .overwriteTool(name: tool.name) : .keepTool(name: tool.name, differs: true)
    }

    private var identities: [LoadStep] {
        context.source.identities.filter(context.brings).map { identity in
            context.counterpart(of: identity) == nil
                ? .createIdentity(name: identity.name, key: identity.key)
                : .keepIdentity(name: identity.name, key: identity.key, differs: context.isOther(identity))
        }
    }

    private var conversations: [LoadStep] {
        let count = context.source.conversations.count(where: context.brings)
        return count == 0 ? [] : [.restoreConversations(count: count)]
    }

    private var agent: AgentImport {
        let source = context.source
        return AgentImport(
            rows: source.rows.count, inContext: source.rows.inContext,
            blocks: source.blocks.count - context.attachedBlocks.count,
            bytes: bytes,
            model: context.importModel, embedding: context.importEmbedding,
            secrets: source.secrets.filter { context.brings($0) }.map(\.name).sorted())
    }

    /// Rows, blocks and tools; the rest of the file is small.
    private var bytes: Int {
        let source = context.source
        let rows = source.rows.bytes > 0 ? source.rows.bytes : source.rows.count * Timings.row
        return rows + source.blocks.reduce(0) { $0 + $1.size } + source.tools.reduce(0) { $0 + $1.json.count }
    }

    private var passages: [LoadStep] {
        let facts = context.source.passages
        guard facts.count > 0 else { return [] }
        if let shared = context.attachedArchive { return [.attachArchive(shared)] }
        guard context.target.abilities.insertsPassagesInBatches else {
            let insert = PassageInsert(passages: facts.count, requests: facts.count, isBatched: false)
            return [.insertPassages(insert)]
        }
        let insert = PassageInsert(passages: facts.count, requests: batches(facts), isBatched: true)
        return [.createArchive(embedding: context.embedding), .insertPassages(insert)]
    }

    private func batches(_ facts: PassageFacts) -> Int {
        let times = facts.createdAt.compactMap { Instant($0) }
        guard times.count == facts.count else {
            return (facts.count + PassageBatches.passagesAtMost - 1) / PassageBatches.passagesAtMost
        }
        return PassageBatches.split(times: times.sorted()).count
    }
}
