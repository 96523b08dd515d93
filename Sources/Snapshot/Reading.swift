import Hashing
public import LettaModel
import SQLite
import Synchronization

extension AgentSnapshot {
    /// A batch ends when its bodies reach this.
    static let batchBytes = 8_000_000

    public func threads() throws -> [ThreadProgress] {
        try wrap {
            let newest = try newestGeneration()
            return try database.all(
                """
                SELECT t.key, t.listed_generation,
                  count(CASE WHEN m.gone_generation IS NULL THEN m.row END),
                  count(m.gone_generation),
                  count(CASE WHEN m.gone_generation IS NULL THEN r.native END),
                  count(CASE WHEN m.gone_generation IS NULL AND r.native IS NULL THEN r.native_unavailable END)
                FROM threads t LEFT JOIN members m ON m.thread = t.id LEFT JOIN rows r ON r.id = m.row
                GROUP BY t.id ORDER BY t.id
                """
            ) { row in
                ThreadProgress(
                    thread: Thread(key: row.text(0)), rows: row.int(2), gone: row.int(3),
                    withNative: row.int(4),
                    nativeUnavailable: row.int(5), isListed: row.int(1) == newest)
            }
        }
    }

    /// Rows from `ordinal` on, gone ones left out unless asked for.
    /// - Parameter limit: rows; less come where bodies reach 8 MB.
    public func rows(
        _ thread: Thread, from ordinal: Int, limit: Int = 500, includingGone: Bool = false
    ) throws -> [StoredRow] {
        try wrap {
            guard let id = try storedID(of: thread) else { return [] }
            var rows: [StoredRow] = []
            var bytes = 0
            try database.prepare(Self.rowsQuery).eachWhile(
                [.integer(id), .int(ordinal), .flag(includingGone), .int(limit)]
            ) { answer in
                let row = try StoredRow(answer)
                bytes += (row.listed?.count ?? 0) + (row.native?.count ?? 0)
                rows.append(row)
                return bytes < Self.batchBytes
            }
            return rows
        }
    }

    private static let rowsQuery = """
        SELECT m.ordinal, r.source_id, r.date, r.types, m.gone_generation IS NOT NULL, r.native_unavailable,
          coalesce(r.native_digest, r.listed_digest), r.listed, b.codec, b.data, r.native, n.codec, n.data
        FROM members m JOIN rows r ON r.id = m.row
        LEFT JOIN bodies b ON b.id = r.listed LEFT JOIN bodies n ON n.id = r.native
        WHERE m.thread = ? AND m.ordinal >= ? AND (m.gone_generation IS NULL OR ?) ORDER BY m.ordinal LIMIT ?
        """

    /// The oldest time that a row of the thread bears, as its listing says;
    /// nil where it has no rows.
    public func firstDate(of thread: Thread) throws -> String? {
        try wrap {
            try database.first(
                """
                SELECT min(r.date) FROM threads t JOIN members m ON m.thread = t.id JOIN rows r ON r.id = m.row
                WHERE t.key = ? AND m.gone_generation IS NULL
                """, .text(thread.key)
            ) { $0.optionalText(0) } ?? nil
        }
    }

    /// The newest form of the row of this id, in whatever thread it is.
    public func row(_ id: SourceID<RowKind>) throws -> StoredRow? {
        try wrap {
            try database.first(
                """
                SELECT m.ordinal, r.source_id, r.date, r.types, m.gone_generation IS NOT NULL, r.native_unavailable,
                  coalesce(r.native_digest, r.listed_digest), r.listed, b.codec, b.data, r.native, n.codec, n.data
                FROM rows r JOIN members m ON m.row = r.id
                LEFT JOIN bodies b ON b.id = r.listed LEFT JOIN bodies n ON n.id = r.native
                WHERE r.source_id = ? AND m.gone_generation IS NULL ORDER BY r.id DESC LIMIT 1
                """, .text(id.raw), body: StoredRow.init)
        }
    }

    /// The whole thread, batch by batch.
    /// - Parameter limit: rows of a batch at most.
    public nonisolated func history(
        _ thread: Thread, includingGone: Bool = false, limit: Int = 500
    ) -> Batches<[StoredRow]> {
        let next = Mutex(0)
        return Batches {
            let rows = try await self.rows(
                thread, from: next.withLock { $0 }, limit: limit, includingGone: includingGone)
            guard let last = rows.last else { return nil }
            next.withLock { $0 = last.ordinal + 1 }
            return rows
        }
    }

    /// SHA-256 over the digests of every row that is not gone, thread by
    /// thread.
    public func historyDigest() throws -> ContentDigest {
        try wrap {
            var hash = SHA256()
            for thread in try database.all("SELECT key FROM threads ORDER BY key", body: { $0.text(0) }) {
                hash.update(Array("\(thread)\n".utf8))
                let statement = try database.prepare(
                    """
                    SELECT coalesce(r.native_digest, r.listed_digest)
                    FROM threads t JOIN members m ON m.thread = t.id JOIN rows r ON r.id = m.row
                    WHERE t.key = ? AND m.gone_generation IS NULL ORDER BY m.ordinal
                    """)
                try statement.each([.text(thread)]) { row in row.withBlob(0) { hash.update($0) } }
            }
            return hash.finish()
        }
    }
}

extension StoredRow {
    init(_ row: Row) throws {
        self.init(
            ordinal: row.int(0), id: SourceID(row.text(1)), date: row.text(2),
            messageTypes: row.text(3).split(separator: " ").map(String.init),
            listed: try Bodies.read(row, from: 7), native: try Bodies.read(row, from: 10),
            digest: ContentDigest(bytes: row.blob(6)), nativeUnavailable: row.optionalText(5),
            isGone: row.flag(4))
    }
}
