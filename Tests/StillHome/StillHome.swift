public import Home
public import LettaModel

/// A home that stands still: it answers reads with the values it was given
/// and takes no step. For tests that need an `Observed`.
public struct StillHome: Home {
    public typealias Side = TargetSide

    public var address: HomeAddress
    public var state: AgentState<TargetSide>
    public var heldBlocks: [Block<TargetSide>]
    public var heldTools: [Tool<TargetSide>]
    public var rows: [ListedRow<TargetSide>]
    public var exported: ExportedAgent

    public init(
        address: HomeAddress = HomeAddress(name: "home", url: "https://home.example.org", project: nil),
        state: String = "{}", blocks: [(label: String, json: String)] = [],
        tools: [(name: String, type: String, json: String)] = [], rows: [ListedRow<TargetSide>] = [],
        exported: [String] = []
    ) {
        self.address = address
        self.state = AgentState(
            id: ServerID("agent-1"), name: "ada", agentType: "letta_v1_agent", messageIDs: [], tags: [],
            json: Array(state.utf8))
        heldBlocks = blocks.enumerated().map { index, block in
            Block(id: ServerID("block-\(index)"), label: block.label, json: Array(block.json.utf8))
        }
        heldTools = tools.enumerated().map { index, tool in
            Tool(
                id: ServerID("tool-\(index)"), name: tool.name, toolType: tool.type,
                json: Array(tool.json.utf8))
        }
        self.rows = rows
        self.exported = ExportedAgent(shell: Array("{}".utf8), rows: exported.map { Array($0.utf8) })
    }

    /// Any value, as if this home had answered with it.
    public func observing<Value: Sendable>(_ value: Value) async throws -> Observed<Value> {
        try await observeAgent(ServerID("agent-1")).map { _ in value }
    }

    public func abilities() async throws -> Abilities { throw unused }
    public func agents(_ query: AgentQuery) async throws -> [AgentSummary<TargetSide>] { [] }
    public func agent(_ id: TargetID<AgentKind>) async throws -> AgentState<TargetSide> { state }
    public func counts(of agent: TargetID<AgentKind>) async throws -> AgentCounts { AgentCounts() }
    public func blocks(of agent: TargetID<AgentKind>) async throws -> [Block<TargetSide>] { heldBlocks }
    public func block(_ id: TargetID<BlockKind>) async throws -> Block<TargetSide>? {
        heldBlocks.first { $0.id == id }
    }
    public func blocks(tagged tag: String) async throws -> [Block<TargetSide>] { [] }
    public func identity(_ id: TargetID<IdentityKind>) async throws -> Identity<TargetSide>? { nil }
    public func identities(key: String) async throws -> [Identity<TargetSide>] { [] }
    public func conversations(
        of agent: TargetID<AgentKind>
    ) async throws -> [Conversation<TargetSide>] { [] }
    public func rows(
        of conversation: TargetID<ConversationKind>
    ) async throws -> [TargetID<RowKind>] { [] }
    public func toolServers() async throws -> [ToolServer] { [] }
    public func newestRows(
        of agent: TargetID<AgentKind>, limit: Int
    ) async throws -> [ListedRow<TargetSide>] { rows }
    public func tools(of agent: TargetID<AgentKind>) async throws -> [Tool<TargetSide>] { heldTools }
    public func tools(named names: [String]) async throws -> [Tool<TargetSide>] { heldTools }
    public func surroundings(of agent: TargetID<AgentKind>) async throws -> [Surrounding] { [] }
    public func users(of thing: SharedThing<TargetSide>) async throws -> [AgentSummary<TargetSide>]? { [] }
    public func activeRuns(of agent: TargetID<AgentKind>) async throws -> [ActiveRun] { [] }
    public func archives(of agent: TargetID<AgentKind>) async throws -> [TargetID<ArchiveKind>] { [] }
    public func models() async throws -> [ModelHandle] { [] }
    public func embeddingModels() async throws -> [ModelHandle] { [] }

    public func listing(
        of agent: TargetID<AgentKind>, thread: Thread, from start: ListingStart<TargetSide>
    ) -> Batches<ListedPage<TargetSide>> {
        Batches { nil }
    }

    public func nativeRows(
        _ rows: [TargetID<RowKind>], through reader: TargetID<AgentKind>
    ) async throws -> [NativeRow<TargetSide>] { [] }

    public func export(of agent: TargetID<AgentKind>) async throws -> ExportedAgent { exported }

    public func passages(
        of agent: TargetID<AgentKind>, route: PassageRoute
    ) -> Batches<[Passage<TargetSide>]> {
        Batches { nil }
    }

    public func secrets(of agent: TargetID<AgentKind>) async throws -> [String: Secret] { [:] }
    public func perform(_ step: Step<TargetSide>) async throws -> Outcome<TargetSide> { throw unused }
    public func find(run: String) async throws -> [Found<TargetSide>] { [] }

    private var unused: Failure {
        Failure(.internal, subject: "still home", reason: "it takes no step", remedy: "use another home")
    }
}
