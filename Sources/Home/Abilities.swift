/// What a server can do, probed from `/v1/health/` and `/openapi.json`; a
/// table by version only where the latter is missing.
public struct Abilities: Sendable, Equatable {
    public var version: String
    /// Ferry was tried against this very version.
    public var versionIsTried: Bool
    /// `order` exists on the message listing (0.12 and later).
    public var ordersListing: Bool
    /// `conversation_id` exists on the message listing (0.16.2 and later).
    public var separatesThreads: Bool
    public var listsConversations: Bool
    /// `PATCH /agents/{id}` takes `message_ids`, so a reader agent can work.
    public var readsNative: Bool
    public var insertsPassagesInBatches: Bool
    public var searchesPassages: Bool
    public var attachesArchives: Bool
    /// Identities can be found by key, made and attached.
    public var makesIdentities: Bool
    /// The context of the default thread can become a conversation.
    public var forksConversations: Bool
    /// Form fields that `POST /v1/agents/import` knows.
    public var importFields: Set<String>
    /// Keys that a tool of an agent file may have; others are a 400.
    public var toolKeys: Set<String>?
    public var agentTypes: Set<String>?
    /// Routes as `GET /v1/agents/{agent_id}`, for abilities asked for later.
    public var routes: Set<String>

    public init(
        version: String, versionIsTried: Bool, ordersListing: Bool, separatesThreads: Bool,
        listsConversations: Bool, readsNative: Bool, insertsPassagesInBatches: Bool, searchesPassages: Bool,
        attachesArchives: Bool, makesIdentities: Bool, forksConversations: Bool, importFields: Set<String>,
        toolKeys: Set<String>?, agentTypes: Set<String>?,
        routes: Set<String>
    ) {
        self.version = version
        self.versionIsTried = versionIsTried
        self.ordersListing = ordersListing
        self.separatesThreads = separatesThreads
        self.listsConversations = listsConversations
        self.readsNative = readsNative
        self.insertsPassagesInBatches = insertsPassagesInBatches
        self.searchesPassages = searchesPassages
        self.attachesArchives = attachesArchives
        self.makesIdentities = makesIdentities
        self.forksConversations = forksConversations
        self.importFields = importFields
        self.toolKeys = toolKeys
        self.agentTypes = agentTypes
        self.routes = routes
    }
}
