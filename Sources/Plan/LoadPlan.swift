/// What will be made on the target, in this order.
public struct LoadPlan: Sendable, Equatable {
    /// The agent's name at the end of the run.
    public var agentName: String
    public var steps: [LoadStep]

    public init(agentName: String, steps: [LoadStep]) {
        self.agentName = agentName
        self.steps = steps
    }

    /// Whether the import may replace tools of the target.
    public var overridesTools: Bool {
        steps.contains { if case .overwriteTool = $0 { true } else { false } }
    }

    /// The import's own settings.
    public var agentImport: AgentImport? {
        steps.lazy.compactMap { if case .importAgent(let agent) = $0 { agent } else { nil } }.first
    }
}

/// One thing that a load makes or changes.
public enum LoadStep: Sendable, Equatable {
    /// A tool that the target lacks.
    case createTool(name: String)
    /// A tool that the target has; `differs` where its source is another.
    case keepTool(name: String, differs: Bool)
    case overwriteTool(name: String)
    case importAgent(AgentImport)
    /// A block that other agents of the target have, instead of one of its own.
    case attachBlock(SharedCopy)
    /// An archive that other agents of the target have, with its passages.
    case attachArchive(SharedCopy)
    /// The archive that holds the passages, attached to the agent.
    case createArchive(embedding: String?)
    case insertPassages(PassageInsert)
    /// An identity that the target lacks.
    case createIdentity(name: String, key: String)
    /// One that the target has; `differs` where it says something else.
    case keepIdentity(name: String, key: String, differs: Bool)
    /// Conversations beside the default thread, each by a fork.
    case restoreConversations(count: Int)
    /// The true name and tags, in one request, after the comparison.
    case commit(name: String, tags: [String])
}

/// The upload of the agent file.
public struct AgentImport: Sendable, Equatable {
    public var rows: Int
    public var inContext: Int
    public var blocks: Int
    /// Bytes of the upload; zero where not known.
    public var bytes: Int
    /// Handles of the target; nil leaves what stands in the file.
    public var model: String?
    public var embedding: String?
    /// Names of the secrets that go with a value.
    public var secrets: [String]

    public init(
        rows: Int, inContext: Int, blocks: Int, bytes: Int, model: String?, embedding: String?,
        secrets: [String]
    ) {
        self.rows = rows
        self.inContext = inContext
        self.blocks = blocks
        self.bytes = bytes
        self.model = model
        self.embedding = embedding
        self.secrets = secrets
    }
}

/// The passages: how many, in how many requests.
public struct PassageInsert: Sendable, Equatable {
    public var passages: Int
    public var requests: Int
    /// False where the target takes them one by one only.
    public var isBatched: Bool

    public init(passages: Int, requests: Int, isBatched: Bool) {
        self.passages = passages
        self.requests = requests
        self.isBatched = isBatched
    }
}
