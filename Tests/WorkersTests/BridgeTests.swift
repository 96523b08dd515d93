import Journal
import LettaModel
import SQLite
import ScriptedLetta
import Testing

@testable import Workers

/// The web chat's database is saved with the run while its host goes on.
@Suite(.serialized) struct BridgeTests {
    @Test func `a bridge's database that is being written is saved with its rows outside of the file`()
        async throws
    {
        let scene = try Scene()
        let path = scene.folder + "/web_chat.db"
        let web = try Database(path, .create)
        try web.execute(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE inbox (id INTEGER PRIMARY KEY, words TEXT)"
        )
        try web.run("INSERT INTO inbox (words) VALUES ('waits 🌸')")
        #expect(FileKind.at(path + "-wal") != nil)
        let bytes = try PrivateTree.read(path)
        var order = scene.order()
        order.bridgeDatabase = path
        let asked = order
        let result = try await scene.with { try await $0.move(asked, $1) }
        let copy = try #require(result.bridgeCopy)
        #expect(copy.hasPrefix(result.run.folder))
        let saved = try Database(copy, .immutable)
        #expect(try saved.text("SELECT words FROM inbox") == "waits 🌸")
        #expect(try PrivateTree.read(path) == bytes)
        try web.run("INSERT INTO inbox (words) VALUES ('later')")
        // The same command again keeps the copy of then.
        _ = try await scene.with { try await $0.move(asked, $1) }
        #expect(try Database(copy, .immutable).all("SELECT words FROM inbox") { $0.text(0) } == ["waits 🌸"])
    }

    @Test func `a bridge's database that is not there is said before anything begins`() async throws {
        let scene = try Scene()
        var order = scene.order()
        order.bridgeDatabase = scene.folder + "/nowhere.db"
        let asked = order
        let plan = try await scene.with { try await $0.plan(asked, $1) }
        #expect(plan.refusals.contains { $0.code == .databaseMissing && $0.subject.hasSuffix("/nowhere.db") })
        await #expect {
            try await scene.with { try await $0.move(asked, $1) }
        } throws: { ($0 as? WorkersRefused)?.plan.refusals.first?.code == .databaseMissing }
        #expect(FileKind.at(scene.destination) == nil)
        #expect(scene.target.world.identities.all.isEmpty)
    }
}
