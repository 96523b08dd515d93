import LettaModel
import LosslessJSON
import Testing
import WorkerFixtures

@testable import WorkerTree

@Suite struct SurveyTests {
    static func survey(_ tree: SyntheticTree, processes: ProcessSnapshot = .none) throws -> WorkerInventory {
        try WorkerSurvey.of(tree.root, on: host(tree, processes))
    }

    static func host(_ tree: SyntheticTree, _ processes: ProcessSnapshot = .none) -> HostView {
        HostView(home: tree.home, processes: processes)
    }

    // MARK: Nothing changes

    @Test(
        arguments: SyntheticTree.Layout.allCases,
        [SyntheticDatabase.Journal.delete, .walOfKilledWriter])
    func `a survey leaves every name, mode, time and byte as it was`(
        layout: SyntheticTree.Layout, journal: SyntheticDatabase.Journal
    ) throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(layout, home: folder.path + "/home", journal: journal)
        let spare = folder.path + "/spare"
        try Disk.makeFolder(spare)
        let before = TreeFingerprint.of(tree.home)
        var host = Self.host(tree)
        host.temporaryFolder = spare
        _ = try WorkerSurvey.of(tree.root, on: host).json
        #expect(TreeFingerprint.of(tree.home) == before)
        #expect(Disk.names(in: spare).isEmpty)
    }

    // MARK: Layouts

    struct Expected: Sendable {
        let layout: SyntheticTree.Layout
        let workers: [String]
    }

    @Test(
        arguments: [
            Expected(layout: .a, workers: ["broca a", "broca a"]),
            Expected(layout: .b, workers: ["broca b"]),
            Expected(layout: .c, workers: ["broca c", "broca c", "smcp c"]),
            Expected(layout: .d, workers: ["broca d", "smcp d", "broca d", "smcp d"]),
            Expected(layout: .otto, workers: ["otto otto"]),
        ])
    func `workers are found by what lies side by side`(expected: Expected) throws {
        let folder = try Temporary()
        let inventory = try Self.survey(try SyntheticTree(expected.layout, home: folder.path))
        #expect(inventory.workers.map { "\($0.kind.rawValue) \($0.layout.rawValue)" } == expected.workers)
        #expect(inventory.allRefusals.isEmpty)
    }

    @Test(arguments: [SyntheticTree.Layout.a, .b, .c, .d])
    func `each Broca's own database is found, with its rows of the -wal`(layout: SyntheticTree.Layout) throws
    {
        let folder = try Temporary()
        let tree = try SyntheticTree(layout, home: folder.path)
        let inventory = try Self.survey(tree)
        let brocas = inventory.workers.filter { $0.kind == .broca }
        for (broca, agent) in zip(brocas, tree.agents) {
            let database = try #require(broca.database)
            #expect(database.path == tree.database(agent))
            #expect(broca.agentID == agent.id)
            #expect(database.journalMode == .wal)
            #expect(database.walBytes > 0)
            #expect(database.users.all == 13)
            #expect(database.tables.map(\.rows) == [13, 12, 11, 11])
            #expect(database.tables.last?.sequence == 12)
            #expect(database.listed.map { $0.profiles[0].displayName } == agent.users.prefix(12).map(\.name))
            #expect(database.listed.map(\.blockID) == agent.users.prefix(12).map(\.blockID))
        }
    }

    @Test func `several agents below one code folder are seen to share it`() throws {
        let folder = try Temporary()
        let inventory = try Self.survey(try SyntheticTree(.b, home: folder.path))
        #expect(inventory.workers[0].agentFolders.count == 2)
        #expect(inventory.workers[0].notes.contains { $0.id == "shared-by-agents" })
    }

    @Test func `a database of Broca that no worker opens is told apart`() throws {
        let folder = try Temporary()
        let inventory = try Self.survey(try SyntheticTree(.a, home: folder.path))
        #expect(inventory.stores.filter { $0.kind == .strayBroca }.count == 2)
    }

    // MARK: Settings

    @Test func `a key that is set in three places shows all three, and the one that counts`() throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(.d, home: folder.path)
        let broca = try Self.survey(tree).workers[0]
        let setting = try #require(broca.setting("LOG_LEVEL"))
        #expect(setting.value == .plain("ERROR"))
        #expect(setting.origin == .pm2(path: tree.home + "/.pm2/dump.pm2"))
        #expect(setting.shadowed.map(\.value) == [.plain("DEBUG"), .plain("INFO")])
        #expect(setting.shadowed.map(\.origin.line) == [12, 9])
        let agent = try #require(broca.setting("AGENT_ID"))
        #expect(agent.shadowed.last?.origin == .envFile(path: tree.root + "/agents/ada/.env", line: 1))
        #expect(agent.shadowed.last?.isEqual == false)
    }

    @Test func `a template's drop-in on the host says what counts`() throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(.d, home: folder.path + "/home")
        let units = folder.path + "/units"
        try Disk.write(
            units + "/broca@.service",
            "[Service]\nWorkingDirectory=\(tree.root)/agents/%i/broca\nEnvironment=AGENT_ID=unit\nExecStart=/usr/bin/python3 main.py\n"
        )
        try Disk.write(units + "/broca@.service.d/override.conf", "[Service]\nEnvironment=AGENT_ID=drop-in\n")
        var host = Self.host(tree)
        host.unitFolders = [units]
        let inventory = try WorkerSurvey.of(tree.root, on: host)
        let brocas = inventory.workers.filter { $0.kind == .broca }
        #expect(brocas.map(\.agentID) == ["drop-in", "drop-in"])
        #expect(
            brocas.first?.setting("AGENT_ID")?.origin
                == .unit(path: units + "/broca@.service.d/override.conf", line: 2))
    }

    @Test func `a process's environment wins over units, scripts and files`() throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(.c, home: folder.path)
        let code = tree.broca(.ada)
        let process = ProcessFacts(
            pid: 4711, words: ["/usr/bin/python3", "main.py"], folder: code,
            environment: ["AGENT_ID": "agent-of-the-process", "PATH": "/bin"])
        let broca = try Self.survey(tree, processes: ProcessSnapshot(processes: [process])).workers[0]
        #expect(broca.setting("AGENT_ID")?.origin == .process(pid: 4711))
        #expect(broca.agentID == "agent-of-the-process")
        #expect(broca.setting("PATH") == nil)
        #expect(broca.setting("AGENT_ENDPOINT")?.origin.kind == "unit")
        #expect(broca.workFolderIsKnown)
        #expect(broca.running.processes.map(\.evidence) == [[.commandLine]])
    }

    @Test func `without a .env of its own, the parent's is read and named`() throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(.a, home: folder.path)
        let broca = try Self.survey(tree).workers[0]
        #expect(broca.setting("AGENT_ID")?.origin.path == "\(tree.root)/\(tree.agents[0].id)/.env")
        #expect(broca.notes.contains { $0.id == "env-of-a-parent" })
    }

    @Test func `a file that a shell reads otherwise than dotenv is named`() throws {
        let folder = try Temporary()
        let broca = try Self.survey(try SyntheticTree(.d, home: folder.path)).workers[0]
        #expect(broca.notes.contains { $0.id == "readers-differ" && $0.text.contains("AGENT_API_KEY") })
        #expect(broca.notes.contains { $0.id == "starter-splits" })
    }

    @Test func `SMCP reads no .env, but what its start script reads`() throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(.d, home: folder.path)
        try Disk.write(tree.smcp(.ada) + "/.env", "LETTA_AGENT_ID=agent-not-read\n")
        let smcp = try Self.survey(tree).workers[1]
        #expect(smcp.agentID == SyntheticAgent.ada.id)
        #expect(smcp.setting("LETTA_AGENT_ID")?.origin.path == tree.smcp(.ada) + "/env.smcp")
    }

    // MARK: Secrets

    @Test(arguments: SyntheticTree.Layout.allCases)
    func `no secret is in the JSON form`(layout: SyntheticTree.Layout) throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(layout, home: folder.path)
        let text = try Self.survey(tree).json.text()
        let secrets = tree.agents.flatMap { agent in
            [
                agent.serverToken, agent.botToken, "wck#\(agent.name)", "mcp-\(agent.name)-key",
                "lt \(agent.name)",
                "Grüße",
            ]
        }
        for secret in secrets + ["adm-control-9", "tasks-pass-17"] {
            #expect(!text.contains(secret), "\(secret)")
        }
    }

    @Test func `a URL is shown without the login in it`() {
        #expect(SettingValue.plain("https://ada:pw@host:1/x").description == "https://<login>@host:1/x")
        #expect(SettingValue.secret(Secret("abc")).description == "<secret, 3 bytes>")
    }

    // MARK: Files

    @Test func `each odd thing is in its class`() throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(.d, home: folder.path)
        let broca = try Self.survey(tree).workers[0]
        let classes = Dictionary(uniqueKeysWithValues: broca.files.map { ($0.path, $0.class) })
        let expected: [String: FileClass] = [
            "sanctum.db": .state, "sanctum.db-wal": .state, "sanctum.db-shm": .state, ".env": .secret,
            "settings.json": .config, "main.py": .code, "run/broca.pid": .volatile,
            "run/broca.sock": .special,
            "run/current_tasks_user_id.txt": .volatile, "core": .junk, "server.log": .log, "pipe": .special,
            "sanctum.db.2026-04-01": .backup, "__pycache__": .cache, ".git": .code, "plugins/ring": .code,
        ]
        for (name, kind) in expected { #expect(classes["\(tree.broca(.ada))/\(name)"] == kind, "\(name)") }
    }

    @Test func `links that ring, leave the tree or cross to another agent are named`() throws {
        let folder = try Temporary()
        let notes = try Self.survey(try SyntheticTree(.d, home: folder.path)).notes
        for id in ["link-ring", "link-outside", "link-across-agents", "secret-readable", "code-only"] {
            #expect(notes.contains { $0.id == id }, "\(id)")
        }
    }

    @Test func `code's commit, packages and own plugins are known`() throws {
        let folder = try Temporary()
        let code = try Self.survey(try SyntheticTree(.d, home: folder.path)).workers[0].code
        #expect(code.commit == "1b368f9000000000000000000000000000000001")
        #expect(code.packages == ["aiosqlite==0.20.0", "letta_client==1.12.1", "python_dotenv==1.0.0"])
        #expect(code.plugins.filter(\.isOwn).map(\.name).contains("q_webchat"))
        #expect(code.plugins.first { $0.name == "old_bot.disabled" }?.isDisabled == true)
    }

    // MARK: Mentions

    @Test func `the old agent id is found everywhere but in what people wrote`() throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(.d, home: folder.path)
        let inventory = try Self.survey(tree)
        let all = inventory.workers.flatMap(\.mentions) + inventory.stores.flatMap(\.mentions)
        let places = all.filter { $0.subject == .agentID(SyntheticAgent.ada.id) }.map(\.place)
        let broca = tree.broca(.ada)
        #expect(places.contains(.line(path: broca + "/.env", 2)))
        #expect(places.contains(.line(path: tree.smcp(.ada) + "/env.smcp", 1)))
        #expect(places.contains(.line(path: tree.home + "/.pm2/dump.pm2", 2)))
        #expect(
            places.contains(
                .column(
                    path: broca + "/sanctum.db", table: "letta_users", column: "agent_preferences", row: 3)))
        #expect(
            places.contains(
                .column(
                    path: tree.root + "/control/db/sanctum_ui.db", table: "agents", column: "letta_uid",
                    row: 1)))
        #expect(!places.contains { if case .column(_, "messages", _, _) = $0 { true } else { false } })
        #expect(all.contains { $0.subject == .secretName("TELEGRAM_BOT_TOKEN") })
        #expect(all.contains { $0.subject.kind == "other-agent-id" })
    }

    // MARK: Running

    @Test func `a process that has the database open is found, whatever it is called`() throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(.d, home: folder.path)
        let path = tree.database(.ada)
        let identity = try #require(SystemFile.status(path)).identity
        let snapshot = ProcessSnapshot(
            processes: [
                ProcessFacts(
                    pid: 7, words: ["sqlite3", "x"], folder: "/",
                    open: [.init(path: "/other/name", identity: identity)]),
                ProcessFacts(
                    pid: 8, words: ["python"], folder: "/", open: [.init(path: path, isDeleted: true)]),
            ],
            locks: [
                FileLock(
                    pid: 7, isWrite: true, device: identity.device, inode: identity.inode,
                    start: 1_073_741_825)
            ])
        let running = try Self.survey(tree, processes: snapshot).workers[0].running
        #expect(running.processes.map(\.evidence) == [[.databaseOpen], [.deletedDatabaseOpen]])
        #expect(running.locks.map(\.meaning) == ["reserved"])
        #expect(running.pidFile?.isTrue == false)
    }

    // MARK: Bad input

    @Test func `a path that is not there is a clear error`() {
        let failure = #expect(throws: Failure.self) { try WorkerSurvey.of("/nowhere/at/all", on: HostView()) }
        #expect(failure?.code == .fileUnreadable)
    }

    @Test func `a tree without a worker is a clear error`() throws {
        let folder = try Temporary()
        try Disk.write(folder.path + "/main.py", "")
        let failure = #expect(throws: Failure.self) { try WorkerSurvey.of(folder.path, on: HostView()) }
        #expect(failure?.code == .workerNotFound)
    }

    struct Broken: Sendable, CustomTestStringConvertible {
        let name: String
        let code: ErrorCode?
        var note: String?
        let breaking: @Sendable (SyntheticTree) throws -> Void
        var testDescription: String { name }
    }

    static let broken: [Broken] = [
        Broken(name: "no database", code: .databaseMissing) { tree in
            for side in ["", "-wal", "-shm"] { Disk.remove(tree.database(.ada) + side) }
        },
        Broken(name: "bytes that are no database", code: .databaseForeign) { tree in
            for side in ["-wal", "-shm"] { Disk.remove(tree.database(.ada) + side) }
            try Disk.write(tree.database(.ada), "this is no database at all, however long it may be")
        },
        Broken(name: "another program's database", code: .databaseForeign) { tree in
            for side in ["", "-wal", "-shm"] { Disk.remove(tree.database(.ada) + side) }
            try SyntheticDatabase.writeOther(tree.database(.ada), text: "not Broca's")
        },
        Broken(name: "a table is missing", code: .databaseForeign) { tree in
            try SyntheticDatabase.write(
                tree.database(.ada), .ada, journal: .walOfKilledWriter, fault: .missingTable)
        },
        Broken(name: "a newer version", code: .databaseNewer) { tree in
            try SyntheticDatabase.write(
                tree.database(.ada), .ada, journal: .walOfKilledWriter, fault: .newerVersion)
        },
        Broken(name: "an unknown column", code: .databaseNewer) { tree in
            try SyntheticDatabase.write(
                tree.database(.ada), .ada, journal: .walOfKilledWriter, fault: .unknownColumn)
        },
        Broken(name: "a .env in UTF-16", code: .envUnreadable) { tree in
            try Disk.write(tree.broca(.ada) + "/.env", [0xFF, 0xFE, 0x41, 0x00, 0x3D, 0x00])
        },
        Broken(name: "a -wal whose -shm is gone", code: nil, note: "wal-without-shm") { tree in
            Disk.remove(tree.database(.ada) + "-shm")
        },
        Broken(name: "a byte order mark", code: nil, note: "env-byte-order-mark") { tree in
            try Disk.write(tree.broca(.ada) + "/.env", "\u{FEFF}AGENT_ID=agent-1\r\n")
        },
        Broken(name: "debug mode", code: nil, note: "debug-mode") { tree in
            try Disk.write(tree.broca(.ada) + "/settings.json", "{\"debug_mode\": true}")
        },
        Broken(name: "echo mode", code: nil, note: "echo-mode") { tree in
            try Disk.write(tree.broca(.ada) + "/settings.json", "{\"message_mode\": \"echo\"}")
        },
        Broken(name: "a .env that is a pipe", code: nil, note: "env-no-file") { tree in
            Disk.remove(tree.broca(.ada) + "/.env")
            try Disk.makePipe(tree.broca(.ada) + "/.env")
        },
    ]

    @Test(arguments: broken)
    func `what is wrong with one worker is said of it, and the others are shown`(broken: Broken) throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(.d, home: folder.path)
        try broken.breaking(tree)
        let before = TreeFingerprint.of(tree.home)
        let inventory = try Self.survey(tree)
        #expect(inventory.workers[0].refusals.map(\.code) == [broken.code].compactMap { $0 })
        if let note = broken.note { #expect(inventory.workers[0].notes.contains { $0.id == note }) }
        #expect(inventory.workers[2].refusals.isEmpty)
        #expect(inventory.workers[2].database != nil)
        #expect(TreeFingerprint.of(tree.home) == before)
    }

    @Test func `a token that two workers share is a warning that does not show it`() throws {
        let folder = try Temporary()
        let tree = try SyntheticTree(.d, home: folder.path)
        try Disk.write(tree.broca(.bob) + "/.env", "TELEGRAM_BOT_TOKEN=\(SyntheticAgent.ada.botToken)\n")
        let note = try #require(try Self.survey(tree).notes.first { $0.id == "shared-token" })
        #expect(!note.text.contains(SyntheticAgent.ada.botToken))
    }
}
