public import LettaModel

/// Everything that the plan needs to know of the agent where it is now: facts
/// and counts, no content but the tools' own.
public struct SourceInventory: Sendable, Equatable {
    public var origin: Origin
    public var agent: AgentFacts
    public var rows: RowFacts
    public var blocks: [BlockFacts]
    public var tools: [ToolFacts]
    public var passages: PassageFacts
    public var secrets: [SecretFacts]
    public var tags: [String]
    /// Rules in the agent's own list, such as `exit_loop` on a tool.
    public var toolRules: Int
    /// Everything around the agent that stays where it is.
    public var surroundings: [Surrounding]
    /// Those of them that are conversations.
    public var conversations: [ConversationFacts]
    /// What the shape rules change, where it is already known.
    public var changes: [ChangeTally]
    /// What capture itself could not bring: rows that no way reaches.
    public var omissions: [Omission]
    /// What a conversion comes to; nil where none was asked for, and where
    /// the agent is of no type that is converted.
    public var conversion: ConversionFacts?

    public init(
        origin: Origin, agent: AgentFacts, rows: RowFacts, blocks: [BlockFacts] = [], tools: [ToolFacts] = [],
        passages: PassageFacts = PassageFacts(), secrets: [SecretFacts] = [], tags: [String] = [],
        toolRules: Int = 0, surroundings: [Surrounding] = [],
        conversations: [ConversationFacts] = [], changes: [ChangeTally] = [], omissions: [Omission] = []
    ) {
        self.origin = origin
        self.agent = agent
        self.rows = rows
        self.blocks = blocks
        self.tools = tools
        self.passages = passages
        self.secrets = secrets
        self.tags = tags
        self.toolRules = toolRules
        self.surroundings = surroundings
        self.conversations = conversations
        self.changes = changes
        self.omissions = omissions
    }
}

/// A server as the plan names it.
public struct ServerFacts: Sendable, Equatable {
    /// The name in the user's config, or the URL again.
    public var name: String
    /// `scheme://host:port`.
    public var url: String
    public var project: String?
    /// Letta's version; empty where it is not known.
    public var version: String

    public init(name: String, url: String, project: String? = nil, version: String = "") {
        self.name = name
        self.url = url
        self.project = project
        self.version = version
    }

    /// `home (https://home.example.org), Letta 0.16.8`.
    public var sentence: String {
        let place = name == url ? url : "\(name) (\(url))"
        let parts = [place, project.map { "project \($0)" }, version.isEmpty ? nil : "Letta \(version)"]
        return parts.compactMap(\.self).joined(separator: ", ")
    }
}

/// Where the agent is read from.
public enum Origin: Sendable, Equatable {
    case server(ServerFacts)
    /// A `.ferry` file, with the server that it was captured from.
    case snapshot(path: String, of: ServerFacts?)
    case agentFile(path: String)

    /// What stands behind `from` in the plan.
    public var sentence: String {
        switch self {
        case .server(let server): server.sentence
        case .snapshot(let path, let server): server.map { "\(path), captured from \($0.sentence)" } ?? path
        case .agentFile(let path): path
        }
    }

    /// Letta's, where the agent stands or stood; nil where it is not known.
    var version: String? {
        let server: ServerFacts? =
            switch self {
            case .server(let server): server
            case .snapshot(_, let server): server
            case .agentFile: nil
            }
        return server.flatMap { $0.version.isEmpty ? nil : $0.version }
    }
}

/// The agent's own settings, as far as they need a decision.
public struct AgentFacts: Sendable, Equatable {
    public var id: String
    public var name: String
    /// `letta_v1_agent`, `memgpt_v2_agent` and so on.
    public var type: String
    /// A model handle such as `openai/gpt-4o-mini`; nil where there is none.
    public var model: String?
    public var embedding: String?
    /// Where the source reaches the models; nil where it is not known.
    public var modelEndpoint: String?
    public var embeddingEndpoint: String?
    /// Units: tokens.
    public var contextWindow: Int?
    /// Tokens that the restored context takes, where the server counts them.
    public var contextTokens: Int?
    /// Words of the old loop in the system prompt: `send_message`, `heartbeat`.
    public var loopWords: [String] = []
    /// Settings that the source's release does not have, or leaves to the
    /// server's own choice.
    public var unknownSettings: [String] = []

    public init(
        id: String, name: String, type: String, model: String? = nil, embedding: String? = nil,
        contextWindow: Int? = nil, contextTokens: Int? = nil, modelEndpoint: String? = nil,
        embeddingEndpoint: String? = nil
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.model = model
        self.embedding = embedding
        self.contextWindow = contextWindow
        self.contextTokens = contextTokens
        self.modelEndpoint = modelEndpoint
        self.embeddingEndpoint = embeddingEndpoint
    }

    /// Types before letta_v1_agent, which speak through send_message.
    public var isMemGPT: Bool {
        type != "letta_v1_agent" && type != "react_agent" && type != "workflow_agent"
    }
}

/// An agent of the old loop on its way to `letta_v1_agent`.
public struct ConversionFacts: Sendable, Equatable {
    /// The type that it becomes.
    public var type: String
    /// Calls of `send_message` that stay calls.
    public var keptCalls: Int
    /// Nil where no row holds a reply.
    public var example: TurnExample?

    public init(type: String = LegacyAgent.successor, keptCalls: Int = 0, example: TurnExample? = nil) {
        self.type = type
        self.keptCalls = keptCalls
        self.example = example
    }
}

/// The history: how much, and how it is read.
public struct RowFacts: Sendable, Equatable {
    public enum Reader: String, Sendable, CaseIterable {
        /// Rows in export form through a temporary reader agent.
        case native
        /// Rows rebuilt from the listing.
        case folded
    }

    public var count: Int
    /// False where `count` is the server's hint and nothing has been paged.
    public var isExact: Bool
    public var inContext: Int
    /// Bytes of the rows in export form; zero where not known.
    public var bytes: Int
    public var reader: Reader
    /// Why it is not native, lower case: `--read-only`, `the server refuses …`.
    public var readerReason: String?

    public init(
        count: Int, isExact: Bool, inContext: Int, bytes: Int = 0, reader: Reader = .native,
        readerReason: String? = nil
    ) {
        self.count = count
        self.isExact = isExact
        self.inContext = inContext
        self.bytes = bytes
        self.reader = reader
        self.readerReason = readerReason
    }
}

public struct BlockFacts: Sendable, Equatable {
    /// At the source; empty where it has none.
    public var id = ""
    /// The block with its tags, as the server sent it.
    public var json: VerbatimJSON = []
    public var label: String
    /// Characters of the value.
    public var size: Int
    public var limit: Int?
    public var isReadOnly: Bool
    public var tags: [String]

    public init(label: String, size: Int, limit: Int? = nil, isReadOnly: Bool = false, tags: [String] = []) {
        self.label = label
        self.size = size
        self.limit = limit
        self.isReadOnly = isReadOnly
        self.tags = tags
    }
}

public struct ToolFacts: Sendable, Equatable {
    public var name: String
    /// `custom`, `letta_core`, `external_mcp` and so on.
    public var type: String
    /// The source code, for the comparison with the target's; nil where the
    /// tool has none.
    public var source: String?
    /// The tool as the server sent it.
    public var json: VerbatimJSON

    public init(name: String, type: String, source: String? = nil, json: VerbatimJSON = []) {
        self.name = name
        self.type = type
        self.source = source
        self.json = json
    }

    /// The user's own, with source that can be carried.
    public var isCustom: Bool { type == "custom" }
    /// Comes with every Letta server.
    public var isBuiltIn: Bool { type.hasPrefix("letta_") }
}

public struct PassageFacts: Sendable, Equatable {
    public var count: Int
    public var isExact: Bool
    /// Bytes of the texts; zero where not known.
    public var bytes: Int
    /// The times as the server wrote them, ascending, where they are known:
    /// passages of one instant must go in separate batches.
    public var createdAt: [String]

    public init(count: Int = 0, isExact: Bool = true, bytes: Int = 0, createdAt: [String] = []) {
        self.count = count
        self.isExact = isExact
        self.bytes = bytes
        self.createdAt = createdAt
    }

    /// Roughly four bytes to a token.
    public var roughTokens: Int { (bytes + 3) / 4 }
}

/// One secret by name; a value never comes near a plan.
public struct SecretFacts: Sendable, Equatable {
    public enum Value: String, Sendable {
        /// The source shows it, so `--copy-secrets` can bring it.
        case shown
        /// It shows none: hidden, blanked by an export, or stored empty.
        case hidden
    }

    public var name: String
    public var value: Value

    public init(name: String, value: Value) {
        self.name = name
        self.value = value
    }
}

/// What one shape rule does to the agent: how often, and one case of it.
public struct ChangeTally: Sendable, Equatable {
    public var rule: String
    /// One sentence, lower case: what the rule changes and why.
    public var summary: String
    public var count: Int
    public var example: AnnouncedChange?

    public init(rule: String, summary: String, count: Int, example: AnnouncedChange? = nil) {
        self.rule = rule
        self.summary = summary
        self.count = count
        self.example = example
    }
}
