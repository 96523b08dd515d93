import Glibc
import LettaModel
import SQLite
import ScriptedLetta
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// What lies beside a worker, or under another name, and is taken for its own.
@Suite(.serialized) struct NeighbourTests {
    private func change(_ path: String, _ body: (String) -> String) throws {
        try Disk.write(path, body(String(decoding: try Disk.read(path), as: UTF8.self)))
    }

    // MARK: Databases

    @Test func `a database that lies with another Broca is refused, and a folder of its own is not`()
        async throws
    {
        let place = try Site(.d, journal: .delete)
        let (ada, bob) = (place.agents[0], place.agents[1])
        var order = place.order
        order.path = place.tree.root + "/agents/bob"
        try change(place.tree.broca(bob) + "/.env") { $0 + "DB_PATH=\(place.tree.database(ada))\n" }
        let refusals = try await place.plan(order).refusals
        #expect(refusals.map(\.code) == [.workerShared], "\(refusals)")
        #expect(refusals.first?.subject == place.tree.database(ada))
        #expect(refusals.first?.reason.contains(place.tree.broca(ada)) == true)
        let own = place.tree.home + "/data/bob.db"
        try FileKind.makeParent(own)
        #expect(rename(place.tree.database(bob), own) == 0)
        try change(place.tree.broca(bob) + "/.env") { $0 + "DB_PATH=\(own)\n" }
        #expect(try await place.plan(order).refusals.isEmpty)
    }

    @Test(arguments: [true, false])
    func `a database that is a link moves as what it leads to, with what its -wal holds`(isOutside: Bool)
        async throws
    {
        let place = try Site.small()
        let link = place.tree.database(place.agents[0])
        let real = (isOutside ? place.tree.home : place.tree.root) + "/data/ada.db"
        try FileKind.makeParent(real)
        for ending in ["", "-wal"] { #expect(rename(link + ending, real + ending) == 0) }
        Disk.remove(link + "-shm")
        try Disk.link(link, to: real)
        let rows = try BrocaDatabase(reading: real).facts(foundBy: .codeFolder).tables.map(\.rows)
        let plan = try await place.plan()
        #expect(plan.refusals.isEmpty, "\(plan.refusals)")
        #expect(!plan.omissions.contains { $0.id.hasPrefix("link:") && $0.item.hasSuffix("sanctum.db") })
        #expect(!plan.notes.contains { $0.contains("leads out of the tree") && $0.contains("sanctum.db") })
        let before = place.fingerprint
        try await place.move()
        #expect(place.fingerprint == before)
        let there = "\(place.destination)/agents/ada/broca/sanctum.db"
        #expect(
            try BrocaDatabase(reading: there).facts(foundBy: .codeFolder).tables.map(\.rows) == rows)
        #expect((FileKind.at(there) == .link(to: "\(place.destination)/data/ada.db")) != isOutside)
    }

    @Test func `a program that has a linked database open is seen`() async throws {
        let place = try Site(.d, agents: ["ada"], journal: .delete)
        let link = place.tree.database(place.agents[0])
        let real = place.tree.home + "/ada.db"
        #expect(rename(link, real) == 0)
        try Disk.link(link, to: real)
        let holder = Holder(real)
        let refusals = try await place.plan().refusals
        withExtendedLifetime(holder) {}
        #expect(refusals.contains { $0.code == .workerRunning }, "\(refusals)")
    }

    @Test func `a link to no database says so`() async throws {
        let place = try Site(.d, agents: ["ada"], journal: .delete)
        let link = place.tree.database(place.agents[0])
        Disk.remove(link)
        try Disk.link(link, to: "/nowhere/ada.db")
        let refusals = try await place.plan().refusals
        #expect(
            refusals.contains {
                $0.code == .databaseMissing
                    && $0.reason.contains("a link to /nowhere/ada.db, where no file is")
            }, "\(refusals)")
    }

    @Test func `a control page that lists the new agent already is refused`() async throws {
        let place = try Site(.d)
        let path = place.tree.root + "/control/db/sanctum_ui.db"
        let new = place.moved[place.agents[0].id] ?? ""
        do {
            let database = try Database(path, .readWrite)
            try database.execute("CREATE UNIQUE INDEX one ON agents (letta_uid)")
            try database.run(
                "UPDATE agents SET letta_uid = ? WHERE letta_uid = ?", .text(new), .text(place.agents[1].id))
        }
        let refusals = try await place.plan().refusals
        #expect(refusals.map(\.subject) == [path], "\(refusals)")
        #expect(refusals.first?.reason.contains(new) == true && refusals.first?.remedy.isEmpty == false)
    }

    // MARK: Words

    @Test func `a step can be typed as it stands, and a note says whose it is`() async throws {
        let place = try Site(.d)
        chmod("\(place.tree.root)/agents/bob/start-smcp.sh", 0o644)
        let plan = try await place.plan()
        let agents = "\(place.destination)/agents"
        for words in [
            "start ada's tools first: \(agents)/ada/start-smcp.sh",
            "start bob's tools first: bash \(agents)/bob/start-smcp.sh",
        ] { #expect(plan.steps.contains(words), "\(plan.steps)") }
        #expect(
            plan.steps.contains {
                $0.hasPrefix("bob's first start") && $0.contains("cd \(agents)/bob/broca && python main.py;")
            })
        #expect(plan.notes.contains { $0.hasPrefix("bob's broca: AGENT_ID: ") }, "\(plan.notes)")
    }

    // MARK: Settings

    @Test func `an SMCP that no setting leads to a server is refused, unless it would find the new one`()
        async throws
    {
        let place = try Site.small()
        try change(place.tree.smcp(place.agents[0]) + "/env.smcp") {
            $0.split(separator: "\n").filter { !$0.hasPrefix("LETTA_SERVER_URL") }.joined(separator: "\n")
                + "\n"
        }
        let refusals = try await place.plan().refusals
        #expect(refusals.map(\.code) == [.agentUnmapped], "\(refusals)")
        #expect(refusals.first?.reason.contains("http://127.0.0.1:8284") == true)
        #expect(refusals.first?.reason.contains("LETTA_SERVER_URL") == true)
    }

    @Test func `an id that a unit's template makes of its instance is refused with what helps`()
        async throws
    {
        let place = try Site(.a, agents: ["ada"])
        let agent = place.agents[0]
        try Disk.write(
            place.tree.root + "/units/broca@.service",
            "[Service]\nWorkingDirectory=\(place.tree.root)/%i/broca\nEnvironment=AGENT_ID=%i\nExecStart=/usr/bin/python3 main.py\n"
        )
        try change("\(place.tree.root)/\(agent.id)/.env") {
            $0.split(separator: "\n").filter { !$0.contains("AGENT_ID=") }.joined(separator: "\n") + "\n"
        }
        let refusals = try await place.plan().refusals
        #expect(refusals.map(\.code) == [.envValueRefused], "\(refusals)")
        #expect(refusals.first?.subject.contains("broca@.service:3") == true)
        #expect(refusals.first?.remedy.contains("each agent's own .env") == true)
    }

    @Test func `a template's instance is the one that is enabled, whatever the folder is called`() throws {
        let place = try Site(.d, agents: ["ada"])
        let units = place.folder + "/units"
        let folder = place.tree.broca(place.agents[0])
        Disk.remove(place.tree.home + "/.pm2/dump.pm2")
        try Disk.write(
            units + "/broca@.service",
            "[Service]\nWorkingDirectory=\(folder)\nEnvironmentFile=\(place.folder)/etc/%i.env\nExecStart=/usr/bin/python3 main.py\n"
        )
        try Disk.write(place.folder + "/etc/first.env", "AGENT_ID=by-the-instance\n")
        try FileKind.makeParent(units + "/multi-user.target.wants/x")
        try Disk.link(units + "/multi-user.target.wants/broca@first.service", to: units + "/broca@.service")
        var host = place.order.host
        host.unitFolders = [units]
        func broca() throws -> Worker? {
            try WorkerSurvey.of(place.tree.root, on: host).workers.first { $0.kind == .broca }
        }
        #expect(try broca()?.agentID == "by-the-instance")
        try Disk.write(units + "/broca@first.service.d/own.conf", "[Service]\nEnvironmentFile=\n")
        #expect(try broca()?.agentID == place.agents[0].id)
    }
}

extension FileKind {
    fileprivate static func makeParent(_ path: String) throws {
        if let slash = path.lastIndex(of: "/") { try PrivateTree.makeFolder(String(path[..<slash])) }
    }
}
