import HTTPCurl
import Home
import Journal
import LettaModel
import LettaServer
import LosslessJSON
import ScriptedLetta
import WorkerFixtures
import WorkerTree

@testable import Workers

/// Agents with their users on an old server and moved to a new one, and a
/// tree of their workers in any layout, looked at by the survey itself.
final class Site {
    let folder = "/tmp/ferry-layout-tests-\(UInt64.random(in: 0...UInt64.max))"
    let source: ScriptedServer
    let target: ScriptedServer
    private(set) var agents: [SyntheticAgent] = []
    private(set) var moved: [String: String] = [:]
    let tree: SyntheticTree

    /// - Parameter shape: what a test wants of an agent before its users get
    ///   their ids.
    init(
        _ layout: SyntheticTree.Layout, agents names: [String] = ["ada", "bob"],
        journal: SyntheticDatabase.Journal = .walOfKilledWriter,
        shape: (inout SyntheticAgent) -> Void = { _ in }
    ) throws {
        var (old, new) = (World(seed: "old"), World(seed: "new"))
        for (number, name) in names.enumerated() {
            var agent = SyntheticAgent(name: name, number: number + 1)
            shape(&agent)
            agent.id = old.addAgent(name: name, rows: 2)
            moved[agent.id] = new.addAgent(name: name, rows: 2)
            for place in agent.users.indices {
                let user = agent.users[place]
                agent.users[place].identityID = old.addIdentity(
                    key: "broca_user_\(number)\(place)", name: user.name)
                guard user.blockID != nil else { continue }
                agent.users[place].blockID = old.attachBlock(
                    World.block("human", "\(name)'s \(user.name) likes \(place) 🛰️"), to: agent.id)
            }
            old.agents[agent.id]?.blockIDs = []
            agents.append(agent)
        }
        source = try ScriptedServer(old, token: "old-token")
        target = try ScriptedServer(new, token: "new-token")
        for place in agents.indices { agents[place].serverURL = source.url }
        try PrivateTree.makeFolder(folder + "/new")
        try PrivateTree.makeFolder(folder + "/home")
        tree = try SyntheticTree(
            layout, home: FileKind.resolved(folder + "/home") ?? folder, agents: agents, journal: journal)
    }

    /// Layout d with one agent: of its users three, one of them without a
    /// block, and an orphan.
    static func small() throws -> Site {
        try Site(.d, agents: ["ada"]) { $0.users = [1, 4, 5, 12].map { [all = $0.users] in all[$0] } }
    }

    deinit {
        source.stop()
        target.stop()
        try? PrivateTree.remove(folder)
    }

    var destination: String { folder + "/new/sanctum" }

    var order: WorkersOrder {
        var order = WorkersOrder(
            path: tree.root, destination: destination,
            host: HostView(home: tree.home, temporaryFolder: folder))
        order.token = Secret("fresh-password")
        order.tokenSource = "--token-env NEW_TOKEN"
        order.accepted = ["all"]
        return order
    }

    /// Everything of the source: bytes, modes, times.
    var fingerprint: TreeFingerprint { .of(tree.home) }

    func with<Result: Sendable>(
        interrupt: @escaping @Sendable (String) throws -> Void = { _ in },
        _ body: (WorkersEngine, WorkersServers) async throws -> Result
    ) async throws -> Result {
        try await withCurlExchange(CurlSettings(version: "test")) { exchange in
            let old = try LettaServer<SourceSide>(
                name: "old", url: source.url, token: Secret("old-token"), exchange: exchange)
            let new = try LettaServer<TargetSide>(
                name: "new", url: target.url, token: Secret("new-token"), exchange: exchange)
            return try await withJournal(at: folder + "/state/journal.db") { journal in
                try await record(journal, old)
                let engine = WorkersEngine(
                    journal: journal, version: "test", temporaryFolder: folder, progress: { _ in },
                    survey: { try WorkerSurvey.of($0, on: $1) }, interrupt: interrupt)
                return try await body(engine, WorkersServers(source: old, target: new, targetName: "new"))
            }
        }
    }

    @discardableResult
    func move(_ order: WorkersOrder? = nil) async throws -> WorkersResult {
        let asked = order ?? self.order
        return try await with { try await $0.move(asked, $1) }
    }

    func plan(_ order: WorkersOrder? = nil) async throws -> WorkersPlan {
        let asked = order ?? self.order
        return try await with { try await $0.plan(asked, $1) }
    }

    /// A run for each agent.
    private func record(_ journal: RunJournal, _ home: any Home<SourceSide>) async throws {
        guard try await journal.runs().allSatisfy({ $0.draft.job != "move" }) else { return }
        for (number, agent) in agents.enumerated() {
            guard let id = RunID("\(number + 1)move"), let new = moved[agent.id] else { continue }
            let path = "\(folder)/state/\(agent.name).ferry"
            try await ReadBefore.keep(agent.id, of: home, at: path)
            try await journal.create(
                RunDraft(
                    id: id, job: "move", source: RunAddress(name: "old", url: source.url),
                    agentID: agent.id, snapshotPath: path))
            try await journal.map([
                IDMapping(
                    kind: "agent", sourceServer: source.url, sourceID: agent.id, targetServer: target.url,
                    targetID: new, run: id)
            ])
            try await journal.setStatus(id, .verified)
        }
    }
}
