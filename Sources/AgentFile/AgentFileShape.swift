public import LettaModel
import LosslessJSON

/// What is known of the agent at the source.
public struct AgentFileSource: Sendable {
    /// The export without messages, or an agent file's shell; nil where the
    /// server could not export (a name that it refuses): then the file is
    /// built from `state`, `blocks` and `tools` alone.
    public var shell: VerbatimJSON?
    /// `GET /v1/agents/{id}`, secret values cut out; nil for an agent file.
    public var state: VerbatimJSON?
    /// The attached blocks with their tags, in attachment order; empty for an agent file.
    public var blocks: [VerbatimJSON]
    /// The attached tools; empty for an agent file.
    public var tools: [VerbatimJSON]
    /// Which agent of the shell.
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
    /// The agent becomes a `letta_v1_agent`; goes before `agentType`.
    public var conversion: LegacyConversion?
    /// Handles that go into the form: the source's endpoints are cut out then.
    public var model: String?
    public var embedding: String?
    /// Keys that the target's `ToolSchema` knows; nil: those of 0.16.8.
    public var toolKeys: Set<String>?
    /// Agent types that the target knows; nil: any.
    public var agentTypes: Set<String>?
    /// Names of the secrets whose values go into the form. Others are left
    /// out: an empty value would be read back as `<encrypted>`.
    public var secretNames: Set<String>
    /// Labels of blocks that the target has already, for other agents: they
    /// are attached afterwards, since an import makes every block anew.
    public var blocksLeftOut: Set<String> = []

    public init(
        name: String, markerTags: [String] = [], agentType: String? = nil, model: String? = nil,
        embedding: String? = nil, toolKeys: Set<String>? = nil, agentTypes: Set<String>? = nil,
        secretNames: Set<String> = []
    ) {
        self.name = name
        self.markerTags = markerTags
        self.agentType = agentType
        self.model = model
        self.embedding = embedding
        self.toolKeys = toolKeys
        self.agentTypes = agentTypes
        self.secretNames = secretNames
    }
}

/// All of an agent file but its rows.
public struct AgentFileShape: Sendable {
    /// What the plan says of the file and the engine needs to load it.
    public struct Facts: Sendable, Equatable {
        public let agentType: String
        /// A memgpt agent stays what it is; docs/agent-file.md shows what the
        /// change would do to its history.
        public let memgptKept: Bool
        /// In the file's order, which is the agent's.
        public let blockLabels: [String]
        public let toolNames: [String]
        /// Tools of type `external_mcp`: they need their server on the target.
        public let mcpTools: [String]
        /// Secrets named by the source, and which of them are in the file.
        public let secretNames: [String]
        public let secretsInFile: [String]
        /// The source's handles.
        public let model: String?
        public let embedding: String?
        /// Of `llm_config`: the form field `model` resets it to the target's default.
        public let contextWindow: Int?
        /// `compaction_settings.model` as it stands in the file.
        public let compactionModel: String?
    }

    public let facts: Facts
    public let changes: [AnnouncedChange]
    /// What the shell holds and the file does not: other agents, groups,
    /// folders, files, MCP servers, skills.
    public let omissions: [Omission]

    let agent: JSONNode
    let blocks: [JSONNode]
    let tools: [JSONNode]
    let metadata: JSONNode
    let createdAt: JSONNode
    private let system: String

    /// Throws `agent-file-unreadable` (two blocks of one label, no agent in
    /// it), `agent-name-invalid`, `agent-type-unknown`, `model-unknown`.
    public init(_ source: AgentFileSource, _ choices: AgentFileChoices) throws(Failure) {
        guard Self.isPlainName(choices.name) else { throw Self.nameFailure(choices.name) }
        let parts = try SourceParts(source)
        let blocks = try BlockSection(parts, choices)
        let tools = ToolSection(parts, choices)
        let agent = try AgentSection(parts, choices, blockIDs: blocks.ids, toolIDs: tools.ids)
        self.agent = agent.node
        self.blocks = blocks.nodes
        self.tools = tools.nodes
        metadata = parts.metadata
        createdAt = parts.createdAt
        system = agent.system
        changes = agent.changes + blocks.changes + tools.changes
        omissions = LeftOut.omissions(parts)
        facts = Facts(
            agentType: agent.type, memgptKept: agent.type.hasPrefix("memgpt"), blockLabels: blocks.labels,
            toolNames: tools.names, mcpTools: tools.mcpNames, secretNames: agent.secretNames,
            secretsInFile: agent.secretsInFile, model: agent.model, embedding: agent.embedding,
            contextWindow: agent.contextWindow, compactionModel: agent.compactionModel)
    }

    /// The agent's instructions as a row, for a history that has no system
    /// row; to be written after all others.
    public func systemRow(at index: Int, createdAt: String) -> ShapedRow {
        let json: JSONNode = [
            "id": .string("message-\(index)"), "type": "message", "role": "system",
            "content": [.textPart(system)], "created_at": .string(createdAt),
        ]
        return ShapedRow(
            index: index, id: "message-\(index)", role: "system", sourceOrdinals: [], sourceIDs: [],
            json: json.bytes(), isEmpty: false, isThoughtAlone: false,
            changes: [
                AnnouncedChange(
                    item: "context", rule: ContextRule.beginsWithSystem.id,
                    before: "no system row in the history",
                    after: "a system row made of the agent's instructions")
            ])
    }

    /// Whether a server's importer takes the name: letters of any script,
    /// digits, space, `-`, `_`, `'`.
    public static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name.unicodeScalars.allSatisfy(isPlain)
    }

    /// A name that the importer takes: accents that are characters of their
    /// own fall away, runs of anything else that it refuses become one space.
    public static func plainName(_ name: String) -> String {
        if isPlainName(name) { return name }
        let letters = name.unicodeScalars.filter { $0.properties.generalCategory != .nonspacingMark }
        let words = letters.split { $0 == " " || !isPlain($0) }.map {
            String(String.UnicodeScalarView($0))
        }
        let plain = words.joined(separator: " ")
        return plain.isEmpty ? "agent" : plain
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        case .decimalNumber, .letterNumber, .otherNumber: true
        default: [" ", "-", "_", "'"].contains(scalar)
        }
    }

    private static func nameFailure(_ name: String) -> Failure {
        Failure(
            .agentNameInvalid, subject: "the name \"\(name)\"",
            reason: "an agent file may hold letters, digits, space, - _ ' in a name and nothing else",
            remedy: "load with `--as \"\(plainName(name))\"`")
    }
}
