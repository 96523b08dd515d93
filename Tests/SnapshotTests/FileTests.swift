import LettaModel
import SQLite
import Snapshot
import Testing

struct FileTests {
    private func make(_ scratch: Scratch, rows: Int = 50) async throws {
        try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            try await snapshot.list((0..<rows).map { listed($0) })
            try await snapshot.finishGeneration(at: noon, .stable)
        }
    }

    private func readCode(_ path: String, _ mode: SnapshotMode = .read) async -> ErrorCode? {
        await code { try await withSnapshot(at: path, mode) { _ = try await $0.allRows() } }
    }

    // MARK: Crashes

    /// Copies the files of a snapshot in the middle of a run.
    private func kill(_ scratch: Scratch, withWAL: Bool) async throws {
        try await withSnapshot(at: scratch.path("live"), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            let position = try await snapshot.beginListing(.main)
            _ = try await snapshot.record((0..<200).map { listed($0) }, at: position)
            try scratch.copy("live", to: "ada.ferry", withWAL: withWAL)
        }
    }

    @Test func `after a kill every page that was recorded is there`() async throws {
        let scratch = try Scratch()
        try await kill(scratch, withWAL: true)
        try await withSnapshot(at: scratch.path(), .resumeOrCreate) { (snapshot) async throws in
            #expect(try await snapshot.allRows().count == 200)
            #expect(try await snapshot.beginGeneration(origin(at: noon.adding(minutes: 5))) == 1)
        }
    }

    @Test func `after a kill the file can be looked at`() async throws {
        let scratch = try Scratch()
        try await kill(scratch, withWAL: true)
        try await withSnapshot(at: scratch.path(), .inspect) { (snapshot) async throws in
            let summary = try await snapshot.summary()
            #expect(summary.state == .writing)
            #expect(summary.threads.first?.rows == 200)
        }
    }

    @Test(arguments: [SnapshotMode.read, .inspect, .resumeOrCreate])
    func `a file that was moved away from its wal is not taken for empty`(mode: SnapshotMode) async throws {
        let scratch = try Scratch()
        try await kill(scratch, withWAL: false)
        #expect(await readCode(scratch.path(), mode) == .snapshotUnfinished)
    }

    @Test func `an unfinished snapshot is not read`() async throws {
        let scratch = try Scratch()
        try await kill(scratch, withWAL: true)
        #expect(await readCode(scratch.path()) == .snapshotUnfinished)
    }

    @Test func `a run that stopped in order leaves one whole file`() async throws {
        let scratch = try Scratch()
        struct Stop: Error {}
        try? await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            try await snapshot.list((0..<7).map { listed($0) })
            throw Stop()
        }
        #expect(!scratch.exists("ada.ferry-wal") && !scratch.exists("ada.ferry-shm"))
        try await withSnapshot(at: scratch.path(), .inspect) { (snapshot) async throws in
            #expect(try await snapshot.summary().state == .paused)
            #expect(try await snapshot.allRows().count == 7)
        }
    }

    @Test func `a killed creation leaves a name that can be used again`() async throws {
        let scratch = try Scratch()
        try scratch.write([], "ada.ferry")
        try await withSnapshot(at: scratch.path(), .resumeOrCreate) { (snapshot) async throws in
            #expect(try await snapshot.beginGeneration(origin()) == 1)
        }
    }

    // MARK: Whole files

    @Test func `reading does not change the file`() async throws {
        let scratch = try Scratch()
        try await make(scratch)
        let before = try scratch.bytes("ada.ferry")
        try await withSnapshot(at: scratch.path(), .read) { (snapshot) async throws in
            #expect(try await snapshot.summary().state == .complete)
            #expect(try await snapshot.allRows().count == 50)
            #expect(!scratch.exists("ada.ferry-wal") && !scratch.exists("ada.ferry-shm"))
        }
        #expect(try scratch.bytes("ada.ferry") == before)
    }

    @Test func `only the owner can read the file, and what lies beside it`() async throws {
        let scratch = try Scratch()
        try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            #expect(try scratch.mode("ada.ferry") == 0o600)
            #expect(try scratch.mode("ada.ferry-wal") == 0o600)
        }
    }

    @Test func `a file that exists is not written over`() async throws {
        let scratch = try Scratch()
        try await make(scratch)
        #expect(await readCode(scratch.path(), .create) == .fileExists)
    }

    @Test func `a second writer is refused`() async throws {
        let scratch = try Scratch()
        try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            #expect(await readCode(scratch.path(), .resumeOrCreate) == .snapshotUnfinished)
        }
    }

    @Test func `a snapshot takes in no other agent`() async throws {
        let scratch = try Scratch()
        try await make(scratch)
        let code = await code {
            try await withSnapshot(at: scratch.path(), .resumeOrCreate) {
                _ = try await $0.beginGeneration(origin(agent: "agent-2"))
            }
        }
        #expect(code == .snapshotOfAnotherAgent)
        #expect(await readCode(scratch.path()) == nil)
    }

    @Test func `a file that is not there is said to be unreadable`() async throws {
        let scratch = try Scratch()
        #expect(await readCode(scratch.path()) == .fileUnreadable)
    }

    // MARK: Hostile and broken files

    @Test func `a file of another kind is refused`() async throws {
        let scratch = try Scratch()
        try scratch.write(Array(repeating: 0x41, count: 4_096), "ada.ferry")
        #expect(await readCode(scratch.path()) == .snapshotUnreadable)
    }

    @Test func `a database that is no snapshot is refused`() async throws {
        let scratch = try Scratch()
        try Database(scratch.path(), .create).execute("CREATE TABLE t (x)")
        #expect(await readCode(scratch.path()) == .snapshotUnreadable)
    }

    @Test func `a newer format is refused by its number`() async throws {
        let scratch = try Scratch()
        try await make(scratch)
        try Database(scratch.path(), .readWrite).execute("PRAGMA user_version = 2")
        #expect(await readCode(scratch.path()) == .snapshotNewer)
    }

    @Test(arguments: [
        "CREATE TRIGGER t AFTER INSERT ON rows BEGIN DELETE FROM rows; END",
        "CREATE VIEW v AS SELECT * FROM rows",
        "ALTER TABLE rows ADD COLUMN more TEXT",
        "DROP INDEX rows_by_source_id",
        "DROP TABLE meta",
    ])
    func `tables that differ from ours by one word are refused`(change: String) async throws {
        let scratch = try Scratch()
        try await make(scratch)
        try Database(scratch.path(), .readWrite).execute(change)
        #expect(await readCode(scratch.path()) == .snapshotUnreadable)
        #expect(await readCode(scratch.path(), .resumeOrCreate) == .snapshotUnreadable)
    }

    @Test func `a truncated file is refused`() async throws {
        let scratch = try Scratch()
        try await make(scratch, rows: 500)
        let bytes = try scratch.bytes("ada.ferry")
        try scratch.write(Array(bytes[..<(bytes.count / 2)]), "ada.ferry")
        #expect(await readCode(scratch.path()) == .snapshotUnreadable)
    }

    @Test func `a corrupt page is refused`() async throws {
        let scratch = try Scratch()
        try await make(scratch, rows: 500)
        var bytes = try scratch.bytes("ada.ferry")
        let middle = bytes.count / 2 / 4_096 * 4_096
        for offset in middle..<middle + 4_096 { bytes[offset] = 0xA5 }
        try scratch.write(bytes, "ada.ferry")
        #expect(await readCode(scratch.path()) == .snapshotUnreadable)
    }

    @Test(arguments: [
        "UPDATE members SET ordinal = 9223372036854775807 WHERE ordinal = 3",
        "UPDATE bodies SET codec = 7 WHERE id = 3",
        "DELETE FROM bodies WHERE id = 3",
        "UPDATE meta SET value = 'perhaps'",
    ])
    func `contents that no ferry wrote are refused`(change: String) async throws {
        let scratch = try Scratch()
        try await make(scratch)
        try Database(scratch.path(), .readWrite).execute("PRAGMA ignore_check_constraints = ON; \(change)")
        #expect(await readCode(scratch.path()) != nil)
    }

    // MARK: Runs

    @Test func `every run into the file is kept in the list`() async throws {
        let scratch = try Scratch()
        try await make(scratch)
        try await withSnapshot(at: scratch.path(), .resumeOrCreate) { (snapshot) async throws in
            #expect(try await snapshot.beginGeneration(origin(at: noon.adding(minutes: 60))) == 2)
            try await snapshot.finishGeneration(
                at: noon.adding(minutes: 61), .sourceChanged(note: "2 rows more after the last page"))
        }
        try await withSnapshot(at: scratch.path(), .read) { (snapshot) async throws in
            let summary = try await snapshot.summary()
            #expect(summary.generations.map(\.number) == [1, 2])
            #expect(summary.generations.map(\.origin.startedAt) == [noon, noon.adding(minutes: 60)])
            #expect(summary.generations[0].consistency == .stable)
            #expect(
                summary.generations[1].consistency == .sourceChanged(note: "2 rows more after the last page"))
            #expect(summary.formatVersion == 1)
        }
    }
}
