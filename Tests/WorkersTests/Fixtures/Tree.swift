import Glibc
import LettaModel
import SQLite

@testable import WorkerTree
@testable import Workers

/// A small tree in layout d: one agent, a Broca with every kind of row, an
/// SMCP; and the stubbed look at it.
struct Tree {
    let root: String
    let agent: String
    let url: String
    /// user number -> (identity, block)
    var users: [(identity: String?, block: String?)]

    var broca: String { root + "/broca" }
    var database: String { broca + "/sanctum.db" }

    static let token = "telegram-0417:AAscripted"
    static let password = "old-server-password"

    func build() throws {
        for folder in ["broca/plugins/own", "broca/run", "broca/logs", "broca/venv/bin", "smcp"] {
            try PrivateTree.makeFolder("\(root)/\(folder)")
        }
        try write("broca/main.py", "# broca\n")
        try write("broca/plugins/own/plugin.py", "ID = '\(agent)'\n")
        try write(
            "broca/.env",
            """
            AGENT_ID=\(agent)\r
            AGENT_ENDPOINT=\(url)
            AGENT_API_KEY="\(Self.password)" # the old one
            TELEGRAM_BOT_TOKEN=\(Self.token)
            DB_PATH=\(database)

            """)
        try write("broca/settings.json", "{\"agent\":{\"id\":\"\(agent)\"},\"message_mode\":\"live\"}\n")
        try write("broca/run/broca.pid", "1\n")
        try write("broca/logs/broca.log", "hello\n")
        try write("broca/venv/bin/python", "#!\(root)/broca/venv\n")
        try write(
            "smcp/env.smcp",
            "export LETTA_AGENT_ID=\(agent)\nexport LETTA_SERVER_URL=\(url)/\nMCP_PLUGINS_DIR=\(root)/smcp/plugins\n"
        )
        symlink("/etc/hostname", "\(root)/broca/plugins/outside")
        symlink("../settings.json", "\(root)/broca/plugins/inside")
        mkfifo("\(root)/broca/pipe", 0o600)
        try buildDatabase()
    }

    private func write(_ path: String, _ text: String) throws {
        try PrivateTree.write(Array(text.utf8), to: "\(root)/\(path)")
    }

    /// WAL with rows that no checkpoint has seen: as a killed writer leaves it.
    private func buildDatabase() throws {
        let live = "\(root)/../live-\(UInt32.random(in: 0...UInt32.max)).db"
        let database = try Database(live, .create)
        _ = try database.text("PRAGMA journal_mode = WAL")
        try database.execute("PRAGMA wal_autocheckpoint = 0")
        try database.execute(Self.schema)
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for (number, user) in users.enumerated() {
            let id = Int64(number + 1)
            try database.run(
                "INSERT INTO letta_users (id, letta_identity_id, letta_block_id, agent_preferences) VALUES (?, ?, ?, ?)",
                .integer(id), .string(user.identity), .string(user.block), .text("{}"))
            // The last one is an orphan.
            guard number < users.count - 1 else { continue }
            try database.run(
                """
                INSERT INTO platform_profiles (id, letta_user_id, platform, platform_user_id, username, display_name)
                VALUES (?, ?, 'telegram', ?, ?, ?)
                """, .integer(id), .integer(id), .text("\(100 + number)"), .text("user\(number)"),
                .text("𝒰ser \(number) 🌸"))
        }
        for (number, row) in Self.rows.enumerated() {
            let id = Int64(number + 1)
            try database.run(
                """
                INSERT INTO messages (id, letta_user_id, platform_profile_id, role, message, timestamp, processed, agent_response)
                VALUES (?, 1, 1, 'user', ?, '2026-11-21 08:00 UTC', ?, ?)
                """, .integer(id), .text(row.text.isEmpty ? "about \(agent)" : row.text),
                .flag(row.isProcessed), .string(row.response))
            try database.run(
                "INSERT INTO queue (id, letta_user_id, message_id, status, attempts) VALUES (?, 1, ?, ?, ?)",
                .integer(id), .integer(id), .text(row.status), .int(row.attempts))
        }
        for ending in ["", "-wal"] {
            _ = try PrivateTree.copy(live + ending, to: self.database + ending, isExecutable: false)
        }
    }

    static let rows: [QueueEntry] = [
        QueueEntry(id: 1, status: "pending", text: "new words"),
        QueueEntry(id: 2, status: "pending", attempts: 2, text: "tried words"),
        QueueEntry(id: 3, status: "processing", attempts: 1, text: "half done", response: "an answer"),
        QueueEntry(id: 4, status: "processing", attempts: 1, text: "are you there"),
        QueueEntry(id: 5, status: "processing", attempts: 1, text: "never seen"),
        QueueEntry(id: 6, status: "completed", text: "", response: "fine", isProcessed: true),
        QueueEntry(id: 7, status: "completed", text: "sent?", response: "Failed to send: no"),
        QueueEntry(id: 8, status: "failed", text: "failed words"),
        QueueEntry(id: 9, status: "flushed", text: "flushed words"),
    ]

    static let schema = """
        CREATE TABLE letta_users (id INTEGER PRIMARY KEY AUTOINCREMENT, created_at TEXT DEFAULT CURRENT_TIMESTAMP,
          last_active TEXT, letta_identity_id TEXT, letta_block_id TEXT, agent_preferences TEXT, custom_instructions TEXT,
          is_active INTEGER DEFAULT 1);
        CREATE TABLE platform_profiles (id INTEGER PRIMARY KEY AUTOINCREMENT, letta_user_id INTEGER, platform TEXT,
          platform_user_id TEXT, username TEXT, display_name TEXT, metadata TEXT,
          created_at TEXT DEFAULT CURRENT_TIMESTAMP, last_active TEXT,
          FOREIGN KEY (letta_user_id) REFERENCES letta_users (id), UNIQUE (platform, platform_user_id));
        CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, letta_user_id INTEGER, platform_profile_id INTEGER,
          role TEXT, message TEXT, timestamp TEXT, processed INTEGER DEFAULT 0, agent_response TEXT,
          FOREIGN KEY (letta_user_id) REFERENCES letta_users (id),
          FOREIGN KEY (platform_profile_id) REFERENCES platform_profiles (id));
        CREATE TABLE queue (id INTEGER PRIMARY KEY AUTOINCREMENT, letta_user_id INTEGER, message_id INTEGER, status TEXT,
          attempts INTEGER DEFAULT 0, timestamp TEXT DEFAULT CURRENT_TIMESTAMP,
          FOREIGN KEY (letta_user_id) REFERENCES letta_users (id), FOREIGN KEY (message_id) REFERENCES messages (id));
        """

    /// Everything of the tree, times included: to be the same afterwards.
    func fingerprint() throws -> [String: String] {
        var found: [String: String] = [:]
        for (path, entry) in try Manifest(of: root).entries {
            let stamp = FileStamp("\(root)/\(path)")
            found[path] = "\(entry) \(stamp?.size ?? -1) \(stamp?.modified ?? -1) \(stamp?.changed ?? -1)"
        }
        return found
    }
}

/// The look at a tree that the tests' tree needs, whatever its place.
enum Look {
    static func at(_ path: String, _ host: HostView) throws -> WorkerInventory {
        let root = FileKind.resolved(path) ?? path
        var inventory = WorkerInventory(root: root)
        var broca = Worker(
            kind: .broca, layout: .production, name: "broca", codeFolder: root + "/broca",
            folder: root + "/broca")
        let env = values(root + "/broca/.env")
        broca.settings = settings(env, root + "/broca/.env", of: .broca)
        broca.database = DatabaseFacts(
            path: env["DB_PATH"].flatMap { FileKind.at($0) == nil ? nil : $0 } ?? root + "/broca/sanctum.db",
            foundBy: .codeFolder, bytes: 1, walBytes: 0, hasShm: false, hasJournal: false,
            journalMode: .wal, damage: [], brokenReferences: 0, tables: [], queue: [], users: UserTally(),
            listed: [])
        broca.envFiles = [
            EnvFileFacts(
                path: root + "/broca/.env", mode: 0o600, isRead: true, hasByteOrderMark: false,
                hasCarriageReturns: true,
                keys: env.keys.sorted(), brokenLines: [], expanding: [])
        ]
        broca.code.packages = ["letta-client==1.12.1"]
        var smcp = Worker(
            kind: .smcp, layout: .production, name: "smcp", codeFolder: root + "/smcp", folder: root + "/smcp"
        )
        smcp.settings = settings(values(root + "/smcp/env.smcp"), root + "/smcp/env.smcp", of: .smcp)
        try walk(root, root, into: &inventory)
        inventory.workers = [broca, smcp]
        return inventory
    }

    private static func walk(_ folder: String, _ root: String, into inventory: inout WorkerInventory) throws {
        for name in try FileKind.names(in: folder) {
            let path = "\(folder)/\(name)"
            switch FileKind.at(path) {
            case .folder where name == "venv":
                inventory.files.append(TreeFile(path: path, class: .cache, bytes: 1, shape: .folder))
            case .folder: try walk(path, root, into: &inventory)
            case .file(let size, _):
                inventory.files.append(TreeFile(path: path, class: kind(path), bytes: size))
            case .link(let target):
                inventory.files.append(TreeFile(path: path, class: .code, bytes: 0, shape: .link(target)))
            case .other:
                inventory.files.append(TreeFile(path: path, class: .special, bytes: 0, shape: .special))
            case nil: break
            }
        }
    }

    private static func kind(_ path: String) -> FileClass {
        if path.hasSuffix(".env") || path.hasSuffix("env.smcp") { return .secret }
        if path.hasSuffix(".json") { return .config }
        if path.contains(".db") { return .state }
        if path.hasSuffix(".log") { return .log }
        return path.contains("/run/") ? .volatile : .code
    }

    private static func values(_ path: String) -> [String: String] {
        let text = String(decoding: (try? PrivateTree.read(path)) ?? [], as: UTF8.self)
        var found: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let pair = line.replacing("export ", with: "").split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            found[String(pair[0])] = pair[1].split(separator: " ").first.map {
                String($0.filter { $0 != "\"" })
            }
        }
        return found
    }

    private static func settings(_ values: [String: String], _ path: String, of kind: WorkerKind) -> [Setting]
    {
        let text = String(decoding: (try? PrivateTree.read(path)) ?? [], as: UTF8.self)
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return values.sorted { $0.key < $1.key }.map { key, value in
            let role: SettingRole =
                key == kind.agentKey
                ? .agentID
                : key == kind.serverKey ? .serverURL : kind.tokenKeys.contains(key) ? .serverToken : .config
            return Setting(
                key: key, value: role == .serverToken ? .secret(Secret(value)) : .plain(value), role: role,
                origin: .envFile(
                    path: path, line: (lines.firstIndex { $0.contains("\(key)=") } ?? 0) + 1))
        }
    }
}
