public import LettaModel

/// What is known of the agent at the source.
public struct AgentFileSource: Sendable {
    /// The export without messages; nil where the server could not export.
    public var shell: VerbatimJSON?
    /// `GET /v1/agents/{id}`, secret values cut out; nil for an agent file.
    public var state: VerbatimJSON?
    /// The attached blocks, with their tags; empty for an agent file.
    public var blocks: [VerbatimJSON]
    /// The attached tools; empty for an agent file.
    public var tools: [VerbatimJSON]
    /// Which agent of the shell; the first by default.
    public var agentIndex: Int

    public init(
        shell: VerbatimJSON?, state: VerbatimJSON?, blocks: [VerbatimJSON] = [], tools: [VerbatimJSON] = [],
        agentIndex: Int = 0
    ) {
        self.shell = shell
        self.state = state
        self.blocks = blocks
        self.tools = tools
        self.agentIndex = agentIndex
    }
}

/// What the user and the target decide of the file.
public struct AgentFileChoices: Sendable {
    /// The name in the file: letters, digits, space, `-`, `_`, `'`.
    public var name: String
    /// Added to the agent's own tags and to those of every block.
    public var markerTags: [String]
    /// Instead of the source's; nil keeps it.
    public var agentType: String?
    /// Handles that go into the form: the source's endpoints are cut out then.
    public var model: String?
    public var embedding: String?
    /// Keys that the target's `ToolSchema` knows; nil: those of 0.16.8.
    public var toolKeys: Set<String>?
    /// Names of the secrets whose values go into the form. Others are left
    /// out: an empty value would be read back as `<encrypted>`.
    public var secretNames: Set<String>

    public init(
        name: String, markerTags: [String] = [], agentType: String? = nil, model: String? = nil,
        embedding: String? = nil, toolKeys: Set<String>? = nil, secretNames: Set<String> = []
    ) {
        self.name = name
        self.markerTags = markerTags
        self.agentType = agentType
        self.model = model
        self.embedding = embedding
        self.toolKeys = toolKeys
        self.secretNames = secretNames
    }
}

/// All of an agent file but its rows.
public struct AgentFileShape: Sendable {
    public struct Facts: Sendable, Equatable {
        public let agentType: String
        /// A memgpt agent stays what it is; an example of what the change
        /// would do to its history is in docs/agent-file.md.
        public let memgptKept: Bool
        /// In the file's order.
        public let blockLabels: [String]
        public let toolNames: [String]
        /// Tools of type `external_mcp`: they need their server on the target.
        public let mcpTools: [String]
        /// Secrets named by the source, and which of them are in the file.
        public let secretNames: [String]
        public let secretsInFile: [String]
        /// The source's `compaction_settings.model`, where it differs from the agent's.
        public let compactionModel: String?
        public let contextWindow: Int?
    }

    public let facts: Facts
    public let changes: [AnnouncedChange]
    public let omissions: [Omission]

    /// Throws `agent-file-unreadable` (two blocks of one label, no system
    /// prompt), `agent-name-invalid`, `agent-type-unknown`.
    public init(_ source: AgentFileSource, _ choices: AgentFileChoices) throws(Failure) {
        throw Failure(.internal, subject: "shape", reason: "not there yet", remedy: "wait")
    }

    /// A name that a server's importer takes: what it refuses becomes a space.
    public static func plainName(_ name: String) -> String { name }
    public static func isPlainName(_ name: String) -> Bool { true }
}
