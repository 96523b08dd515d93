import Glibc
import Journal
import LettaModel
import LosslessJSON
import SQLite
import ScriptedLetta
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// Trees of every layout in use, with the survey's own look at them.
@Suite(.serialized) struct LayoutTests {
    @Test(arguments: [SyntheticTree.Layout.a, .b, .c, .d])
    func `every agent's workers arrive, each user with their own block`(layout: SyntheticTree.Layout)
        async throws
    {
        // One folder of code serves one agent, or is split by hand.
        let place = try Site(layout, agents: layout == .b ? ["ada"] : ["ada", "bob"])
        let before = place.fingerprint
        let plan = try await place.with { try await $0.plan(place.order, $1) }
        try #require(plan.refusals.isEmpty, "\(plan.refusals)")
        #expect(plan.orphans == place.agents.count)
        let result = try await place.with { try await $0.move(place.order, $1) }
        #expect(result.run.status == .verified)
        #expect(place.fingerprint == before)
        for agent in place.agents { try check(agent, place) }
        // By what each program would open, not by where it is known to lie.
        let looked = try WorkerSurvey.of(
            result.destination, on: HostView(home: place.tree.home, temporaryFolder: place.folder))
        for worker in looked.workers where worker.kind == .broca {
            let database = try #require(worker.database, "\(worker.name) opens none")
            #expect(database.path.hasPrefix(result.destination + "/"), "\(database.path)")
            #expect(database.bytes > 0)
        }
        let brocas = result.expectation.programs.filter { $0.kind == "broca" }
        #expect(!brocas.isEmpty && brocas.allSatisfy { $0.commit?.hasPrefix("1b368f9") == true })
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

    private func check(_ agent: SyntheticAgent, _ place: Site) throws {
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

    @Test(arguments: [SyntheticTree.Layout.c, .d])
    func `a database that no worker opens any more is found by a check`(layout: SyntheticTree.Layout)
        async throws
    {
        let place = try Site(layout)
        let result = try await place.move()
        let gone = result.destination + place.tree.database(place.agents[1]).dropFirst(place.tree.root.count)
        for part in ["", "-wal", "-shm"] { unlink(gone + part) }
        let check = try await place.with {
            try await $0.check(
                WorkersCheckOrder(result.destination, neighbours: ScriptedNeighbours()), $1)
        }
        #expect(check.findings.contains { $0.kind == .database && !$0.isGood }, "\(check.findings)")
    }

    @Test func `one new agent for a tree of two is refused, and the pairs are asked for`() async throws {
        let place = try Site(.d)
        var order = place.order
        order.agents = ["agent-new"]
        let plan = try await place.plan(order)
        #expect(
            plan.refusals.contains { $0.code == .usage && $0.remedy.contains("=NEW") }, "\(plan.refusals)")
    }

    @Test func `one database of several agents is refused`() async throws {
        let place = try Site(.b)
        let plan = try await place.with { try await $0.plan(place.order, $1) }
        #expect(plan.refusals.contains { $0.code == .workerShared }, "\(plan.refusals)")
    }

    // MARK: Otto

    @Test func `Otto's tree follows without an agent, its paths rewritten and its secrets left`() async throws
    {
        let place = try Site(.otto)
        let before = place.fingerprint
        let plan = try await place.plan()
        let pass = try #require(plan.omissions.first { $0.item == ".ssh/tasks.pass" })
        #expect(pass.remedy.contains("--with-secrets") && !pass.reason.isEmpty)
        #expect(
            plan.omissions.contains { $0.item.hasSuffix(".venv") && $0.reason.contains("absolute paths") })
        let result = try await place.move()
        #expect(result.run.status == .verified)
        #expect(FileKind.at(place.destination + "/.ssh/tasks.pass") == nil)
        for file in [
            ".otto-local/smcp-runtime/env.paths", ".otto-local/smcp-runtime/run-otto-smcp-stdio.sh",
            ".cursor/mcp.json",
        ] {
            let text = String(decoding: try PrivateTree.read("\(place.destination)/\(file)"), as: UTF8.self)
            #expect(text.contains(place.destination) && !text.contains(place.tree.home), "\(file)")
        }
        #expect(place.fingerprint == before)
    }

    @Test func `Otto's secrets come along when they are asked for, for their owner alone`() async throws {
        let place = try Site(.otto)
        var order = place.order
        order.bringsSecrets = true
        let plan = try await place.plan(order)
        #expect(!plan.omissions.contains { $0.item == ".ssh/tasks.pass" })
        try await place.move(order)
        let path = place.destination + "/.ssh/tasks.pass"
        #expect(try PrivateTree.read(path) == Array("tasks-pass-17\n".utf8))
        var status = stat()
        lstat(path, &status)
        #expect(status.st_mode & 0o7777 == 0o600)
        // A resumed run knows that it was asked for.
        let run = try await place.with { engine, _ in try await engine.journal.runs().first }
        #expect(OrderCoding.decode(try #require(run).draft.choices).bringsSecrets)
    }
}
