import FoundationEssentials
import SQLite
import Testing

/// A folder that goes when the test does.
final class Scratch: Sendable {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/ferry-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func path(_ name: String = "t.db") -> String { "\(folder)/\(name)" }

    func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path(name))
        return (attributes[.posixPermissions] as? Int ?? 0) & 0o777
    }
}

struct DatabaseTests {
    @Test(arguments: [
        Value.null, 0, -1, .integer(.max), .integer(.min), .real(1.5), "", "naïve \u{0} 🛶", .blob([]),
        .blob([0, 255, 7]),
    ])
    func `a value comes back as it was bound`(value: Value) throws {
        let scratch = try Scratch()
        let database = try Database(scratch.path(), .create)
        let back = try database.first("SELECT ?", value) { row -> Value in
            switch value {
            case .null: row.isNull(0) ? .null : "something"
            case .integer: .integer(row.integer(0))
            case .real: .real(row.real(0))
            case .text: .text(row.text(0))
            case .blob: row.isNull(0) ? .null : .blob(row.blob(0))
            }
        }
        #expect(back == value)
    }

    @Test func `a transaction that throws leaves nothing, also in one that goes on`() throws {
        struct Stop: Error {}
        let scratch = try Scratch()
        let database = try Database(scratch.path(), .create)
        try database.execute("CREATE TABLE t (x)")
        try database.transaction {
            try database.run("INSERT INTO t VALUES (1)")
            #expect(throws: Stop.self) {
                try database.transaction {
                    try database.run("INSERT INTO t VALUES (2)")
                    throw Stop()
                }
            }
        }
        #expect(throws: Stop.self) {
            try database.transaction {
                try database.run("INSERT INTO t VALUES (3)")
                throw Stop()
            }
        }
        #expect(try database.all("SELECT x FROM t") { $0.int(0) } == [1])
    }

    @Test func `a statement can be used inside its own rows`() throws {
        let scratch = try Scratch()
        let database = try Database(scratch.path(), .create)
        try database.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)")
        var seen = 0
        try database.each("SELECT x FROM t") { _ in
            seen += try database.all("SELECT x FROM t") { $0.int(0) }.count
        }
        #expect(seen == 4)
    }

    @Test func `an error names the statement and no value`() throws {
        let scratch = try Scratch()
        let database = try Database(scratch.path(), .create)
        try database.execute("CREATE TABLE t (x UNIQUE)")
        try database.run("INSERT INTO t VALUES (?)", "hunter2")
        let error = #expect(throws: SQLiteError.self) {
            try database.run("INSERT INTO t VALUES (?)", "hunter2")
        }
        #expect(error?.code == 19 && error?.extendedCode == 2067)
        #expect(error?.description.contains("INSERT INTO t VALUES (?)") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func `a full disk is recognised`() throws {
        let scratch = try Scratch()
        let database = try Database(scratch.path(), .create)
        try database.execute("CREATE TABLE t (x); PRAGMA max_page_count = 3")
        let error = #expect(throws: SQLiteError.self) {
            try database.transaction {
                for _ in 0..<9 {
                    try database.run("INSERT INTO t VALUES (?)", .blob([UInt8](repeating: 1, count: 4_000)))
                }
            }
        }
        #expect(error?.isDiskFull == true)
        #expect(try database.number("SELECT count(*) FROM t") == 0)
    }

    @Test func `another connection's lock is told from other errors`() throws {
        let scratch = try Scratch()
        let one = try Database(scratch.path(), .create)
        let other = try Database(scratch.path(), .create, busyTimeout: 0)
        try one.execute("CREATE TABLE t (x); BEGIN IMMEDIATE")
        let error = #expect(throws: SQLiteError.self) { try other.transaction {} }
        #expect(error?.isBusy == true)
    }

    @Test func `what SQLite puts beside a file has the mode of the file`() throws {
        let scratch = try Scratch()
        let database = try Database(scratch.path(), .create)
        try database.execute("CREATE TABLE t (x); BEGIN; INSERT INTO t VALUES (1)")
        #expect(try scratch.mode("t.db") == 0o600)
        #expect(try scratch.mode("t.db-journal") == 0o600)
        try database.execute("COMMIT; PRAGMA journal_mode = WAL; INSERT INTO t VALUES (1)")
        #expect(try scratch.mode("t.db-wal") == 0o600)
        #expect(try scratch.mode("t.db-shm") == 0o600)
    }

    @Test(arguments: ["with space.db", "per%cent.db", "ha#sh?.db", "ünïcode.db"])
    func `any file name can be opened`(name: String) throws {
        let scratch = try Scratch()
        try Database(scratch.path(name), .create).execute("CREATE TABLE t (x)")
        #expect(FileManager.default.fileExists(atPath: scratch.path(name)))
        #expect(try Database(scratch.path(name), .immutable).number("SELECT count(*) FROM t") == 0)
    }

    @Test func `a large value is read piece by piece`() throws {
        let scratch = try Scratch()
        let database = try Database(scratch.path(), .create)
        let bytes = (0..<200_001).map { UInt8(truncatingIfNeeded: $0) }
        try database.execute("CREATE TABLE t (x BLOB)")
        try database.run("INSERT INTO t VALUES (?)", .blob(bytes))
        var read: [UInt8] = []
        var pieces = 0
        try database.readBlob(table: "t", column: "x", row: 1) {
            read += $0
            pieces += 1
        }
        #expect(read == bytes)
        #expect(pieces == 4)
    }

    @Test func `a backup is a copy for its owner only`() throws {
        let scratch = try Scratch()
        let database = try Database(scratch.path(), .create)
        try database.execute("CREATE TABLE t (x); INSERT INTO t VALUES (7)")
        var last = (done: 0, total: 0)
        try database.backup(to: scratch.path("copy.db"), pagesPerStep: 1) { last = ($0, $1) }
        #expect(last.done == last.total && last.total > 0)
        #expect(try scratch.mode("copy.db") == 0o600)
        #expect(try Database(scratch.path("copy.db"), .readOnly).number("SELECT x FROM t") == 7)
        #expect(throws: SQLiteError.self) { try database.backup(to: scratch.path("copy.db")) }
    }
}

struct PrivateFileTests {
    @Test func `a file and its folders are made for the owner only`() throws {
        let scratch = try Scratch()
        try PrivateFile.createFolder(scratch.path("a/b"))
        try PrivateFile.createFolder(scratch.path("a/b"))
        try PrivateFile.create(scratch.path("a/b/f"))
        #expect(try scratch.mode("a") == 0o700)
        #expect(try scratch.mode("a/b") == 0o700)
        #expect(try scratch.mode("a/b/f") == 0o600)
        let error = #expect(throws: SQLiteError.self) { try PrivateFile.create(scratch.path("a/b/f")) }
        #expect(error?.isAlreadyThere == true)
    }
}
