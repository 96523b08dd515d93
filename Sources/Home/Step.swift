public import LettaModel

/// One change of a place, as a value: what is journalled before and after.
public enum Step<Side: HomeSide>: Sendable {
    /// A hidden agent without tools, blocks, embedding or a living model,
    /// named and tagged with the marker. `template` is the JSON of a real
    /// agent's state, for versions that need its llm_config.
    case createReader(Marker, template: VerbatimJSON)
    /// Uploads an agent file as it lies on disk, streamed.
    case importFile(ImportUpload)
    /// An archive named by the marker; `embedding` is a handle.
    case createArchive(Marker, description: String, embedding: String?)
    case attachArchive(ServerID<ArchiveKind, Side>, to: ServerID<AgentKind, Side>)
    /// It stays on the server, with its passages.
    case detachArchive(ServerID<ArchiveKind, Side>, from: ServerID<AgentKind, Side>)
    /// Ascending by created_at, no two of one instant.
    case insertPassages([PassageDraft], into: ServerID<ArchiveKind, Side>)
    /// One passage by the agent's own route, where there is no batch route.
    case insertPassage(PassageDraft, to: ServerID<AgentKind, Side>)
    case createBlock(json: VerbatimJSON)
    case attachBlock(ServerID<BlockKind, Side>, to: ServerID<AgentKind, Side>)
    case detachBlock(ServerID<BlockKind, Side>, from: ServerID<AgentKind, Side>)
    /// A new identity; refused where its `identifier_key` is taken.
    case createIdentity(json: VerbatimJSON)
    case deleteIdentity(ServerID<IdentityKind, Side>)
    /// A new conversation of what is in the context of the agent's default
    /// thread, but for the first row.
    case forkConversation(of: ServerID<AgentKind, Side>)
    case patchConversation(ServerID<ConversationKind, Side>, json: VerbatimJSON)
    /// Rows that another thread has, too, stay.
    case deleteConversation(ServerID<ConversationKind, Side>)
    case attachTool(ServerID<ToolKind, Side>, to: ServerID<AgentKind, Side>)
    case detachTool(ServerID<ToolKind, Side>, from: ServerID<AgentKind, Side>)
    case patchAgent(ServerID<AgentKind, Side>, json: VerbatimJSON)
    case patchBlock(ServerID<BlockKind, Side>, json: VerbatimJSON)
    case patchArchive(ServerID<ArchiveKind, Side>, json: VerbatimJSON)
    case patchTool(ServerID<ToolKind, Side>, json: VerbatimJSON)
    case deleteAgent(ServerID<AgentKind, Side>)
    case deleteBlock(ServerID<BlockKind, Side>)
    case deleteArchive(ServerID<ArchiveKind, Side>)
    case deleteTool(ServerID<ToolKind, Side>)
    case deletePassage(ServerID<PassageKind, Side>, of: ServerID<AgentKind, Side>)
    /// One user message and the model's answer; `--live` only.
    case chat(ServerID<AgentKind, Side>, text: String)
    /// Says no to every call of a request for approval; the model is given
    /// its turn at once. Cannot be taken back, and twice is two turns.
    case denyApproval(ServerID<AgentKind, Side>, calls: [String], reason: String)

    /// The word of the step in the journal.
    public var name: String {
        switch self {
        case .createReader: "create-reader"
        case .importFile: "import-file"
        case .createArchive: "create-archive"
        case .attachArchive: "attach-archive"
        case .detachArchive: "detach-archive"
        case .insertPassages: "insert-passages"
        case .insertPassage: "insert-passage"
        case .createBlock: "create-block"
        case .attachBlock: "attach-block"
        case .detachBlock: "detach-block"
        case .createIdentity: "create-identity"
        case .deleteIdentity: "delete-identity"
        case .forkConversation: "fork-conversation"
        case .patchConversation: "patch-conversation"
        case .deleteConversation: "delete-conversation"
        case .attachTool: "attach-tool"
        case .detachTool: "detach-tool"
        case .patchAgent: "patch-agent"
        case .patchBlock: "patch-block"
        case .patchArchive: "patch-archive"
        case .patchTool: "patch-tool"
        case .deleteAgent: "delete-agent"
        case .deleteBlock: "delete-block"
        case .deleteArchive: "delete-archive"
        case .deleteTool: "delete-tool"
        case .deletePassage: "delete-passage"
        case .chat: "chat"
        case .denyApproval: "deny-approval"
        }
    }
}

/// The form of `POST /v1/agents/import`: every field is sent explicitly.
public struct ImportUpload: Sendable {
    /// Absolute path of the agent file.
    public let path: String
    public let marker: Marker
    /// Goes into the form field `name`; nil for a file without agents.
    public let name: String?
    public let overridesTools: Bool
    public let model: String?
    public let embedding: String?
    /// Only keys that stand in the file with an empty value are filled.
    public let secrets: [String: Secret]

    public init(
        path: String, marker: Marker, name: String?, overridesTools: Bool, model: String?, embedding: String?,
        secrets: [String: Secret]
    ) {
        self.path = path
        self.marker = marker
        self.name = name
        self.overridesTools = overridesTools
        self.model = model
        self.embedding = embedding
        self.secrets = secrets
    }
}

/// A passage to be made: `{"text", "tags", "metadata", "created_at"}`.
public struct PassageDraft: Sendable, Equatable {
    public let createdAt: String
    public let json: VerbatimJSON

    public init(createdAt: String, json: VerbatimJSON) {
        self.createdAt = createdAt
        self.json = json
    }
}

/// What a step's answer says was done. A claim, never proof.
public enum Outcome<Side: HomeSide>: Sendable {
    case agents([ServerID<AgentKind, Side>])
    case archive(ServerID<ArchiveKind, Side>)
    case block(ServerID<BlockKind, Side>)
    case identity(ServerID<IdentityKind, Side>)
    case conversation(ServerID<ConversationKind, Side>)
    case done
    /// Ids of inserted passages, where the answer names them.
    case passages([ServerID<PassageKind, Side>])
    /// The messages that a chat answered with, and its stop reason.
    case answer(json: VerbatimJSON)
}

/// A thing that carries a marker.
public struct Found<Side: HomeSide>: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case agent, block, archive
    }

    public let kind: Kind
    public let id: String
    public let marker: Marker
    /// The agent's name, the block's label, the archive's name.
    public let name: String
    /// Whether an agent is a reader (as opposed to an imported one).
    public let isReader: Bool

    public init(kind: Kind, id: String, marker: Marker, name: String, isReader: Bool) {
        self.kind = kind
        self.id = id
        self.marker = marker
        self.name = name
        self.isReader = isReader
    }
}
