import Home
import LettaModel
import LosslessJSON
import Plan

/// What the plan needs to know of the target; reads only.
struct TargetInventory {
    let home: any Home<TargetSide>

    /// - Parameters name: the name that the agent will have. tools: the names
    ///   of its tools. identities: the keys of its identities.
    func facts(name: String, tools: [String], identities: [String]) async throws -> TargetFacts {
        let abilities = try await home.abilities()
        return TargetFacts(
            server: ServerFacts(home.address, version: abilities.version),
            abilities: TargetAbilities(
                versionIsTried: abilities.versionIsTried, importFields: abilities.importFields,
                agentTypes: abilities.agentTypes,
                insertsPassagesInBatches: abilities.insertsPassagesInBatches,
                attachesArchives: abilities.attachesArchives, readsNative: abilities.readsNative,
                makesIdentities: abilities.makesIdentities,
                forksConversations: abilities.forksConversations),
            sameNamedAgents: try await home.agents(AgentQuery(name: name, includesHidden: true))
                .filter { $0.name == name },
            sameNamedTools: tools.isEmpty
                ? []
                : try await home.tools(named: tools).map { try ToolFacts($0.name, $0.toolType, $0.json) },
            identities: abilities.makesIdentities ? try await found(identities) : [],
            models: try await home.models(), embeddings: try await home.embeddingModels())
    }

    private func found(_ keys: [String]) async throws -> [IdentityFacts] {
        var found: [IdentityFacts] = []
        for key in keys {
            found += try await home.identities(key: key).prefix(1).compactMap { IdentityFacts($0.json) }
        }
        return found
    }
}
