public import LettaModel
import LosslessJSON
import SQLite

/// What a look at a snapshot alone can tell: whether the file still holds
/// what was stored. It says nothing of any server.
public struct SnapshotIntegrity: Sendable, Equatable {
    /// An item that is not what it was when it was stored.
    public struct Damage: Sendable, Equatable {
        /// `message`, `passage`, `document`, `file`.
        public let kind: String
        /// The source's id, or the name of a document.
        public let item: String
        public let reason: String
    }

    public let path: String
    public let state: SnapshotState
    public let agentName: String
    /// When the newest run into the file was finished; nil where it was not.
    public let finishedAt: Instant?
    public let messages: Int
    public let passages: Int
    public let documents: Int
    /// At most `namedAtMost`; `damages` counts all.
    public let damaged: [Damage]
    public let damages: Int

    public static let namedAtMost = 100

    /// The same of a file that was renamed since.
    public func named(_ path: String) -> SnapshotIntegrity {
        SnapshotIntegrity(
            path: path, state: state, agentName: agentName, finishedAt: finishedAt, messages: messages,
            passages: passages, documents: documents, damaged: damaged, damages: damages)
    }

    /// Whole, finished, and every digest fits its item.
    public var isSound: Bool { state == .complete && damages == 0 }
}

extension AgentSnapshot {
    /// Reads every item of every run in the file and works its digest out
    /// anew; has SQLite look at its own pages, too.
    ///
    /// **Bounds**: one item at a time. **Effects**: none.
    public func integrity() throws -> SnapshotIntegrity {
        var check = IntegrityCheck()
        try wrap {
            for line in try database.all("PRAGMA integrity_check", body: { $0.text(0) }) where line != "ok" {
                check.add("file", path, line)
            }
            try check.rows(database)
            try check.passages(database)
            try check.documents(database)
            try check.places(database)
        }
        let newest = try wrap { try allGenerations().last }
        return SnapshotIntegrity(
            path: path, state: try wrap { try SnapshotFile.state(of: database) } ?? .writing,
            agentName: newest?.origin.agentName ?? "", finishedAt: newest?.finishedAt,
            messages: check.counts["message"] ?? 0, passages: check.counts["passage"] ?? 0,
            documents: check.counts["document"] ?? 0, damaged: check.damaged, damages: check.damages)
    }
}

/// Compares what was stored with the digest that was stored beside it.
private struct IntegrityCheck {
    private(set) var damaged: [SnapshotIntegrity.Damage] = []
    private(set) var damages = 0
    private(set) var counts: [String: Int] = [:]

    mutating func add(_ kind: String, _ item: String, _ reason: String) {
        damages += 1
        guard damaged.count < SnapshotIntegrity.namedAtMost else { return }
        damaged.append(SnapshotIntegrity.Damage(kind: kind, item: item, reason: reason))
    }

    /// Both forms of a row, each with its own digest.
    mutating func rows(_ database: Database) throws {
        let forms = [
            ("listed", "the listing", Digests.ofListed), ("native", "the export form", Digests.ofNative),
        ]
        counts["message"] = try database.number("SELECT count(*) FROM rows")
        for (column, name, digest) in forms {
            let query = """
                SELECT r.source_id, r.\(column)_digest, r.\(column), b.codec, b.data, b.size FROM rows r
                LEFT JOIN bodies b ON b.id = r.\(column) WHERE r.\(column) IS NOT NULL ORDER BY r.id
                """
            try each(database, query, "message", name, digest)
        }
        let bare = "SELECT source_id FROM rows WHERE listed IS NULL AND native IS NULL"
        for id in try database.all(bare, body: { $0.text(0) }) { add("message", id, "has no content at all") }
    }

    mutating func passages(_ database: Database) throws {
        let query = """
            SELECT p.source_id, p.digest, p.body, b.codec, b.data, b.size FROM passages p
            LEFT JOIN bodies b ON b.id = p.body ORDER BY p.id
            """
        counts["passage"] = try each(database, query, "passage", "the passage", Digests.ofDocument)
    }

    mutating func documents(_ database: Database) throws {
        let query = """
            SELECT d.kind || ' ' || d.key, d.digest, d.body, b.codec, b.data, b.size FROM documents d
            LEFT JOIN bodies b ON b.id = d.body ORDER BY d.id
            """
        counts["document"] = try each(database, query, "document", "the document", Digests.ofDocument)
    }

    /// Every place has its row, and no place of a thread is skipped.
    mutating func places(_ database: Database) throws {
        let lost = "SELECT count(*) FROM members m LEFT JOIN rows r ON r.id = m.row WHERE r.id IS NULL"
        let missing = try database.number(lost)
        if missing > 0 {
            add("file", "threads", "\(missing.counted("place")) of the history without a message")
        }
        let gaps = """
            SELECT t.key, count(m.row), coalesce(max(m.ordinal) + 1, 0) FROM threads t
            LEFT JOIN members m ON m.thread = t.id GROUP BY t.id HAVING count(m.row) <> coalesce(max(m.ordinal) + 1, 0)
            """
        for (thread, held, places) in try database.all(gaps, body: { ($0.text(0), $0.int(1), $0.int(2)) }) {
            add("file", "thread \(thread)", "\(held.grouped) of \(places.counted("place")) are there")
        }
    }

    /// - Returns: how many there are.
    @discardableResult
    private mutating func each(
        _ database: Database, _ query: String, _ kind: String, _ what: String,
        _ digest: (VerbatimJSON) throws -> ContentDigest
    ) throws -> Int {
        var count = 0
        var check = self
        try database.prepare(query).each([]) { row in
            count += 1
            if let reason = Self.complaint(row, digest) { check.add(kind, row.text(0), "\(what) \(reason)") }
        }
        self = check
        return count
    }

    private static func complaint(_ row: Row, _ digest: (VerbatimJSON) throws -> ContentDigest) -> String? {
        do {
            guard let json = try Bodies.read(row, from: 2) else { return "is missing" }
            guard json.count == row.int(5) else { return "is \(json.count) bytes long, not \(row.int(5))" }
            return try digest(json).bytes == row.blob(1) ? nil : "does not fit its digest"
        } catch is DamagedItem {
            return "is missing or written in another way"
        } catch {
            return "is no JSON"
        }
    }
}
