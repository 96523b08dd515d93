import LettaModel

/// Inventory, target and choices in; the plan out. Pure.
public enum Planner {
    /// Never throws: what stands in the way is in `refusals`.
    public static func plan(_ source: SourceInventory, _ target: TargetFacts, _ choices: Choices)
        -> PlanResult
    {
        let context = PlanContext(source: source, target: target, choices: choices)
        let load = LoadPlanner(context: context).plan
        return PlanResult(
            agentName: context.name, agentType: source.agent.type, origin: source.origin,
            target: target.server,
            loadPlan: load, fidelity: FidelityPlanner(context: context).statement,
            cost: CostPlanner(source: source, target: target, load: load).estimate,
            mappings: MappingPlanner(context: context).mappings, refusals: Refusals(context: context).all)
    }
}

/// The three inputs and what follows from them at once.
struct PlanContext {
    let source: SourceInventory
    let target: TargetFacts
    let choices: Choices

    var name: String { choices.name ?? source.agent.name }
    var model: String? { choices.model ?? source.agent.model }

    /// The handle that goes into the import's form. None where the target
    /// reaches the same model at the same endpoint: then the source's own
    /// configuration is right to the letter.
    var importModel: String? {
        choices.model == nil && isSame(source.agent.modelEndpoint, model, target.models) ? nil : model
    }

    var importEmbedding: String? {
        choices.embedding == nil && isSame(source.agent.embeddingEndpoint, embedding, target.embeddings)
            ? nil : embedding
    }

    private func isSame(_ endpoint: String?, _ handle: String?, _ offered: [ModelHandle]?) -> Bool {
        guard let endpoint, let handle else { return false }
        return offered?.contains { $0.handle == handle && $0.endpoint == endpoint } ?? false
    }

    var embedding: String? { choices.embedding ?? source.agent.embedding }

    /// The type that the agent has on the target.
    var agentType: String { source.conversion?.type ?? source.agent.type }

    var customTools: [ToolFacts] { source.tools.filter(\.isCustom) }
    var builtInTools: [ToolFacts] { source.tools.filter(\.isBuiltIn) }
    var outsideTools: [ToolFacts] { source.tools.filter { !$0.isCustom && !$0.isBuiltIn } }

    /// The target's tool of the same name, if it has one.
    func counterpart(of tool: ToolFacts) -> ToolFacts? {
        target.sameNamedTools.first { $0.name == tool.name }
    }

    /// Custom tools that the target has with other source.
    var clashes: [ToolFacts] {
        customTools.filter { tool in counterpart(of: tool).map { $0.source != tool.source } ?? false }
    }

    /// Whether a value of this secret will arrive.
    func brings(_ secret: SecretFacts) -> Bool {
        choices.secrets.contains(secret.name) || (choices.copiesSecrets && secret.value == .shown)
    }

    var targetModel: ModelHandle? { model.flatMap { handle in target.models?.first { $0.handle == handle } } }
}
