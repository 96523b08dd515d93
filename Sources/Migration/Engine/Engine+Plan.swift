import AgentFile
import Glibc
public import Home
public import LettaModel
public import Plan
import Snapshot

extension Engine {
    /// What a move would do and what it would lose. Reads only: `source` and
    /// `target` may be homes that cannot write.
    public static func plan(
        _ agent: String, from source: any Home<SourceSide>, to target: any Home<TargetSide>,
        _ order: LoadOrder, fellows: Fellows = Fellows()
    ) async throws -> PlanResult {
        let state = try await AgentFinder(source).find(agent)
        return try await plan(state, from: source, to: target, order, fellows)
    }

    static func plan(
        _ agent: AgentState<SourceSide>, from source: any Home<SourceSide>, to target: any Home<TargetSide>,
        _ order: LoadOrder, _ fellows: Fellows
    ) async throws -> PlanResult {
        let inventory = try await atSource {
            try await LiveInventory(
                home: source, isReadOnly: order.options.isReadOnly,
                convertsLegacy: order.choices.convertsLegacy
            ).inventory(of: agent)
        }
        return try await plan(inventory, to: target, order.choices, fellows)
    }

    /// What a load of a snapshot would do.
    public static func plan(
        snapshot path: String, to target: any Home<TargetSide>, _ order: LoadOrder,
        fellows: Fellows = Fellows()
    ) async throws -> PlanResult {
        try await withSoundSnapshot(at: path) { snapshot in
            try await plan(snapshot, path, to: target, order.choices, fellows)
        }
    }

    /// What a load of an agent file would do.
    ///
    /// - Parameters agentName: which agent of a file with several, or its id.
    ///   folder: for the time of the plan the file is a snapshot in here.
    public static func plan(
        agentFile path: String, agentName: String?, to target: any Home<TargetSide>, _ order: LoadOrder,
        within folder: String
    ) async throws -> PlanResult {
        let scratch = "\(folder)/plan-\(getpid())"
        try PrivateFile.makeFolder(scratch)
        defer { PrivateFile.removeFolder(scratch) }
        let snapshotPath = "\(scratch)/agent.ferry"
        let intake = AgentFileIntake(path: path, agentName: agentName)
        try await withSnapshot(at: snapshotPath, .create) { try await intake.run(into: $0) }
        return try await plan(snapshot: snapshotPath, to: target, order)
    }

    /// - Parameter own: ids of what this very run made: the agent's name is
    ///   not taken by somebody else, and an identity was not there before.
    static func plan(
        _ snapshot: AgentSnapshot, _ path: String, to target: any Home<TargetSide>, _ choices: Choices,
        _ fellows: Fellows = Fellows(), ignoring own: Set<String> = []
    ) async throws -> PlanResult {
        let contents = try await SnapshotContents(
            snapshot, path: path, convertsLegacy: choices.convertsLegacy)
        let choices = choices.mapped(model: contents.model, embedding: contents.embedding)
        let abilities = try await atTarget { try await target.abilities() }
        let inventory = try await StoredInventory(
            snapshot: snapshot, contents: contents, origin: contents.planOrigin(path),
            shaping: AgentFileChoices(
                name: AgentFileShape.plainName(choices.name ?? contents.agentName), model: choices.model,
                embedding: choices.embedding, toolKeys: abilities.toolKeys, secretNames: choices.secrets),
            conversations: contents.carried(by: choices, to: abilities)
        ).inventory()
        let passages = SharingSurvey.Passages.contents { try await PassageLedger(of: snapshot) }
        return try await plan(inventory, to: target, choices, fellows, passages, ignoring: own)
    }

    private static func plan(
        _ inventory: SourceInventory, to target: any Home<TargetSide>, _ choices: Choices,
        _ fellows: Fellows, _ passages: SharingSurvey.Passages? = nil, ignoring own: Set<String> = []
    ) async throws -> PlanResult {
        let choices = choices.mapped(model: inventory.agent.model, embedding: inventory.agent.embedding)
        var facts = try await atTarget {
            try await TargetInventory(home: target).facts(
                name: choices.name ?? inventory.agent.name, tools: inventory.tools.map(\.name),
                identities: inventory.identities.map(\.key))
        }
        facts.sameNamedAgents.removeAll { own.contains($0.id.raw) }
        facts.identities.removeAll { own.contains($0.id) }
        facts.following = fellows.following
        if let journal = fellows.journal, let server = inventory.origin.serverURL {
            facts.shared = try await atTarget {
                var survey = SharingSurvey(
                    journal: journal, home: target, sourceServer: server, agent: inventory.agent.id,
                    run: fellows.run)
                return try await survey.copies(
                    of: inventory, passages ?? .count(inventory.passages.count))
            }
        }
        return Planner.plan(inventory, facts, choices)
    }
}

/// Says of every failure inside which end it happened at.
func atSource<Result>(_ work: () async throws -> Result) async throws -> Result {
    do { return try await work() } catch let failure as Failure { throw failure.at(.source) }
}

func atTarget<Result>(_ work: () async throws -> Result) async throws -> Result {
    do { return try await work() } catch let failure as Failure { throw failure.at(.target) }
}
