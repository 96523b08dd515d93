import SQLite

/// Databases with the tables of Broca 3 and rows in every state of the queue.
public enum SyntheticDatabase {
    public enum Journal: Sendable {
        /// As Broca makes it.
        case delete
        /// A writer was killed: half of the rows are in the `-wal` only.
        case walOfKilledWriter
    }

    /// What a test wants to be wrong.
    public enum Fault: Sendable {
        case none, newerVersion, unknownColumn, missingTable
    }

    /// In the order in which Broca creates them.
    public static let schema = """
        CREATE TABLE letta_users (id INTEGER PRIMARY KEY AUTOINCREMENT,
            created_at TEXT DEFAULT CURRENT_TIMESTAMP, last_active TEXT, letta_identity_id TEXT,
            letta_block_id TEXT, agent_preferences TEXT, custom_instructions TEXT,
            is_active INTEGER DEFAULT 1);
        CREATE TABLE platform_profiles (id INTEGER PRIMARY KEY AUTOINCREMENT, letta_user_id INTEGER,
            platform TEXT, platform_user_id TEXT, username TEXT, display_name TEXT, metadata TEXT,
            created_at TEXT DEFAULT CURRENT_TIMESTAMP, last_active TEXT,
            FOREIGN KEY (letta_user_id) REFERENCES letta_users (id), UNIQUE (platform, platform_user_id));
        CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, letta_user_id INTEGER,
            platform_profile_id INTEGER, role TEXT, message TEXT, timestamp TEXT,
            processed INTEGER DEFAULT 0, agent_response TEXT,
            FOREIGN KEY (letta_user_id) REFERENCES letta_users (id),
            FOREIGN KEY (platform_profile_id) REFERENCES platform_profiles (id));
        CREATE TABLE queue (id INTEGER PRIMARY KEY AUTOINCREMENT, letta_user_id INTEGER,
            message_id INTEGER, status TEXT, attempts INTEGER DEFAULT 0,
            timestamp TEXT DEFAULT CURRENT_TIMESTAMP,
            FOREIGN KEY (letta_user_id) REFERENCES letta_users (id),
            FOREIGN KEY (message_id) REFERENCES messages (id));
        """

    public typealias QueueRow = (
        status: String, attempts: Int, answer: String?, processed: Int, time: String
    )

    /// One of each: status, attempts, answer, processed, time.
    public static let queue: [QueueRow] = [
        ("completed", 1, "Hello to you", 1, "2026-05-01 10:00:00"),
        ("completed", 1, "And good night", 1, "2026-05-01T10:05:00.123456"),
        ("completed", 1, "Failed to send message: chat not found", 0, "2026-05-01 10:06 UTC"),
        ("failed", 5, nil, 0, "2026-05-02 08:00:00"),
        ("flushed", 0, nil, 0, "2026-05-02 09:00:00"),
        ("processing", 1, "Answered, not marked", 1, "2026-05-03 11:00:00"),
        ("processing", 1, nil, 0, "2026-05-03 11:01:00"),
        ("processing", 2, nil, 0, "2026-11-28T23:59:59.000001"),
        ("pending", 0, nil, 0, "2026-11-28 23:59:59"),
        ("pending", 0, nil, 0, "2026-11-28T23:59:59.500000"),
        ("pending", 3, nil, 0, "2026-11-28 23:58:00"),
    ]

    /// What the user of a row wrote. A decoy: it is never rewritten.
    public static func words(_ index: Int, _ agent: SyntheticAgent) -> String {
        "Message \(index) 🛰️ about \(agent.id) at \(agent.serverURL)"
    }

    /// - Parameter path: of the database; side files come beside it.
    public static func write(
        _ path: String, _ agent: SyntheticAgent, journal: Journal = .delete, fault: Fault = .none,
        mode: UInt32 = 0o600
    ) throws {
        let scratch = try Disk.temporaryFolder()
        defer { Disk.removeTree(scratch) }
        let database = try Database(scratch + "/made.db", .create)
        try database.execute("PRAGMA synchronous = OFF")
        if journal == .walOfKilledWriter {
            try database.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
        }
        try database.execute(schema)
        try addUsers(agent, database)
        if journal == .walOfKilledWriter { try database.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
        try addQueue(agent, database)
        try add(fault, database)
        // While the writer still has it open: what a SIGKILL leaves.
        for side in ["", "-wal", "-shm"] where Disk.exists(scratch + "/made.db" + side) {
            try Disk.write(path + side, try Disk.read(scratch + "/made.db" + side), mode: mode)
        }
    }

    private static func addUsers(_ agent: SyntheticAgent, _ database: Database) throws {
        for (index, user) in agent.users.enumerated() {
            let preferences = index == 2 ? "{\"note\": \"used to be \(agent.id)\"}" : nil
            try database.run(
                """
                INSERT INTO letta_users (letta_identity_id, letta_block_id, agent_preferences)
                VALUES (?, ?, ?)
                """, .string(user.identityID), .string(user.blockID), .string(preferences))
            guard user.hasProfile else { continue }
            try database.run(
                """
                INSERT INTO platform_profiles (letta_user_id, platform, platform_user_id, username,
                    display_name, metadata) VALUES (?, ?, ?, ?, ?, ?)
                """, .integer(database.lastInsertedRow), .text(index % 4 == 3 ? "web_chat" : "telegram"),
                .text("9000\(index)"), .text("user\(index)"), .text(user.name),
                .text("{\"session_id\": \"s\(index)\"}"))
        }
    }

    private static func addQueue(_ agent: SyntheticAgent, _ database: Database) throws {
        let users = try database.all("SELECT letta_user_id, id FROM platform_profiles ORDER BY id") {
            ($0.integer(0), $0.integer(1))
        }
        for (index, row) in agent.queue.enumerated() where !users.isEmpty {
            let (user, profile) = users[index % users.count]
            let text = words(index, agent)
            try database.run(
                """
                INSERT INTO messages (letta_user_id, platform_profile_id, role, message, timestamp,
                    processed, agent_response) VALUES (?, ?, 'user', ?, ?, ?, ?)
                """, .integer(user), .integer(profile), .text(text), .text(row.time),
                .integer(Int64(row.processed)), .string(row.answer))
            try database.run(
                "INSERT INTO queue (letta_user_id, message_id, status, attempts, timestamp) VALUES (?, ?, ?, ?, ?)",
                .integer(user), .integer(database.lastInsertedRow), .text(row.status),
                .integer(Int64(row.attempts)), .text(row.time))
        }
        // An id that was given once and must not be given again.
        try database.run("INSERT INTO queue (status) VALUES ('pending')")
        try database.run("DELETE FROM queue WHERE id = ?", .integer(database.lastInsertedRow))
    }

    private static func add(_ fault: Fault, _ database: Database) throws {
        switch fault {
        case .none: break
        case .newerVersion: try database.execute("PRAGMA user_version = 4")
        case .unknownColumn: try database.execute("ALTER TABLE letta_users ADD COLUMN letta_group_id TEXT")
        case .missingTable: try database.execute("DROP TABLE queue")
        }
    }

    /// The control page's list of agents.
    public static func writeControl(_ path: String, _ agents: [SyntheticAgent]) throws {
        let database = try database(at: path)
        try database.execute(
            "CREATE TABLE agents (id INTEGER PRIMARY KEY, letta_uid TEXT UNIQUE, name TEXT);"
                + "CREATE TABLE system_config (key TEXT PRIMARY KEY, value TEXT)")
        for agent in agents {
            try database.run(
                "INSERT INTO agents (letta_uid, name) VALUES (?, ?)", .text(agent.id), .text(agent.name))
        }
        try database.run("INSERT INTO system_config VALUES ('admin_key', 'adm-control-9')")
    }

    /// A database of another program, with one text in it.
    public static func writeOther(_ path: String, text: String) throws {
        let database = try database(at: path)
        try database.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, body TEXT)")
        try database.run("INSERT INTO entries (body) VALUES (?)", .text(text))
    }

    private static func database(at path: String) throws -> Database {
        try Disk.makeFolder(Disk.parent(path))
        let database = try Database(path, .create)
        try database.execute("PRAGMA synchronous = OFF")
        return database
    }
}
