/// A JSON text exactly as a server sent it, white space between tokens
/// dropped; every string and number lexeme is kept.
public typealias VerbatimJSON = [UInt8]

/// One agent of a listing. Source: 0.16.8 `GET /v1/agents/`.
public struct AgentSummary<Side: HomeSide>: Sendable, Equatable {
    public let id: ServerID<AgentKind, Side>
    public let name: String
    public let agentType: String
    public let description: String?
    public let tags: [String]
    public let createdAt: String?

    public init(
        id: ServerID<AgentKind, Side>, name: String, agentType: String, description: String?, tags: [String],
        createdAt: String?
    ) {
        self.id = id
        self.name = name
        self.agentType = agentType
        self.description = description
        self.tags = tags
        self.createdAt = createdAt
    }
}

/// The state of one agent. Source: 0.16.8 `GET /v1/agents/{id}`.
public struct AgentState<Side: HomeSide>: Sendable, Equatable {
    public let id: ServerID<AgentKind, Side>
    public let name: String
    public let agentType: String
    /// The rows in context, in the order that the model sees them.
    public let messageIDs: [ServerID<RowKind, Side>]
    public let tags: [String]
    /// The identities that are attached to it.
    public let identityIDs: [ServerID<IdentityKind, Side>]
    /// The whole answer. Holds secret values where the server shows them:
    /// never stored before `SecretCutter` has been at it.
    public let json: VerbatimJSON

    public init(
        id: ServerID<AgentKind, Side>, name: String, agentType: String, messageIDs: [ServerID<RowKind, Side>],
        tags: [String], identityIDs: [ServerID<IdentityKind, Side>] = [], json: VerbatimJSON
    ) {
        self.id = id
        self.name = name
        self.agentType = agentType
        self.messageIDs = messageIDs
        self.tags = tags
        self.identityIDs = identityIDs
        self.json = json
    }
}

/// One core-memory block. Source: 0.16.8 `GET /v1/blocks/{id}` (which, other
/// than the agent's own list, shows the tags).
public struct Block<Side: HomeSide>: Sendable, Equatable {
    public let id: ServerID<BlockKind, Side>
    public let label: String
    public let json: VerbatimJSON

    public init(id: ServerID<BlockKind, Side>, label: String, json: VerbatimJSON) {
        self.id = id
        self.label = label
        self.json = json
    }
}

/// One tool. Source: 0.16.8 `GET /v1/agents/{id}/tools`, `GET /v1/tools/`.
public struct Tool<Side: HomeSide>: Sendable, Equatable {
    public let id: ServerID<ToolKind, Side>
    public let name: String
    /// `custom`, `letta_core`, `external_mcp` and so on.
    public let toolType: String
    public let json: VerbatimJSON

    public init(id: ServerID<ToolKind, Side>, name: String, toolType: String, json: VerbatimJSON) {
        self.id = id
        self.name = name
        self.toolType = toolType
        self.json = json
    }
}

/// One archival passage, without its embedding.
/// Source: 0.16.8 `GET /v1/agents/{id}/archival-memory`.
public struct Passage<Side: HomeSide>: Sendable, Equatable {
    public let id: ServerID<PassageKind, Side>
    /// ISO 8601 with microseconds, as the server wrote it.
    public let createdAt: String
    /// `id`, `text`, `tags`, `metadata`, `created_at`, `archive_id`, …;
    /// never `embedding`.
    public let json: VerbatimJSON

    public init(id: ServerID<PassageKind, Side>, createdAt: String, json: VerbatimJSON) {
        self.id = id
        self.createdAt = createdAt
        self.json = json
    }
}

/// One stored message as the listing shows it: all listed messages that
/// share its id, which stand next to one another.
/// Source: 0.16.8 `GET /v1/agents/{id}/messages` with
/// `use_assistant_message=false`.
public struct ListedRow<Side: HomeSide>: Sendable, Equatable {
    public let id: ServerID<RowKind, Side>
    /// Of the first listed message; whole seconds.
    public let date: String
    /// `message_type` of the listed messages, in order.
    public let messageTypes: [String]
    /// A JSON array of the listed messages, in order.
    public let items: VerbatimJSON

    public init(id: ServerID<RowKind, Side>, date: String, messageTypes: [String], items: VerbatimJSON) {
        self.id = id
        self.date = date
        self.messageTypes = messageTypes
        self.items = items
    }
}

/// One stored message in export form, the way the server keeps it.
/// Source: 0.16.8 `GET /v1/agents/{id}/export`, `agents[0].messages[n]`.
public struct NativeRow<Side: HomeSide>: Sendable, Equatable {
    public let id: ServerID<RowKind, Side>
    public let json: VerbatimJSON

    public init(id: ServerID<RowKind, Side>, json: VerbatimJSON) {
        self.id = id
        self.json = json
    }
}

/// Somebody an agent speaks with, as a server knows them.
/// Source: 0.16.8 `GET /v1/identities/{id}`.
public struct Identity<Side: HomeSide>: Sendable, Equatable {
    public let id: ServerID<IdentityKind, Side>
    /// `identifier_key`: unique on a server, chosen by whoever made it.
    public let key: String
    public let name: String
    public let json: VerbatimJSON

    public init(id: ServerID<IdentityKind, Side>, key: String, name: String, json: VerbatimJSON) {
        self.id = id
        self.key = key
        self.name = name
        self.json = json
    }
}

/// A tool server that a Letta server calls. Source: 0.16.8
/// `GET /v1/mcp-servers/`; tokens and headers are not taken from the answer.
public struct ToolServer: Sendable, Equatable {
    public let id: String
    public let name: String
    /// `sse`, `streamable_http` or `stdio`.
    public let kind: String
    /// Of the first two kinds.
    public let url: String?
    /// Of the third: an absolute path on the Letta server's own host.
    public let command: String?
    /// Of the third, in order.
    public let arguments: [String]

    public init(
        id: String, name: String, kind: String, url: String?, command: String?, arguments: [String] = []
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.url = url
        self.command = command
        self.arguments = arguments
    }
}

/// A thing around the agent that this version of Ferry reads and names but
/// does not move: a conversation, an identity, a folder, a group …
public struct Surrounding: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case conversation, identity, folder, file, group, mcpServer = "mcp-server", sharedBlock =
            "shared-block"
        case sharedArchive = "shared-archive", run, job, sandboxVariable = "sandbox-variable", schedule
    }

    public let kind: Kind
    public let id: String
    /// What a person would call it; the id where it has no name.
    public let name: String
    public let json: VerbatimJSON

    public init(kind: Kind, id: String, name: String, json: VerbatimJSON) {
        self.kind = kind
        self.id = id
        self.name = name
        self.json = json
    }
}

/// Cheap counts that a server keeps of an agent; hints, never proof.
/// Source: 0.16.8 `GET /v1/agents/{id}/context`.
public struct AgentCounts: Sendable, Equatable {
    /// All rows of the agent, those of its conversations too.
    public var rows: Int?
    public var passages: Int?
    public var contextTokens: Int?
    public var contextWindow: Int?

    public init(rows: Int? = nil, passages: Int? = nil, contextTokens: Int? = nil, contextWindow: Int? = nil)
    {
        self.rows = rows
        self.passages = passages
        self.contextTokens = contextTokens
        self.contextWindow = contextWindow
    }
}

/// A model or embedding model that a server offers.
/// Source: 0.16.8 `GET /v1/models/`, `GET /v1/models/embedding`.
public struct ModelHandle: Sendable, Equatable {
    public let handle: String
    public let contextWindow: Int?
    public let dimensions: Int?
    /// Where that server reaches the model; nil where it does not say.
    public let endpoint: String?

    public init(handle: String, contextWindow: Int?, dimensions: Int?, endpoint: String? = nil) {
        self.handle = handle
        self.contextWindow = contextWindow
        self.dimensions = dimensions
        self.endpoint = endpoint
    }
}
