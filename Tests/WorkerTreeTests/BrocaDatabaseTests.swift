import LettaModel
import SQLite
import Testing
import WorkerFixtures

@testable import WorkerTree

@Suite struct BrocaDatabaseTests {
    static func made(_ journal: SyntheticDatabase.Journal, in folder: Temporary) throws -> String {
        let path = folder.path + "/tree/sanctum.db"
        try SyntheticDatabase.write(path, .ada, journal: journal)
        return path
    }

    @Test(arguments: [SyntheticDatabase.Journal.delete, .walOfKilledWriter])
    func `every row of the queue is in a state that a move knows`(journal: SyntheticDatabase.Journal) throws {
        let folder = try Temporary()
        let database = try BrocaDatabase(reading: try Self.made(journal, in: folder))
        let facts = try database.facts(foundBy: .codeFolder)
        let tallies = Dictionary(uniqueKeysWithValues: facts.queue.map { ($0.state, $0.rows) })
        #expect(
            tallies == [
                .completed: 2, .completedUndelivered: 1, .failed: 1, .flushed: 1, .processing: 2,
                .processingAnswered: 1, .pending: 2, .pendingTried: 1,
            ])
        #expect(facts.queue.first { $0.state == .pendingTried }?.maxAttempts == 3)
        var states: [QueueState] = []
        try database.eachQueueRow(statuses: ["processing"]) { states.append($0.state) }
        #expect(states == [.processingAnswered, .processing, .processing])
        #expect(facts.damage.isEmpty)
        #expect(facts.brokenReferences == 0)
    }

    @Test func `users are streamed whole, orphans too`() throws {
        let folder = try Temporary()
        let database = try BrocaDatabase(reading: try Self.made(.walOfKilledWriter, in: folder))
        var users: [BrocaUser] = []
        try database.eachUser { users.append($0) }
        #expect(users.map(\.id) == Array(1...13))
        #expect(users.filter(\.isOrphan).map(\.id) == [13])
        #expect(users.filter { $0.blockID == nil }.map(\.id) == [5])
        #expect(
            users.map { $0.profiles.first?.displayName }.compactMap { $0 }
                == SyntheticAgent.ada.users.prefix(12).map(\.name))
    }

    @Test func `a message is read with its answer`() throws {
        let folder = try Temporary()
        let database = try BrocaDatabase(reading: try Self.made(.walOfKilledWriter, in: folder))
        let message = try #require(try database.message(6))
        #expect(message.answer == "Answered, not marked")
        #expect(message.isProcessed)
        #expect(message.text.contains("🛰️"))
        #expect(try database.message(99) == nil)
    }

    @Test func `a journal that a killed writer left is rolled back in the copy only`() throws {
        let folder = try Temporary()
        let path = try Self.made(.delete, in: folder)
        let writer = try Database(path, .readWrite)
        try writer.execute("PRAGMA cache_size = 1; BEGIN; UPDATE messages SET message = hex(zeroblob(20000))")
        // What is on the disk in the middle of a transaction.
        let crashed = folder.path + "/crashed/sanctum.db"
        for side in ["", "-journal"] { try Disk.write(crashed + side, try Disk.read(path + side)) }
        try writer.execute("ROLLBACK")
        let before = TreeFingerprint.of(folder.path + "/crashed")
        let database = try BrocaDatabase(reading: crashed)
        #expect(try database.message(1)?.text.hasPrefix("Message 0") == true)
        #expect(try database.facts(foundBy: .codeFolder).hasJournal)
        #expect(TreeFingerprint.of(folder.path + "/crashed") == before)
    }

    @Test func `what a running Broca has written is read, and it is not kept waiting`() throws {
        let folder = try Temporary()
        let path = try Self.made(.delete, in: folder)
        let writer = try Database(path, .readWrite, busyTimeout: 0)
        try writer.execute("PRAGMA journal_mode = WAL")
        try writer.execute("UPDATE queue SET status = 'failed' WHERE id = 9")
        let before = TreeFingerprint.of(folder.path + "/tree")
        let database = try BrocaDatabase(reading: path, isLive: true)
        var status = ""
        try database.eachQueueRow { if $0.id == 9 { status = $0.status } }
        #expect(status == "failed")
        #expect(TreeFingerprint.of(folder.path + "/tree") == before)
        try writer.execute("UPDATE queue SET status = 'pending' WHERE id = 9")
    }
}
