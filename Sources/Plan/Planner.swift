import LettaModel

/// Inventory, target and choices in; the plan out. Pure.
public enum Planner {
    /// Never throws: what stands in the way is in `refusals`.
    public static func plan(_ source: SourceInventory, _ target: TargetFacts, _ choices: Choices)
        -> PlanResult
    {
        PlanResult(
            agentName: choices.name ?? source.agent.name, agentType: source.agent.type, origin: source.origin,
            target: target.server,
            loadPlan: LoadPlan(agentName: choices.name ?? source.agent.name, steps: []),
            fidelity: FidelityStatement(), cost: CostEstimate(stages: []), refusals: [])
    }
}
