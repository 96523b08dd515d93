import Home
import LettaModel
import LosslessJSON
import Plan

/// What the plan needs to know of the target; reads only.
struct TargetInventory {
    let home: any Home<TargetSide>

    /// - Parameters name: the name that the agent will have. tools: the names
    ///   of its tools.
    func facts(name: String, tools: [String]) async throws -> TargetFacts {
        let abilities = try await home.abilities()
        return TargetFacts(
            server: ServerFacts(home.address, version: abilities.version),
            abilities: TargetAbilities(
                versionIsTried: abilities.versionIsTried, importFields: abilities.importFields,
                agentTypes: abilities.agentTypes,
                insertsPassagesInBatches: abilities.insertsPassagesInBatches,
                attachesArchives: abilities.attachesArchives, readsNative: abilities.readsNative),
            sameNamedAgents: try await home.agents(AgentQuery(name: name, includesHidden: true))
                .filter { $0.name == name },
            sameNamedTools: tools.isEmpty
                ? []
                : try await home.tools(named: tools).map { try ToolFacts($0.name, $0.toolType, $0.json) },
            models: try await home.models(), embeddings: try await home.embeddingModels())
    }
}
