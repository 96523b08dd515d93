public import LettaModel

/// What the plan needs to know of the place that the agent goes to.
public struct TargetFacts: Sendable, Equatable {
    public var server: ServerFacts
    public var abilities: TargetAbilities
    /// Agents of the name that the agent will have there.
    public var sameNamedAgents: [AgentSummary<TargetSide>]
    /// Tools of the names that the agent's tools have.
    public var sameNamedTools: [ToolFacts]
    /// Identities of the keys that the agent's identities have.
    public var identities: [IdentityFacts]
    /// Nil where the server lists none (nothing is refused then).
    public var models: [ModelHandle]?
    public var embeddings: [ModelHandle]?
    /// Blocks and archives that earlier runs made for other agents which have
    /// the same at the source.
    public var shared: [SharedCopy] = []
    /// Source ids of agents that are moved after this one by the same command.
    public var following: Set<String> = []

    public init(
        server: ServerFacts, abilities: TargetAbilities, sameNamedAgents: [AgentSummary<TargetSide>] = [],
        sameNamedTools: [ToolFacts] = [], identities: [IdentityFacts] = [], models: [ModelHandle]? = nil,
        embeddings: [ModelHandle]? = nil
    ) {
        self.server = server
        self.abilities = abilities
        self.sameNamedAgents = sameNamedAgents
        self.sameNamedTools = sameNamedTools
        self.identities = identities
        self.models = models
        self.embeddings = embeddings
    }
}

/// The abilities that a load leans on.
public struct TargetAbilities: Sendable, Equatable {
    /// Ferry was tried against this very version.
    public var versionIsTried: Bool
    /// Form fields that the import knows.
    public var importFields: Set<String>
    /// Nil where the server does not say.
    public var agentTypes: Set<String>?
    public var insertsPassagesInBatches: Bool
    public var attachesArchives: Bool
    /// The target can be read back row by row in export form.
    public var readsNative: Bool
    public var makesIdentities: Bool
    public var forksConversations: Bool

    public init(
        versionIsTried: Bool = true, importFields: Set<String> = TargetAbilities.neededImportFields,
        agentTypes: Set<String>? = nil, insertsPassagesInBatches: Bool = true, attachesArchives: Bool = true,
        readsNative: Bool = true, makesIdentities: Bool = true, forksConversations: Bool = true
    ) {
        self.versionIsTried = versionIsTried
        self.importFields = importFields
        self.agentTypes = agentTypes
        self.insertsPassagesInBatches = insertsPassagesInBatches
        self.attachesArchives = attachesArchives
        self.readsNative = readsNative
        self.makesIdentities = makesIdentities
        self.forksConversations = forksConversations
    }

    /// Without these an import could rename the agent or overwrite tools.
    public static let neededImportFields: Set<String> = [
        "file", "name", "append_copy_suffix", "override_existing_tools",
    ]
}
