public import LettaModel
import SQLite

extension AgentSnapshot {
    /// Rows that the source may rewrite in place, to be listed once more.
    public func systemRows(_ thread: Thread) throws -> [NativeSlice.Row] {
        try wrap {
            try database.all(
                """
                SELECT m.ordinal, r.source_id, r.types, r.listed_bytes, r.native IS NOT NULL
                FROM threads t JOIN members m ON m.thread = t.id JOIN rows r ON r.id = m.row
                WHERE t.key = ? AND m.gone_generation IS NULL AND r.types IN ('system_message', 'system')
                ORDER BY m.ordinal
                """, .text(thread.key), body: NativeSlice.Row.init)
        }
    }

    /// Replaces listings that changed in place; their native form is asked
    /// for again. Returns how many differed.
    public func rewriteListed(
        _ rows: [(ordinal: Int, row: ListedRow<SourceSide>)], thread: Thread
    ) throws -> Int {
        let digested = try wrap { try rows.map { (ordinal: $0.ordinal, new: try DigestedRow($0.row)) } }
        return try transaction {
            try changes(of: digested, in: thread) { table, row, new in try table.updateListing(row, with: new)
            }
        }
    }

    /// Appends rows that have no listing.
    public func appendImported(_ rows: [ImportedRow], thread: Thread) throws {
        let start = try generation().origin.startedAt
        try transaction {
            let table = try table
            let stored = try table.createThread(thread, since: start)
            var ordinal = try table.placeCount(stored.id)
            for row in rows {
                try table.addPlace(stored.id, ordinal, row: try table.insert(row))
                ordinal += 1
            }
        }
    }

    /// In one transaction. Returns how many native forms were stored before
    /// and differed.
    @discardableResult
    public func storeNative(_ rows: [(ordinal: Int, json: VerbatimJSON)], thread: Thread) throws -> Int {
        let digested = try wrap {
            try rows.map {
                (ordinal: $0.ordinal, new: (json: $0.json, digest: try Digests.ofNative($0.json)))
            }
        }
        return try transaction {
            try changes(of: digested, in: thread) { table, row, new in
                try table.storeNative(new.json, digest: new.digest, row: row)
            }
        }
    }

    /// - Parameter reason: no content.
    public func markNativeUnavailable(_ ordinals: [Int], thread: Thread, reason: String) throws {
        try transaction {
            _ = try changes(of: ordinals.map { (ordinal: $0, new: reason) }, in: thread) { table, row, new in
                try table.database.run(
                    "UPDATE rows SET native_unavailable = ? WHERE id = ? AND native IS NULL", .text(new),
                    .integer(row))
                return true
            }
        }
    }

    /// Rows of which the source says that they do not exist any more.
    public func markGone(_ ordinals: [Int], thread: Thread) throws {
        try transaction {
            let table = try table
            guard let stored = try table.thread(thread) else { return }
            for ordinal in ordinals { try table.markGone(stored.id, ordinal..<ordinal + 1) }
        }
    }

    /// Counts the places whose row `change` says it changed.
    private func changes<New>(
        of rows: [(ordinal: Int, new: New)], in thread: Thread,
        _ change: (RowTable, Int64, New) throws -> Bool
    ) throws -> Int {
        let table = try table
        guard let stored = try table.thread(thread) else { return 0 }
        var count = 0
        for row in rows {
            guard let id = try table.row(at: row.ordinal, in: stored.id) else { continue }
            if try change(table, id, row.new) { count += 1 }
        }
        if let first = rows.map(\.ordinal).min() { lowerNativeMark(stored.id, to: first) }
        return count
    }

    // MARK: What is missing

    /// The next rows without native form, oldest first; nil when none is
    /// missing.
    /// - Parameter place: the ordinal from which on to look: what lies before
    ///   is on its way.
    public func rowsWithoutNative(
        _ thread: Thread, from place: Int = 0, maxRows: Int = 2_000, maxListedBytes: Int = 8_000_000
    ) throws -> NativeSlice? {
        try wrap {
            guard let id = try storedID(of: thread) else { return nil }
            let mark = nativeLowWater[id] ?? 0
            var rows = try missing(id, from: max(mark, place), maxRows, maxListedBytes)
            if place <= mark { nativeLowWater[id] = rows.first?.ordinal ?? Int.max }
            guard let first = rows.first else { return nil }
            if first.isTool, let lead = try rowsBefore(first.ordinal, in: id) {
                rows = Array((lead + rows).prefix(max(maxRows, lead.count + 1)))
            }
            return NativeSlice(thread: thread, rows: rows)
        }
    }

    func storedID(of thread: Thread) throws -> Int64? {
        try database.first("SELECT id FROM threads WHERE key = ?", .text(thread.key)) { $0.integer(0) }
    }

    private func missing(
        _ thread: Int64, from mark: Int, _ maxRows: Int, _ maxListedBytes: Int
    ) throws -> [NativeSlice.Row] {
        guard mark < Int.max else { return [] }
        var rows: [NativeSlice.Row] = []
        var bytes = 0
        try database.prepare(
            """
            SELECT m.ordinal, r.source_id, r.types, r.listed_bytes, 0 FROM members m JOIN rows r ON r.id = m.row
            WHERE m.thread = ? AND m.ordinal >= ? AND m.gone_generation IS NULL
              AND r.native IS NULL AND r.native_unavailable IS NULL ORDER BY m.ordinal
            """
        ).eachWhile([.integer(thread), .int(mark)]) { answer in
            let row = NativeSlice.Row(answer)
            bytes += row.bytes
            guard rows.isEmpty || rows.count < maxRows && bytes <= maxListedBytes else { return false }
            rows.append(row)
            return true
        }
        return rows
    }

    /// From the nearest row that is no tool row up to `ordinal`; nil where
    /// the thread begins with tool rows.
    private func rowsBefore(_ ordinal: Int, in thread: Int64) throws -> [NativeSlice.Row]? {
        var rows: [NativeSlice.Row] = []
        try database.prepare(
            """
            SELECT m.ordinal, r.source_id, r.types, r.listed_bytes, r.native IS NOT NULL
            FROM members m JOIN rows r ON r.id = m.row
            WHERE m.thread = ? AND m.ordinal < ? AND m.gone_generation IS NULL ORDER BY m.ordinal DESC
            """
        ).eachWhile([.integer(thread), .int(ordinal)]) { answer in
            let row = NativeSlice.Row(answer)
            rows.append(row)
            return row.isTool
        }
        guard rows.last?.isTool == false else { return nil }
        return rows.reversed()
    }
}

extension NativeSlice.Row {
    init(_ row: Row) {
        self.init(
            ordinal: row.int(0), id: SourceID(row.text(1)),
            messageTypes: row.text(2).split(separator: " ").map(String.init), bytes: row.int(3),
            hasNative: row.flag(4))
    }

    /// A server fills such a row in from the one before.
    var isTool: Bool { messageTypes.first == "tool_return_message" || messageTypes.first == "tool" }
}
