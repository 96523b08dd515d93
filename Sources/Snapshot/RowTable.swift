import Hashing
import LettaModel
import LosslessJSON
import SQLite

/// A listed row with all that will be stored of it, worked out before the
/// transaction.
struct DigestedRow {
    let row: ListedRow<SourceSide>
    let digest: ContentDigest

    init(_ row: ListedRow<SourceSide>) throws {
        self.row = row
        digest = try Digests.ofListed(row.items)
    }

    var types: String { row.messageTypes.joined(separator: " ") }
}

/// Rows and their places in threads, statement by statement; every call is
/// inside the caller's transaction.
struct RowTable {
    let database: Database
    let generation: Int

    private var bodies: Bodies { Bodies(database: database) }

    // MARK: Threads

    struct StoredThread {
        let id: Int64
        let stableSince: Instant
    }

    func thread(_ thread: Thread) throws -> StoredThread? {
        try database.first("SELECT id, stable_since FROM threads WHERE key = ?", .text(thread.key)) {
            StoredThread(id: $0.integer(0), stableSince: Instant(microseconds: $0.integer(1)))
        }
    }

    func createThread(_ thread: Thread, since start: Instant) throws -> StoredThread {
        if let stored = try self.thread(thread) { return stored }
        try database.run(
            "INSERT INTO threads (key, stable_since, listed_generation) VALUES (?, ?, 0)",
            .text(thread.key), .integer(start.microseconds))
        return StoredThread(id: database.lastInsertedRow, stableSince: start)
    }

    func markListed(_ thread: Int64, since start: Instant) throws {
        try database.run(
            "UPDATE threads SET stable_since = ?, listed_generation = ? WHERE id = ?",
            .integer(start.microseconds), .int(generation), .integer(thread))
    }

    // MARK: Places

    /// Ordinals are dense: the next one is the number of places.
    func placeCount(_ thread: Int64) throws -> Int {
        try database.number("SELECT max(ordinal) + 1 FROM members WHERE thread = ?", .integer(thread))
    }

    func addPlace(_ thread: Int64, _ ordinal: Int, row: Int64) throws {
        try database.run(
            "INSERT INTO members (thread, ordinal, row) VALUES (?, ?, ?)", .integer(thread), .int(ordinal),
            .integer(row))
    }

    /// The nearest place of a row of this id; ids may occur more than once.
    func place(of id: SourceID<RowKind>, in thread: Int64, from ordinal: Int) throws -> Int? {
        try database.first(
            """
            SELECT min(m.ordinal) FROM rows r JOIN members m ON m.row = r.id
            WHERE r.source_id = ? AND m.thread = ? AND m.ordinal >= ?
            """, .text(id.raw), .integer(thread), .int(ordinal)
        ) { $0.optionalInt(0) } ?? nil
    }

    func row(at ordinal: Int, in thread: Int64) throws -> Int64? {
        try database.first(
            "SELECT row FROM members WHERE thread = ? AND ordinal = ?", .integer(thread), .int(ordinal)
        ) { $0.integer(0) }
    }

    /// Makes room: through negative ordinals, so that no two places meet.
    func shift(_ thread: Int64, from ordinal: Int, by count: Int) throws {
        guard count > 0 else { return }
        try database.run(
            "UPDATE members SET ordinal = -(ordinal + ?) - 1 WHERE thread = ? AND ordinal >= ?",
            .int(count), .integer(thread), .int(ordinal))
        try database.run(
            "UPDATE members SET ordinal = -ordinal - 1 WHERE thread = ? AND ordinal < 0", .integer(thread))
    }

    func markGone(_ thread: Int64, _ ordinals: Range<Int>) throws {
        guard !ordinals.isEmpty else { return }
        try database.run(
            """
            UPDATE members SET gone_generation = ?
            WHERE thread = ? AND ordinal >= ? AND ordinal < ? AND gone_generation IS NULL
            """, .int(generation), .integer(thread), .int(ordinals.lowerBound), .int(ordinals.upperBound))
    }

    func markPresent(_ thread: Int64, _ ordinal: Int) throws {
        try database.run(
            """
            UPDATE members SET gone_generation = NULL
            WHERE thread = ? AND ordinal = ? AND gone_generation IS NOT NULL
            """, .integer(thread), .int(ordinal))
    }

    // MARK: Rows

    func insert(_ new: DigestedRow) throws -> Int64 {
        let body = try bodies.insert(new.row.items)
        try database.run(
            """
            INSERT INTO rows (source_id, date, types, listed, listed_digest, listed_bytes, first_generation)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, .text(new.row.id.raw), .text(new.row.date), .text(new.types), .integer(body),
            .blob(new.digest.bytes), .int(new.row.items.count), .int(generation))
        return database.lastInsertedRow
    }

    /// The very same row in another thread, where this thread lacks it.
    func sharedRow(_ new: DigestedRow, notIn thread: Int64) throws -> Int64? {
        try database.first(
            """
            SELECT id FROM rows WHERE source_id = ? AND listed_digest = ?
            AND NOT EXISTS (SELECT 1 FROM members WHERE row = rows.id AND thread = ?) ORDER BY id LIMIT 1
            """, .text(new.row.id.raw), .blob(new.digest.bytes), .integer(thread)
        ) { $0.integer(0) }
    }

    /// Whether the listing differed; then the native form is asked for again.
    func updateListing(_ row: Int64, with new: DigestedRow) throws -> Bool {
        let stored = try database.first(
            "SELECT listed_digest, listed, native FROM rows WHERE id = ?", .integer(row)
        ) { (digest: $0.blob(0), listed: $0.optionalInteger(1), native: $0.optionalInteger(2)) }
        guard let stored, stored.digest != new.digest.bytes else { return false }
        try bodies.delete(stored.listed)
        try bodies.delete(stored.native)
        let body = try bodies.insert(new.row.items)
        try database.run(
            """
            UPDATE rows SET date = ?, types = ?, listed = ?, listed_digest = ?, listed_bytes = ?,
              native = NULL, native_digest = NULL, native_unavailable = NULL WHERE id = ?
            """, .text(new.row.date), .text(new.types), .integer(body), .blob(new.digest.bytes),
            .int(new.row.items.count), .integer(row))
        return true
    }

    func insert(_ imported: ImportedRow) throws -> Int64 {
        let root = try JSONDocument(imported.json).root
        let digest = try Digests.ofNative(imported.json)
        let body = try bodies.insert(imported.json)
        try database.run(
            """
            INSERT INTO rows (source_id, date, types, listed_bytes, native, native_digest, first_generation)
            VALUES (?, ?, ?, 0, ?, ?, ?)
            """, .text(imported.id.raw), .text(root["created_at"]?.string ?? ""),
            .text(root["role"]?.string ?? ""), .integer(body), .blob(digest.bytes), .int(generation))
        return database.lastInsertedRow
    }

    /// Whether another native form was stored before.
    func storeNative(_ json: VerbatimJSON, digest: ContentDigest, row: Int64) throws -> Bool {
        let stored = try database.first(
            "SELECT native, native_digest FROM rows WHERE id = ?", .integer(row)
        ) { (body: $0.optionalInteger(0), digest: $0.blob(1)) }
        if let body = stored?.body {
            if stored?.digest == digest.bytes { return false }
            try bodies.delete(body)
        }
        try database.run(
            "UPDATE rows SET native = ?, native_digest = ?, native_unavailable = NULL WHERE id = ?",
            .integer(try bodies.insert(json)), .blob(digest.bytes), .integer(row))
        return stored?.body != nil
    }
}
