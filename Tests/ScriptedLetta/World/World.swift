public import LosslessJSON

/// Everything that a scripted server holds. A value: a test builds one, hands
/// it to a server, and may look at it again at any time.
public struct World: Sendable {
    public var agents = Shelf<ScriptedAgent>()
    public var blocks = Shelf<ScriptedBlock>()
    public var tools = Shelf<ScriptedTool>()
    public var archives = Shelf<ScriptedArchive>()
    public var passages = Shelf<ScriptedPassage>()
    public var conversations = Shelf<ScriptedConversation>()
    public var identities = Shelf<ScriptedThing>()
    public var folders = Shelf<ScriptedThing>()
    public var groups = Shelf<ScriptedThing>()
    public var mcpServers = Shelf<ScriptedThing>()
    public var runs = Shelf<ScriptedThing>()
    /// `GET /v1/models/` and `GET /v1/models/embedding`.
    public var models: [JSONNode]
    public var embeddingModels: [JSONNode]
    /// How many numbers a passage's embedding has; the real server pads to 4096.
    public var embeddingLength = 4096
    /// Names the blocks of an agent in another order each time, as 0.16.8
    /// may, whose database is asked for none.
    public var shufflesBlocks = false
    var shownBlocks = 0
    /// How many requests a model would have got.
    public internal(set) var modelRequests = 0

    var dice: Dice
    private var time: Moment
    private var sequence = 0

    /// An empty server with Letta's base tools.
    /// - Parameter seed: worlds of other seeds have other ids.
    public init(seed: String = "scripted") {
        dice = Dice(seed: seed)
        time = Moment("2026-11-21T09:00:00+00:00") ?? Moment(microseconds: 0)
        models = [Stock.model]
        embeddingModels = [Stock.embeddingModel]
        for tool in Stock.baseTools { addTool(tool) }
    }

    // MARK: minting

    /// A new id such as `agent-6f1c…`.
    mutating func mint(_ kind: String) -> String { "\(kind)-\(dice.uuid())" }

    /// A new moment, always later than the last.
    mutating func tick() -> Moment {
        time = Moment(microseconds: time.microseconds + 1_000_003)
        return time
    }

    mutating func nextSequence(reserving rows: Int = 1) -> Int {
        defer { sequence += rows * History.stride }
        return sequence + History.stride
    }

    // MARK: finding

    /// The agent that has the row, and the row's place in its flow.
    func owner(of row: String) -> (agent: ScriptedAgent, place: Int)? {
        for agent in agents.all {
            if let place = agent.history.place(of: row) { return (agent, place) }
        }
        return nil
    }

    /// Agents of that name, hidden ones too.
    public func agents(named name: String) -> [ScriptedAgent] { agents.all.filter { $0.name == name } }

    /// Tools of that name; there is at most one.
    public func tool(named name: String) -> ScriptedTool? { tools.all.first { $0.name == name } }

    /// Passages of the archive, ascending by (created_at, id).
    public func passages(of archive: String?) -> [ScriptedPassage] {
        guard let archive else { return [] }
        let found = passages.all.filter { $0.archiveID == archive }
        let isSorted = zip(found, found.dropFirst()).allSatisfy { $0.created < $1.created }
        return isSorted ? found : found.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
    }

    /// Rows of the agent in export form, oldest first, `id` being the stored one.
    public func rows(of agent: String) -> [JSONNode] {
        guard let history = agents[agent]?.history else { return [] }
        return (0..<history.count).map { place in
            var row = history[place].body
            row["id"] = .string(history.id(at: place))
            return row
        }
    }
}
