import SQLite

/// The tables of format 1, word for word: a file whose own text differs is
/// refused. docs/snapshot-format.md explains each column.
enum Schema {
    /// `FRRY`, at byte 68 of the file.
    static let applicationID = 0x4652_5259
    static let formatVersion = 1

    struct Entry: Hashable {
        let type: String
        let name: String
        let table: String
        let sql: String?
    }

    static let tables: [(name: String, sql: String)] = [
        ("meta", "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID"),
        (
            "generations",
            """
            CREATE TABLE generations (
              number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 1000000),
              server_url TEXT NOT NULL, server_name TEXT, project TEXT, server_version TEXT NOT NULL,
              agent_id TEXT NOT NULL, agent_name TEXT NOT NULL, agent_type TEXT NOT NULL, reader TEXT NOT NULL,
              started_at INTEGER NOT NULL, finished_at INTEGER, source_changed TEXT
            ) STRICT
            """
        ),
        (
            "bodies",
            """
            CREATE TABLE bodies (
              id INTEGER PRIMARY KEY, codec INTEGER NOT NULL, size INTEGER NOT NULL CHECK (size >= 0),
              data BLOB NOT NULL
            ) STRICT
            """
        ),
        (
            "documents",
            """
            CREATE TABLE documents (
              id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
              position INTEGER NOT NULL, body INTEGER NOT NULL, digest BLOB NOT NULL, cuts TEXT NOT NULL,
              first_generation INTEGER NOT NULL, last_generation INTEGER NOT NULL
            ) STRICT
            """
        ),
        (
            "threads",
            """
            CREATE TABLE threads (
              id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 1000000), key TEXT NOT NULL,
              stable_since INTEGER NOT NULL, listed_generation INTEGER NOT NULL
            ) STRICT
            """
        ),
        (
            "rows",
            """
            CREATE TABLE rows (
              id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, date TEXT NOT NULL, types TEXT NOT NULL,
              listed INTEGER, listed_digest BLOB, listed_bytes INTEGER NOT NULL CHECK (listed_bytes >= 0),
              native INTEGER, native_digest BLOB, native_unavailable TEXT, first_generation INTEGER NOT NULL
            ) STRICT
            """
        ),
        (
            "members",
            """
            CREATE TABLE members (
              thread INTEGER NOT NULL, ordinal INTEGER NOT NULL CHECK (ordinal BETWEEN -1000000000 AND 1000000000),
              row INTEGER NOT NULL, gone_generation INTEGER, PRIMARY KEY (thread, ordinal)
            ) STRICT, WITHOUT ROWID
            """
        ),
        (
            "passages",
            """
            CREATE TABLE passages (
              id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, created_at TEXT NOT NULL, body INTEGER NOT NULL,
              digest BLOB NOT NULL, first_generation INTEGER NOT NULL, last_generation INTEGER NOT NULL
            ) STRICT
            """
        ),
    ]

    static let indexes: [(name: String, table: String, sql: String)] = [
        ("documents_by_key", "documents", "CREATE INDEX documents_by_key ON documents (kind, key)"),
        ("threads_by_key", "threads", "CREATE UNIQUE INDEX threads_by_key ON threads (key)"),
        ("rows_by_source_id", "rows", "CREATE INDEX rows_by_source_id ON rows (source_id)"),
        ("members_by_row", "members", "CREATE INDEX members_by_row ON members (row)"),
        ("passages_by_time", "passages", "CREATE INDEX passages_by_time ON passages (created_at, source_id)"),
        ("passages_by_source_id", "passages", "CREATE INDEX passages_by_source_id ON passages (source_id)"),
    ]

    static func create(in database: Database) throws {
        try database.execute("PRAGMA application_id = \(applicationID)")
        try database.transaction {
            for table in tables { try database.execute(table.sql) }
            for index in indexes { try database.execute(index.sql) }
            try database.execute("PRAGMA user_version = \(formatVersion)")
            try database.run("INSERT INTO meta VALUES ('state', 'paused')")
        }
    }

    /// Each finds a number that arithmetic must not meet. SQLite's own check
    /// of these constraints is silent on a connection that only reads.
    static let bounds = [
        "SELECT 1 FROM members WHERE ordinal NOT BETWEEN 0 AND 1000000000",
        "SELECT 1 FROM rows WHERE listed_bytes NOT BETWEEN 0 AND 1000000000",
        "SELECT 1 FROM threads WHERE stable_since NOT BETWEEN 0 AND \(farFuture) OR id NOT BETWEEN 1 AND 1000000",
        """
        SELECT 1 FROM generations WHERE started_at NOT BETWEEN 0 AND \(farFuture)
          OR finished_at NOT BETWEEN 0 AND \(farFuture) OR number NOT BETWEEN 1 AND 1000000
        """,
        "SELECT 1 FROM documents WHERE position NOT BETWEEN -1000000000 AND 1000000000",
    ]

    /// Some time in the year 9000, in microseconds.
    private static let farFuture = 221_845_000_000_000_000

    static var expected: Set<Entry> {
        var entries = Set(tables.map { Entry(type: "table", name: $0.name, table: $0.name, sql: $0.sql) })
        for index in indexes {
            entries.insert(Entry(type: "index", name: index.name, table: index.table, sql: index.sql))
        }
        return entries
    }

    /// What the file says of itself, SQLite's own indexes left out.
    static func found(in database: Database) throws -> Set<Entry> {
        let entries = try database.all("SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT 1000") {
            Entry(type: $0.text(0), name: $0.text(1), table: $0.text(2), sql: $0.optionalText(3))
        }
        return Set(entries.filter { $0.sql != nil || !$0.name.hasPrefix("sqlite_autoindex_") })
    }
}
