import HTTPCurl
import Home
import Journal
import LettaModel
import LettaServer
import LosslessJSON
import SQLite
import ScriptedLetta
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// Trees of every layout in use, with the survey's own look at them.
@Suite(.serialized) struct LayoutTests {
    /// Two agents with twelve users each on the old server, and a tree.
    final class Place {
        let folder = "/tmp/ferry-layout-tests-\(UInt64.random(in: 0...UInt64.max))"
        let source: ScriptedServer
        let target: ScriptedServer
        var agents: [SyntheticAgent] = []
        var moved: [String: String] = [:]
        let tree: SyntheticTree

        init(_ layout: SyntheticTree.Layout) throws {
            var (old, new) = (World(seed: "old"), World(seed: "new"))
            for (number, name) in ["ada", "bob"].enumerated() {
                var agent = SyntheticAgent(name: name, number: number + 1)
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
                layout, home: FileKind.resolved(folder + "/home") ?? folder, agents: agents)
        }

        deinit {
            source.stop()
            target.stop()
            try? PrivateTree.remove(folder)
        }

        var order: WorkersOrder {
            var order = WorkersOrder(
                path: tree.root, destination: folder + "/new/sanctum",
                host: HostView(home: tree.home, temporaryFolder: folder))
            order.token = Secret("fresh-password")
            order.accepted = ["all"]
            return order
        }

        func with<Result: Sendable>(
            _ body: (WorkersEngine, WorkersServers) async throws -> Result
        ) async throws -> Result {
            try await withCurlExchange(CurlSettings(version: "test")) { exchange in
                let old = try LettaServer<SourceSide>(
                    name: "old", url: source.url, token: Secret("old-token"), exchange: exchange)
                let new = try LettaServer<TargetSide>(
                    name: "new", url: target.url, token: Secret("new-token"), exchange: exchange)
                return try await withJournal(at: folder + "/state/journal.db") { journal in
                    try await record(journal)
                    let engine = WorkersEngine(
                        journal: journal, version: "test", temporaryFolder: folder, progress: { _ in })
                    return try await body(engine, WorkersServers(source: old, target: new, targetName: "new"))
                }
            }
        }

        private func record(_ journal: RunJournal) async throws {
            guard let id = RunID("1move"), try await journal.runs().allSatisfy({ $0.draft.job != "move" })
            else { return }
            try await journal.create(
                RunDraft(id: id, job: "move", source: RunAddress(name: "old", url: source.url)))
            try await journal.map(
                moved.map {
                    IDMapping(
                        kind: "agent", sourceServer: source.url, sourceID: $0.key, targetServer: target.url,
                        targetID: $0.value, run: id)
                })
            try await journal.setStatus(id, .verified)
        }
    }

    @Test(arguments: [SyntheticTree.Layout.a, .c, .d])
    func `two agents' workers arrive, each user with their own block`(layout: SyntheticTree.Layout)
        async throws
    {
        let place = try Place(layout)
        let before = try Manifest(of: place.tree.root)
        let plan = try await place.with { try await $0.plan(place.order, $1) }
        try #require(plan.refusals.isEmpty, "\(plan.refusals)")
        #expect(plan.orphans == 2)
        let result = try await place.with { try await $0.move(place.order, $1) }
        #expect(result.run.status == .verified)
        #expect(try Manifest(of: place.tree.root) == before)
        for agent in place.agents { try check(agent, place) }
        let files = try Manifest(of: result.destination).entries.keys
        #expect(
            !files.contains {
                $0.contains("pyvenv.cfg") || $0.hasSuffix("broca.pid") || $0.hasSuffix("core.4711")
            })
        let who = try await place.with {
            try await $0.who(result.destination, $1.target, host: HostView(temporaryFolder: place.folder))
        }
        #expect(!who.isEmpty && who.allSatisfy { $0.standing == .right }, "\(who)")
    }

    private func check(_ agent: SyntheticAgent, _ place: Place) throws {
        let relative = place.tree.database(agent).dropFirst(place.tree.root.count)
        let database = try Database(place.order.destination + relative, .immutable)
        let rows = try database.all("SELECT letta_identity_id, letta_block_id FROM letta_users ORDER BY id") {
            ($0.optionalText(0), $0.optionalText(1))
        }
        #expect(rows.count == agent.users.count)
        let (old, new) = (place.source.world, place.target.world)
        for (user, row) in zip(agent.users, rows) where user.hasProfile {
            #expect(row.0 != user.identityID)
            #expect(
                new.identities[row.0 ?? ""]?.json["identifier_key"]
                    == old.identities[user.identityID ?? ""]?.json["identifier_key"])
            guard let block = user.blockID else {
                #expect(row.1 == nil)
                continue
            }
            #expect(new.blocks[row.1 ?? ""]?.value == old.blocks[block]?.value)
        }
        // What people wrote is never rewritten.
        #expect(
            try database.number("SELECT count(*) FROM messages WHERE message LIKE ?", .text("%\(agent.id)%"))
                == SyntheticDatabase.queue.count)
        #expect(try database.number("SELECT count(*) FROM queue WHERE status = 'processing'") == 0)
    }

    @Test func `one database of several agents is refused`() async throws {
        let place = try Place(.b)
        let plan = try await place.with { try await $0.plan(place.order, $1) }
        #expect(plan.refusals.contains { $0.code == .workerShared }, "\(plan.refusals)")
    }

    @Test func `Otto's tree follows without an agent`() async throws {
        let place = try Place(.otto)
        let result = try await place.with { try await $0.move(place.order, $1) }
        #expect(result.run.status == .verified)
        let text = try Manifest(of: result.destination).entries.keys.sorted()
        #expect(text.contains { $0.hasSuffix("env.paths") })
        let paths = try PrivateTree.read(result.destination + "/.otto-local/smcp-runtime/env.paths")
        #expect(!String(decoding: paths, as: UTF8.self).contains(place.tree.home))
    }
}
