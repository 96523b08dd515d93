import LettaModel
import SQLite
import ScriptedLetta
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// Databases beside the workers that hold an agent's id.
@Suite(.serialized) struct StoreTests {
    @Test func `every kind of store has one rule, and what is left has a reason and a remedy`() {
        for kind in OtherStore.Kind.allCases {
            let rules = StoreRule.table.filter { $0.kind == kind }
            #expect(rules.count == 1, "\(kind)")
            for rule in rules where rule.fate == .left {
                #expect(!rule.reason.isEmpty && !rule.remedy.isEmpty)
            }
        }
    }

    private func ids(_ path: String) throws -> [String] {
        try Database(path, .immutable).all("SELECT letta_uid FROM agents ORDER BY id") { $0.text(0) }
    }

    @Test(arguments: [
        (SyntheticTree.Layout.d, "control/db/sanctum_ui.db"), (.c, "control/registry.db"),
    ])
    func `the control page's agents get their new ids, announced one by one, and its sessions go`(
        layout: SyntheticTree.Layout, place name: String
    ) async throws {
        let place = try Site(layout)
        let path = "\(place.tree.root)/\(name)"
        do {
            let database = try Database(path, .readWrite)
            try database.execute("CREATE TABLE user_sessions (id TEXT)")
            try database.run("INSERT INTO user_sessions VALUES ('old')")
        }
        let plan = try await place.plan()
        let rewrites = plan.rewrites.filter { $0.file == name }
        #expect(rewrites.map(\.old).sorted() == place.agents.map(\.id).sorted())
        #expect(rewrites.allSatisfy { place.moved[$0.old] == $0.new && $0.key == "agents.letta_uid" })
        try await place.move()
        let copy = "\(place.destination)/\(name)"
        #expect(try ids(copy) == place.agents.map { place.moved[$0.id] ?? "" })
        #expect(try Database(copy, .immutable).number("SELECT count(*) FROM user_sessions") == 0)
        #expect(try ids(path) == place.agents.map(\.id))
    }

    @Test func `what no rule knows is named with its table and column, and stays`() async throws {
        let place = try Site(.c)
        let id = place.agents[0].id
        let plan = try await place.plan()
        let named = plan.omissions.filter { $0.id.hasPrefix("column:") }
        let name = "agents/\(id)/thalamus/db/thalamus.db"
        #expect(named.contains { $0.item.hasPrefix("\(name), entries.body") && $0.reason.contains(id) })
        // Broca's own column of free text, and never the messages.
        #expect(named.contains { $0.item.contains("letta_users.agent_preferences") })
        #expect(!named.contains { $0.item.contains("messages.") })
        try await place.move()
        let body = try Database("\(place.destination)/\(name)", .immutable).text("SELECT body FROM entries")
        #expect(body == "feeds \(id)")
        let check = try await place.with {
            try await $0.check(
                WorkersCheckOrder(place.destination, neighbours: ScriptedNeighbours()), $1)
        }
        #expect(
            check.findings.contains {
                $0.kind == .leftovers && !$0.isGood && $0.subject == name && $0.text.contains("entries.body")
            }, "\(check.findings)")
    }

    @Test func `a store's rows that no checkpoint has seen come along`() async throws {
        let place = try Site.small()
        let path = place.tree.root + "/diary/diary.db"
        // As a killed writer leaves it.
        let live = place.folder + "/live.db"
        let database = try Database(live, .create)
        try database.execute(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE entries (body TEXT)")
        try database.run("INSERT INTO entries VALUES ('in the WAL alone 🛰️')")
        for side in ["", "-wal"] { try Disk.write(path + side, try Disk.read(live + side)) }
        let before = place.fingerprint
        try await place.move()
        let copy = try Database(place.destination + "/diary/diary.db", .immutable)
        #expect(try copy.text("SELECT body FROM entries") == "in the WAL alone 🛰️")
        #expect(FileKind.at(place.destination + "/diary/diary.db-wal") == nil)
        #expect(place.fingerprint == before)
    }

    @Test func `the web chat's own database stays on its host, and that is said`() async throws {
        let place = try Site.small()
        try SyntheticDatabase.writeOther(place.tree.root + "/php/db/web_chat.db", text: "inbox")
        let left = try await place.plan().omissions.first { $0.item == "php/db/web_chat.db" }
        #expect(left?.reason.contains("web chat") == true && left?.remedy.isEmpty == false)
        try await place.move()
        #expect(FileKind.at(place.destination + "/php/db/web_chat.db") == nil)
    }

    @Test func `a store that somebody has open is refused, by whom`() async throws {
        let place = try Site.small()
        let path = place.tree.root + "/control/db/sanctum_ui.db"
        let holder = Holder(path)
        defer { withExtendedLifetime(holder) {} }
        let failure = await BadTreeTests.failure { try await place.move() }
        #expect(
            failure?.code == .workerRunning && failure?.subject == path, "\(failure.map { "\($0)" } ?? "")")
    }

    @Test func `stores of the home folder outside the tree are named`() async throws {
        let place = try Site.small()
        try Disk.write(place.tree.home + "/.letta/.env", "export LETTA_SERVER_URL=\(place.source.url)\n")
        let left = try await place.plan().omissions
        #expect(left.contains { $0.item == place.tree.home + "/.letta/.env" && !$0.remedy.isEmpty })
        #expect(left.contains { $0.item.hasSuffix("/.pm2/dump.pm2") && !$0.remedy.isEmpty })
    }
}
