import LettaModel
import SQLite

/// Broca's database as ferry's own copy: read, and changed once.
final class BrocaStore {
    let path: String
    private let database: Database

    /// Schema: four tables whose columns older Brocas have in another order,
    /// so columns are named and nothing is ever rebuilt.
    static let tables = ["letta_users", "platform_profiles", "messages", "queue"]

    /// Columns of free text by which nothing is looked up.
    static let texts: Set<String> = ["letta_users.agent_preferences", "letta_users.custom_instructions"]

    /// **Errors**: `worker-database-unreadable` where it is not Broca's.
    init(_ path: String) throws {
        self.path = path
        database = try DiskFailure.wrap(path) { try Database(path, .readWrite) }
        try DiskFailure.wrap(path) {
            try database.execute("PRAGMA trusted_schema = OFF")
            let names = try database.all("SELECT name FROM sqlite_schema WHERE type = 'table'") { $0.text(0) }
            let missing = Self.tables.filter { !names.contains($0) }
            guard missing.isEmpty else { throw Self.foreign(path, missing) }
        }
    }

    private static func foreign(_ path: String, _ missing: [String]) -> Failure {
        Failure(
            .workerDatabaseUnreadable, subject: path,
            reason: "is no database of Broca's: it has no table \(missing.joined(separator: ", "))",
            remedy: "see which database Broca opens: ferry workers inspect")
    }

    // MARK: Reading

    /// Every user with its profiles, by id.
    func users() throws -> [ChatUser] {
        try DiskFailure.wrap(path) {
            var profiles: [Int64: [ChatUser.Profile]] = [:]
            try database.each(
                """
                SELECT letta_user_id, platform, platform_user_id, username, display_name
                FROM platform_profiles WHERE letta_user_id IS NOT NULL ORDER BY id
                """
            ) { row in
                profiles[row.integer(0), default: []].append(
                    .init(
                        platform: row.text(1), platformUserID: row.text(2), username: row.optionalText(3),
                        displayName: row.optionalText(4)))
            }
            return try database.all(
                "SELECT id, letta_identity_id, letta_block_id FROM letta_users ORDER BY id"
            ) { row in
                ChatUser(
                    id: row.integer(0), identityID: row.optionalText(1), blockID: row.optionalText(2),
                    profiles: profiles[row.integer(0)] ?? [])
            }
        }
    }

    /// Rows of the queue that a move has to look at, by id; finished ones only
    /// where they are not what they seem.
    func openRows() throws -> [QueueEntry] {
        try rows(
            """
            q.status NOT IN ('failed', 'flushed') AND NOT (q.status = 'completed' AND NOT (
              coalesce(m.processed, 0) = 0 AND m.agent_response LIKE 'Failed to send%'))
            """)
    }

    /// The other rows that a row of the agent's history may belong to where one
    /// of the texts is looked for, by id.
    func closedRows(endingIn texts: Set<String>) throws -> [QueueEntry] {
        guard !texts.isEmpty else { return [] }
        return try rows("q.status IN ('completed', 'failed')") { row in
            texts.contains { AnswerSearch.head(of: row.text, before: $0) != nil }
        }
    }

    private func rows(_ condition: String, _ isWanted: (QueueEntry) -> Bool = { _ in true }) throws
        -> [QueueEntry]
    {
        try DiskFailure.wrap(path) {
            var found: [QueueEntry] = []
            try database.each(
                """
                SELECT q.id, q.message_id, q.letta_user_id, q.status, q.attempts, m.message, m.timestamp,
                  m.agent_response, m.processed
                FROM queue q LEFT JOIN messages m ON m.id = q.message_id
                WHERE \(condition) ORDER BY q.id
                """
            ) { row in
                let response = row.optionalText(7)
                let entry = QueueEntry(
                    id: row.integer(0), messageID: row.optionalInteger(1), userID: row.optionalInteger(2),
                    status: row.text(3), attempts: row.int(4), text: row.text(5),
                    receivedAt: row.optionalText(6), response: response?.isEmpty == true ? nil : response,
                    isProcessed: row.flag(8))
                if isWanted(entry) { found.append(entry) }
            }
            return found
        }
    }

    func counts() throws -> BrocaCounts {
        try DiskFailure.wrap(path) {
            var counts = BrocaCounts()
            for table in Self.tables {
                counts.rows[table] = try database.number("SELECT count(*) FROM \(table)")
                counts.highestIDs[table] = try database.number("SELECT coalesce(max(id), 0) FROM \(table)")
            }
            try database.each("SELECT coalesce(status, ''), count(*), max(attempts) FROM queue GROUP BY 1") {
                counts.states[$0.text(0)] = $0.int(1)
                counts.mostAttempts = max(counts.mostAttempts, $0.int(2))
            }
            counts.attempts = try database.number("SELECT coalesce(sum(attempts), 0) FROM queue")
            return counts
        }
    }

    /// - Parameter fates: what rows of the queue are going to be.
    func ledger(after fates: [QueueFate] = []) throws -> RowLedger {
        let statuses = Dictionary(fates.map { ($0.row, $0.newStatus) }) { first, _ in first }
        return try DiskFailure.wrap(path) {
            var ledger = RowLedger()
            for table in Self.tables {
                var ids = IDRanges()
                try database.each("SELECT id FROM \(table) ORDER BY id") { ids.add($0.integer(0)) }
                ledger.rows[table] = ids
            }
            try database.each(
                "SELECT id, coalesce(status, ''), coalesce(attempts, 0) FROM queue ORDER BY id"
            ) { row in
                let id = row.integer(0)
                let status = statuses[id] ?? row.text(1)
                ledger.queue[status, default: IDRanges()].add(id)
                guard !RowLedger.finalStates.contains(status), row.int(2) > 0 else { return }
                ledger.tries[id] = row.int(2)
            }
            return ledger
        }
    }

    /// Rows of the queue that were put back at least once.
    func tried() throws -> [(row: Int64, attempts: Int)] {
        try DiskFailure.wrap(path) {
            try database.all(
                "SELECT id, attempts FROM queue WHERE attempts > 0 ORDER BY id"
            ) { ($0.integer(0), $0.int(1)) }
        }
    }

    /// Lines of `integrity_check` and rows of `foreign_key_check`; nothing in
    /// a sound database.
    func damage() throws -> [String] {
        try DiskFailure.wrap(path) {
            var found = try database.all("PRAGMA integrity_check(10)") { $0.text(0) }.filter { $0 != "ok" }
            let dangling = try database.all("PRAGMA foreign_key_check") { $0.text(0) }
            if !dangling.isEmpty {
                found.append("\(dangling.count.counted("row")) refer to rows that are not there")
            }
            return found
        }
    }

    // MARK: Changing

    /// Everything that a move changes in the copy, in one transaction.
    ///
    /// - Parameters identities, blocks: old id -> new id.
    func apply(identities: [String: String], blocks: [String: String], fates: [QueueFate]) throws {
        let users = try users().filter { !$0.isOrphan }
        try DiskFailure.wrap(path) {
            try database.transaction {
                for user in users { try remap(user, identities, blocks) }
                for fate in fates { try apply(fate) }
            }
        }
    }

    private func remap(_ user: ChatUser, _ identities: [String: String], _ blocks: [String: String]) throws {
        if let old = user.identityID, let new = identities[old], new != old {
            try database.run(
                "UPDATE letta_users SET letta_identity_id = ? WHERE id = ?", .text(new), .integer(user.id))
        }
        if let old = user.blockID, let new = blocks[old], new != old {
            try database.run(
                "UPDATE letta_users SET letta_block_id = ? WHERE id = ?", .text(new), .integer(user.id))
        }
    }

    private func apply(_ fate: QueueFate) throws {
        if case .completeWith(let answer) = fate.action {
            try database.run(
                """
                UPDATE messages SET agent_response = ?, processed = 1
                WHERE id = (SELECT message_id FROM queue WHERE id = ?)
                """, .text(answer), .integer(fate.row))
        }
        guard fate.newStatus != fate.status else { return }
        try database.run(
            "UPDATE queue SET status = ? WHERE id = ?", .text(fate.newStatus), .integer(fate.row))
    }
}

/// Figures of Broca's database, to be compared.
public struct BrocaCounts: Sendable, Equatable {
    public var rows: [String: Int] = [:]
    public var highestIDs: [String: Int] = [:]
    /// Rows of the queue by status.
    public var states: [String: Int] = [:]
    public var mostAttempts = 0
    /// Of all rows together.
    public var attempts = 0

    public init() {}

    /// As the counts must be after the fates.
    func after(_ fates: [QueueFate]) -> BrocaCounts {
        var expected = self
        for fate in fates where fate.newStatus != fate.status {
            expected.states[fate.status, default: 0] -= 1
            if expected.states[fate.status] == 0 { expected.states[fate.status] = nil }
            expected.states[fate.newStatus, default: 0] += 1
        }
        return expected
    }

    /// What is another, in words.
    func differences(from expected: BrocaCounts) -> [String] {
        var found: [String] = []
        for (name, count) in expected.rows.sorted(by: { $0.key < $1.key }) where rows[name] != count {
            found.append("\(name) has \(rows[name] ?? 0) rows instead of \(count)")
        }
        for (name, id) in expected.highestIDs.sorted(by: { $0.key < $1.key }) where highestIDs[name] != id {
            found.append("the highest id of \(name) is \(highestIDs[name] ?? 0) instead of \(id)")
        }
        let names = Set(states.keys).union(expected.states.keys).sorted()
        for name in names where states[name] != expected.states[name] {
            found.append(
                "\(states[name] ?? 0) rows of the queue are \(name) instead of \(expected.states[name] ?? 0)")
        }
        return found
    }
}
