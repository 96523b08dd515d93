public import LettaModel
import SQLite

extension AgentSnapshot {
    /// How long a transaction on the source may stay open and still place its
    /// rows before ones that were read.
    static let longestTransactionMinutes = 15

    var table: RowTable {
        get throws { RowTable(database: database, generation: try generation().number) }
    }

    /// Where to list from. Call `record` with each page in order, then
    /// `finishListing`.
    public func beginListing(_ thread: Thread, from rule: RestartRule = .stableTail) throws -> ListingPosition
    {
        let start = try generation().origin.startedAt
        return try transaction {
            let table = try table
            let stored = try table.createThread(thread, since: start)
            let count = try table.placeCount(stored.id)
            let last = try restartRow(stored, rule, count)
            let ordinal = last.map { $0.ordinal + 1 } ?? 0
            return ListingPosition(thread: thread, after: last?.id, ordinal: ordinal, tail: count - ordinal)
        }
    }

    /// Stores one page in one transaction. Rows that are stored already keep
    /// their native form where the listing is the same, and lose it where
    /// not; stored rows that were passed over are marked gone.
    public func record(_ rows: [ListedRow<SourceSide>], at position: ListingPosition) throws
        -> ListingPosition
    {
        let digested = try wrap { try rows.map(DigestedRow.init) }
        return try transaction {
            let table = try table
            guard let thread = try table.thread(position.thread) else { throw DamagedItem.bodyMissing }
            let sharesRows = try database.number("SELECT count(*) FROM threads") > 1
            var merge = ListingMerge(
                table: table, thread: thread.id, ordinal: position.ordinal,
                end: try table.placeCount(thread.id), sharesRows: sharesRows)
            for row in digested { try merge.take(row) }
            try merge.flush()
            if let first = merge.firstChange { lowerNativeMark(thread.id, to: first) }
            return ListingPosition(
                thread: position.thread, after: rows.last?.id ?? position.after, ordinal: merge.ordinal,
                tail: merge.end - merge.ordinal, places: merge.places)
        }
    }

    /// The source has nothing behind `position`.
    public func finishListing(at position: ListingPosition) throws {
        let start = try generation().origin.startedAt
        try transaction {
            let table = try table
            guard let thread = try table.thread(position.thread) else { return }
            let end = try table.placeCount(thread.id)
            try table.markGone(thread.id, position.ordinal..<max(position.ordinal, end))
            try table.markListed(thread.id, since: start)
        }
    }

    func lowerNativeMark(_ thread: Int64, to ordinal: Int) {
        nativeLowWater[thread] = min(nativeLowWater[thread] ?? 0, ordinal)
    }

    private func restartRow(
        _ thread: RowTable.StoredThread, _ rule: RestartRule, _ count: Int
    ) throws -> (id: SourceID<RowKind>, ordinal: Int)? {
        let bound: Int
        var isOldEnough: (String) -> Bool = { _ in true }
        switch rule {
        case .beginning: return nil
        case .before(let ordinal): bound = ordinal
        case .stableTail:
            bound = count
            let newest = thread.stableSince.adding(minutes: -Self.longestTransactionMinutes)
            isOldEnough = { date in Instant(date).map { $0 < newest } ?? false }
        }
        var found: (id: SourceID<RowKind>, ordinal: Int)?
        try database.prepare(
            """
            SELECT r.source_id, m.ordinal, r.date FROM members m JOIN rows r ON r.id = m.row
            WHERE m.thread = ? AND m.ordinal < ? AND m.gone_generation IS NULL ORDER BY m.ordinal DESC
            """
        ).eachWhile([.integer(thread.id), .int(bound)]) { row in
            guard isOldEnough(row.text(2)) else { return true }
            found = (SourceID(row.text(0)), row.int(1))
            return false
        }
        return found
    }
}

/// Lays listed rows over stored ones, oldest first.
struct ListingMerge {
    let table: RowTable
    let thread: Int64
    /// Of the next row.
    private(set) var ordinal: Int
    /// Number of places.
    private(set) var end: Int
    /// Another thread may hold the same rows.
    let sharesRows: Bool
    /// The first place that was added or rewritten.
    private(set) var firstChange: Int?
    /// New rows that stand before a stored one.
    private var waiting: [DigestedRow] = []
    /// Of the rows taken, in their order.
    private(set) var places: [Int] = []

    init(table: RowTable, thread: Int64, ordinal: Int, end: Int, sharesRows: Bool) {
        self.table = table
        self.thread = thread
        self.ordinal = ordinal
        self.end = end
        self.sharesRows = sharesRows
    }

    mutating func take(_ row: DigestedRow) throws {
        guard ordinal < end, let place = try table.place(of: row.row.id, in: thread, from: ordinal) else {
            waiting.append(row)
            return
        }
        let moved = waiting.count
        try flush()
        try meet(row, at: place + moved)
    }

    /// Puts the waiting rows where they belong.
    mutating func flush() throws {
        guard !waiting.isEmpty else { return }
        noteChange(ordinal)
        if ordinal < end { try table.shift(thread, from: ordinal, by: waiting.count) }
        for row in waiting {
            let shared = sharesRows ? try table.sharedRow(row, notIn: thread) : nil
            try table.addPlace(thread, ordinal, row: try shared ?? table.insert(row))
            places.append(ordinal)
            ordinal += 1
            end += 1
        }
        waiting.removeAll(keepingCapacity: true)
    }

    /// The stored row is still there; those between were passed over.
    private mutating func meet(_ row: DigestedRow, at place: Int) throws {
        try table.markGone(thread, ordinal..<place)
        try table.markPresent(thread, place)
        if let id = try table.row(at: place, in: thread), try table.updateListing(id, with: row) {
            noteChange(place)
        }
        places.append(place)
        ordinal = place + 1
    }

    private mutating func noteChange(_ ordinal: Int) {
        firstChange = min(firstChange ?? ordinal, ordinal)
    }
}
