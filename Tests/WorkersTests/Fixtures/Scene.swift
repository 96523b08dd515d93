import Glibc
import HTTPCurl
import Home
import Journal
import LettaModel
import LettaServer
import LosslessJSON
import ScriptedLetta
import WorkerTree

@testable import Workers

/// Two servers, a tree on the old one, the agent moved to the new one, and a
/// journal that knows it.
final class Scene {
    let folder: String
    let source: ScriptedServer
    let target: ScriptedServer
    let oldAgent: String
    let newAgent: String
    var tree: Tree

    var destination: String { folder + "/new/ada" }
    var journalPath: String { folder + "/state/journal.db" }

    init(users: Int = 5, faults: [Fault] = []) throws {
        folder = "/tmp/ferry-workers-tests-\(UInt64.random(in: 0...UInt64.max))"
        var old = World(seed: "old")
        oldAgent = old.addAgent(name: "Ada", rows: 3)
        var made: [(identity: String?, block: String?)] = []
        for number in 0..<users {
            let identity = old.addIdentity(key: "broca_user_0000000\(number)", name: "𝒰ser \(number) 🌸")
            var fields = World.block(
                "human",
                "{\"type\":\"human_core\",\"data\":{\"name\":\"𝒰ser \(number)\",\"content\":\"likes \(number) dogs\"}}"
            )
            fields["metadata"] = ["number": .int(number)]
            let block = old.attachBlock(fields, tags: ["own"], to: oldAgent)
            made.append((identity, number == 1 ? nil : block))
        }
        old.agents[oldAgent]?.blockIDs = []
        for (words, answer) in [("are you there", "I am"), ("tried words", nil)] as [(String, String?)] {
            old.append(
                World.userRow(
                    "[Username: @user0, Telegram ID: 100] \(words)", at: "2026-11-21T08:00:20.000001+00:00"),
                to: oldAgent)
            if let answer {
                var row = World.userRow(answer, at: "2026-11-21T08:00:21.000001+00:00")
                row["role"] = "assistant"
                old.append(row, to: oldAgent)
            }
        }
        var new = World(seed: "new")
        newAgent = new.addAgent(name: "Ada", rows: 3)
        source = try ScriptedServer(old, token: "old-token")
        target = try ScriptedServer(new, token: "new-token", faults: faults)
        try PrivateTree.makeFolder(folder + "/new")
        try PrivateTree.makeFolder(folder + "/old/ada")
        tree = Tree(root: folder + "/old/ada", agent: oldAgent, url: source.url, users: made)
        try tree.build()
    }

    deinit {
        source.stop()
        target.stop()
        try? PrivateTree.remove(folder)
    }

    func order() -> WorkersOrder {
        var order = WorkersOrder(path: tree.root, destination: destination)
        order.token = Secret("new-server-password")
        order.tokenSource = "--token-env NEW_TOKEN"
        order.accepted = ["link:broca/plugins/outside"]
        return order
    }

    /// - Parameter hasMoved: the journal has a finished move of the agent.
    func with<Result: Sendable>(
        hasMoved: Bool = true, interrupt: @escaping @Sendable (String) throws -> Void = { _ in },
        _ body: (WorkersEngine, WorkersServers) async throws -> Result
    ) async throws -> Result {
        try await withCurlExchange(CurlSettings(version: "test")) { exchange in
            let source = try LettaServer<SourceSide>(
                name: "old", url: source.url, token: Secret("old-token"), exchange: exchange)
            let target = try LettaServer<TargetSide>(
                name: "new", url: target.url, token: Secret("new-token"), exchange: exchange)
            return try await withJournal(at: journalPath) { journal in
                if hasMoved { try await recordMove(journal, source) }
                let engine = WorkersEngine(
                    journal: journal, version: "test", temporaryFolder: folder, progress: { _ in },
                    survey: { try Look.at($0, $1) }, interrupt: interrupt)
                return try await body(
                    engine, WorkersServers(source: source, target: target, targetName: "new"))
            }
        }
    }

    var snapshotPath: String { folder + "/state/ada.ferry" }

    private func recordMove(_ journal: RunJournal, _ home: any Home<SourceSide>) async throws {
        guard let id = RunID("1move"), try await journal.runs().allSatisfy({ $0.id != id }) else { return }
        try await ReadBefore.keep(oldAgent, of: home, at: snapshotPath)
        try await journal.create(
            RunDraft(
                id: id, job: "move", source: RunAddress(name: "old", url: source.url),
                target: RunAddress(name: "new", url: target.url), agentID: oldAgent, agentName: "Ada",
                snapshotPath: snapshotPath))
        try await journal.map([
            IDMapping(
                kind: AgentKind.name, sourceServer: source.url, sourceID: oldAgent, targetServer: target.url,
                targetID: newAgent, run: id)
        ])
        try await journal.setStatus(id, .verified)
    }
}
