import SQLite

/// The tables of journal version 1; docs/journal.md explains each column.
enum JournalSchema {
    /// `FRRJ`, at byte 68 of the file.
    static let applicationID = 0x4652_524A
    static let version = 1

    static let statements = [
        """
        CREATE TABLE runs (
          id TEXT PRIMARY KEY, job TEXT NOT NULL, status TEXT NOT NULL, verdict TEXT,
          source TEXT, target TEXT, agent_id TEXT, agent_name TEXT, snapshot_path TEXT,
          choices TEXT NOT NULL, version TEXT NOT NULL,
          created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, ended_at INTEGER,
          owner_pid INTEGER, owner_started INTEGER, owner_boot TEXT
        ) STRICT
        """,
        """
        CREATE TABLE steps (
          id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
          kind TEXT NOT NULL, marker TEXT, attempt INTEGER, request BLOB, pre_image TEXT, details TEXT,
          intended_at INTEGER NOT NULL, outcome TEXT, outcome_details TEXT, settled_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX steps_by_run ON steps (run)",
        """
        CREATE TABLE id_map (
          id INTEGER PRIMARY KEY, kind TEXT NOT NULL, source_server TEXT NOT NULL, source_id TEXT NOT NULL,
          target_server TEXT NOT NULL, target_id TEXT NOT NULL, run TEXT NOT NULL, mapped_at INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX id_map_by_source ON id_map (source_server, kind, source_id, target_server)",
        "CREATE INDEX id_map_by_target ON id_map (target_server, target_id)",
        "CREATE INDEX id_map_by_run ON id_map (run)",
        """
        CREATE TABLE changes (
          id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, item TEXT NOT NULL,
          rule TEXT NOT NULL, before_digest BLOB, before TEXT NOT NULL, after TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX changes_by_run ON changes (run, rule)",
        """
        CREATE TABLE omissions (
          run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, position INTEGER NOT NULL, id TEXT NOT NULL,
          class TEXT NOT NULL, item TEXT NOT NULL, reason TEXT NOT NULL, remedy TEXT NOT NULL,
          accepted INTEGER NOT NULL, PRIMARY KEY (run, position)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE events (
          id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, at INTEGER NOT NULL,
          kind TEXT NOT NULL, text TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX events_by_run ON events (run)",
    ]

    /// Brings a file that is new, or of an older version, to this one.
    static func prepare(_ database: Database) throws {
        try database.transaction {
            guard try database.number("PRAGMA user_version") == 0 else { return }
            for statement in statements { try database.execute(statement) }
            try database.execute("PRAGMA application_id = \(applicationID)")
            try database.execute("PRAGMA user_version = \(version)")
        }
    }
}
