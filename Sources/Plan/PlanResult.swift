public import LettaModel

/// The whole answer of the planner. Nothing may be written while `refusals`
/// is not empty.
public struct PlanResult: Sendable, Equatable {
    public var agentName: String
    public var agentType: String
    public var origin: Origin
    public var target: ServerFacts
    public var loadPlan: LoadPlan
    public var fidelity: FidelityStatement
    public var cost: CostEstimate
    /// Fields that the choices make different, for the comparison.
    public var mappings: [Mapping]
    public var refusals: [Failure]

    public init(
        agentName: String, agentType: String, origin: Origin, target: ServerFacts, loadPlan: LoadPlan,
        fidelity: FidelityStatement, cost: CostEstimate, mappings: [Mapping], refusals: [Failure]
    ) {
        self.agentName = agentName
        self.agentType = agentType
        self.origin = origin
        self.target = target
        self.loadPlan = loadPlan
        self.fidelity = fidelity
        self.cost = cost
        self.mappings = mappings
        self.refusals = refusals
    }

    public static func == (one: PlanResult, other: PlanResult) -> Bool {
        one.agentName == other.agentName && one.agentType == other.agentType && one.origin == other.origin
            && one.target == other.target && one.loadPlan == other.loadPlan && one.fidelity == other.fidelity
            && one.cost == other.cost && one.mappings == other.mappings
            && one.refusals.map(\.description) == other.refusals.map(\.description)
    }
}
