public import LettaModel

/// What the user decided on the command line. No secret value can be in it:
/// only the names of those that are given are.
public struct Choices: Sendable, Equatable {
    /// What happens to a custom tool that the target has with other source.
    public enum Tools: String, Sendable, CaseIterable {
        case fail, keep, overwrite
    }

    /// Which losses the user agrees to.
    public enum Acceptance: Sendable, Equatable {
        case all
        case ids(Set<String>)
    }

    /// The live check after the move, on a temporary copy.
    public enum Live: Sendable, Equatable {
        case off
        /// With one of Letta's own tools.
        case baseTool
        case tool(String)
    }

    public var tools: Tools
    /// A handle of the target instead of the agent's own.
    public var model: String?
    public var embedding: String?
    /// What the two are where they are not given (`--map`).
    public var handles: HandleMap
    /// Identities stay behind (`--identities leave`).
    public var leavesIdentities = false
    /// A memgpt agent becomes a `letta_v1_agent` (`--convert-legacy`).
    public var convertsLegacy = false
    /// Conversations stay behind (`--conversations leave`).
    public var leavesConversations = false
    /// The name of the agent on the target (`--as`).
    public var name: String?
    /// Names of the secrets whose values are given.
    public var secrets: Set<String>
    /// Whether values that the source shows are brought along.
    public var copiesSecrets: Bool
    public var acceptance: Acceptance
    public var reader: RowFacts.Reader
    public var live: Live

    public init(
        tools: Tools = .fail, model: String? = nil, embedding: String? = nil,
        handles: HandleMap = HandleMap(), name: String? = nil,
        secrets: Set<String> = [], copiesSecrets: Bool = false, acceptance: Acceptance = .ids([]),
        reader: RowFacts.Reader = .native, live: Live = .off
    ) {
        self.tools = tools
        self.model = model
        self.embedding = embedding
        self.handles = handles
        self.name = name
        self.secrets = secrets
        self.copiesSecrets = copiesSecrets
        self.acceptance = acceptance
        self.reader = reader
        self.live = live
    }

    /// Whether this omission needs nothing more from the user.
    public func accepts(_ omission: Omission) -> Bool {
        guard omission.class == .loss else { return true }
        switch acceptance {
        case .all: return true
        case .ids(let ids): return ids.contains(omission.id)
        }
    }
}
