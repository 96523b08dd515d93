import SQLite

/// Broca's database, read without changing a byte of the tree.
///
/// Owned by one task. **Bounds**: rows are handed out one at a time.
public final class BrocaDatabase {
    public let path: String
    let database: Database

    /// - Parameters:
    ///   - isLive: a process has it open, so that a private copy is read.
    ///   - temporaryFolder: for that copy.
    /// **Errors**: `databaseForeign`, `databaseNewer`, `databaseBusy`,
    /// `fileUnreadable`, `diskFull`.
    public init(reading path: String, isLive: Bool = false, temporaryFolder: String = "/tmp") throws {
        self.path = path
        let database = try QuietDatabase.open(path, isLive: isLive, temporaryFolder: temporaryFolder)
        self.database = database
        try Self.wrapping(path) {
            switch try BrocaSchema.judge(database) {
            case .broca: break
            case .foreign(let reason): throw DatabaseFailures.foreign(path, reason)
            case .newer(let what): throw DatabaseFailures.newer(path, what)
            }
        }
    }

    static func wrapping<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as SQLiteError {
            if error.isCorrupt { throw DatabaseFailures.foreign(path, "SQLite says \"\(error.message)\"") }
            throw DatabaseFailures.unreadable(path, error.message)
        }
    }

    // MARK: Figures

    public func facts(foundBy discovery: DatabaseFacts.Discovery) throws -> DatabaseFacts {
        try Self.wrapping(path) {
            var listed: [BrocaUser] = []
            let users = try tally { if listed.count < DatabaseFacts.listedUsers { listed.append($0) } }
            return DatabaseFacts(
                path: path, foundBy: discovery, bytes: size(""), walBytes: size("-wal"),
                hasShm: SystemFile.status(path + "-shm") != nil, hasJournal: size("-journal") > 0,
                journalMode: try Self.journalMode(path), damage: try damage(),
                brokenReferences: try database.number("SELECT count(*) FROM pragma_foreign_key_check"),
                tables: try BrocaSchema.tables.map { try table($0.name) }, queue: try queueTallies(),
                users: users, listed: listed)
        }
    }

    private func size(_ side: String) -> Int {
        SystemFile.status(path + side, followsLinks: true)?.bytes ?? 0
    }

    /// Bytes 18 and 19 of the file: 2 is WAL. The copy may say otherwise.
    static func journalMode(_ path: String) throws -> DatabaseFacts.JournalMode {
        let head = try SystemFile.bytes(of: path, limit: 20)
        return head.count == 20 && head[18] == 2 && head[19] == 2 ? .wal : .delete
    }

    private func damage() throws -> [String] {
        let lines = try database.all("SELECT * FROM pragma_integrity_check(10)") { $0.text(0) }
        return lines == ["ok"] ? [] : lines
    }

    private func table(_ name: String) throws -> DatabaseFacts.TableFacts {
        try database.first("SELECT count(*), coalesce(max(id), 0) FROM \(name)") { row in
            let sequence = try database.number("SELECT seq FROM sqlite_sequence WHERE name = ?", .text(name))
            return DatabaseFacts.TableFacts(
                name: name, rows: row.int(0), maxID: row.int(1), sequence: sequence)
        } ?? DatabaseFacts.TableFacts(name: name, rows: 0, maxID: 0, sequence: 0)
    }

    /// How Broca's channels mark an answer that they could not send.
    private static let undelivered =
        "coalesce(m.processed, 0) = 0 AND coalesce(m.agent_response, '') LIKE 'Failed to send%'"
    private static let answered = "coalesce(m.agent_response, '') <> ''"

    private func queueTallies() throws -> [QueueTally] {
        var found: [QueueState: QueueTally] = [:]
        try database.each(
            """
            SELECT q.status, coalesce(q.attempts, 0), \(Self.answered), \(Self.undelivered), count(*)
            FROM queue q LEFT JOIN messages m ON m.id = q.message_id
            GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
            """
        ) { row in
            let state = QueueState(
                status: row.text(0), attempts: row.int(1), hasAnswer: row.flag(2),
                isUndelivered: row.flag(3))
            var tally = found[state] ?? QueueTally(state: state, rows: 0, maxAttempts: 0)
            tally.rows += row.int(4)
            tally.maxAttempts = max(tally.maxAttempts, row.int(1))
            found[state] = tally
        }
        return found.values.sorted { $0.state.name < $1.state.name }
    }

    private func tally(_ visit: (BrocaUser) -> Void) throws -> UserTally {
        var tally = UserTally()
        try streamUsers { user in
            tally.all += 1
            if user.isOrphan {
                tally.orphans += 1
                return
            }
            tally.withProfile += 1
            if user.identityID == nil { tally.withoutIdentity += 1 }
            if user.blockID == nil { tally.withoutBlock += 1 }
            visit(user)
        }
        return tally
    }

    // MARK: Rows

    /// Every user by id, orphans included.
    public func eachUser(_ body: (BrocaUser) throws -> Void) throws {
        try Self.wrapping(path) { try streamUsers(body) }
    }

    private func streamUsers(_ body: (BrocaUser) throws -> Void) throws {
        var current: BrocaUser?
        try database.each(
            """
            SELECT u.id, nullif(u.letta_identity_id, ''), nullif(u.letta_block_id, ''),
                   coalesce(u.is_active, 1), p.id, coalesce(p.platform, ''),
                   coalesce(p.platform_user_id, ''), p.username, p.display_name
            FROM letta_users u LEFT JOIN platform_profiles p ON p.letta_user_id = u.id
            ORDER BY u.id, p.id
            """
        ) { row in
            let id = row.int(0)
            if let finished = current, finished.id != id {
                try body(finished)
                current = nil
            }
            var user =
                current
                ?? BrocaUser(
                    id: id, identityID: row.optionalText(1), blockID: row.optionalText(2),
                    isActive: row.flag(3), profiles: [])
            if let profile = Self.profile(row) { user.profiles.append(profile) }
            current = user
        }
        if let current { try body(current) }
    }

    private static func profile(_ row: Row) -> BrocaUser.Profile? {
        row.optionalInt(4).map { id in
            BrocaUser.Profile(
                id: id, platform: row.text(5), platformUserID: row.text(6), username: row.optionalText(7),
                displayName: row.optionalText(8))
        }
    }

    /// Rows of the queue by id.
    ///
    /// - Parameter statuses: as Broca writes them; empty for every row.
    public func eachQueueRow(statuses: [String] = [], _ body: (QueueRow) throws -> Void) throws {
        try Self.wrapping(path) {
            try database.each(
                """
                SELECT q.id, q.letta_user_id, q.message_id, coalesce(q.status, ''), coalesce(q.attempts, 0),
                       q.timestamp, \(Self.answered), \(Self.undelivered)
                FROM queue q LEFT JOIN messages m ON m.id = q.message_id ORDER BY q.id
                """
            ) { row in
                let status = row.text(3)
                guard statuses.isEmpty || statuses.contains(status) else { return }
                let state = QueueState(
                    status: status, attempts: row.int(4), hasAnswer: row.flag(6),
                    isUndelivered: row.flag(7))
                try body(
                    QueueRow(
                        id: row.int(0), userID: row.optionalInt(1), messageID: row.optionalInt(2),
                        status: status, attempts: row.int(4), timestamp: row.optionalText(5), state: state))
            }
        }
    }

    /// What a user wrote and what was answered; nil where there is no such row.
    public func message(_ id: Int) throws -> BrocaMessage? {
        try Self.wrapping(path) {
            try database.first(
                """
                SELECT id, letta_user_id, role, message, agent_response, coalesce(processed, 0), timestamp
                FROM messages WHERE id = ?
                """, .int(id)
            ) { row in
                BrocaMessage(
                    id: row.int(0), userID: row.optionalInt(1), role: row.text(2), text: row.text(3),
                    answer: row.optionalText(4), isProcessed: row.flag(5), timestamp: row.optionalText(6))
            }
        }
    }
}

public struct BrocaMessage: Sendable, Equatable {
    public var id: Int
    public var userID: Int?
    public var role: String
    public var text: String
    public var answer: String?
    public var isProcessed: Bool
    public var timestamp: String?
}
