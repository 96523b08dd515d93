import LettaModel

/// What an operator should know of one worker; a function of its values.
struct WorkerNotes {
    let worker: Worker
    private(set) var notes: [TreeNote] = []

    init(_ worker: Worker) {
        self.worker = worker
        modes()
        envFiles()
        agent()
        settings()
        database()
        running()
        files()
        starters()
    }

    private mutating func add(
        _ id: String, _ weight: TreeNote.Weight = .warning, _ subject: String, _ text: String,
        _ remedy: String? = nil
    ) {
        notes.append(TreeNote(id, weight, subject: subject, text: text, remedy: remedy))
    }

    private func value(_ key: String) -> String? { worker.setting(key)?.value?.text }

    private mutating func modes() {
        for file in worker.files where file.shape == .file && [.secret, .key, .state].contains(file.class) {
            guard file.mode & 0o077 != 0 else { continue }
            add(
                "secret-readable", .warning, file.path,
                "has mode \(file.mode.octal), so others than its owner can open it",
                "chmod 600 \(ShellWord.quoted(file.path))")
        }
    }

    // MARK: Settings

    private mutating func envFiles() {
        guard worker.kind.readsDotenv else { return }
        let read = worker.envFiles.first(where: \.isRead)
        if let read, Paths.parent(read.path) != worker.codeFolder {
            add(
                "env-of-a-parent", .warning, read.path,
                "is read because \(worker.codeFolder) has no .env of its own",
                "a .env in the code folder makes it clear whose settings they are")
        }
        if read == nil, worker.refusals.isEmpty {
            add("env-missing", .warning, worker.codeFolder, "has no .env, and no folder above it has one")
        }
        for file in worker.envFiles {
            bytes(of: file)
            if !file.isRead { unread(file) }
        }
    }

    private mutating func bytes(of file: EnvFileFacts) {
        if file.hasByteOrderMark {
            let first = file.keys.first.map { $0.filter { $0 != "\u{FEFF}" } } ?? ""
            add(
                "env-byte-order-mark", .warning, file.path,
                "begins with a byte order mark, which dotenv takes for a part of the first key \(first)",
                "take the first three bytes out")
        }
        if file.hasCarriageReturns {
            add(
                "env-carriage-returns", .info, file.path,
                "has line ends of Windows: dotenv reads past them, a shell and systemd do not")
        }
        for line in file.brokenLines {
            add("env-broken-line", .warning, "\(file.path) line \(line)", "cannot be read by dotenv")
        }
        let twice = Dictionary(grouping: file.keys) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
        for key in twice {
            add("env-duplicate", .warning, file.path, "sets \(key) more than once; the last line wins")
        }
        if !file.expanding.isEmpty {
            add(
                "env-expands", .info, file.path,
                "fills in other variables in \(file.expanding.joined(separator: ", "))")
        }
    }

    private mutating func unread(_ file: EnvFileFacts) {
        guard file.keys.contains(worker.kind.agentKey) else { return }
        add(
            "agent-id-not-read", .info, file.path,
            "sets \(worker.kind.agentKey) too, and this worker does not read it")
    }

    private mutating func agent() {
        guard worker.kind != .otto else { return }
        let key = worker.kind.agentKey
        guard let setting = worker.setting(key), let id = setting.value?.text, !id.isEmpty else {
            let text =
                worker.kind == .smcp
                ? "is not set, so SMCP mixes the secrets of all agents of the server into one environment"
                : "is not set, so the worker does not start"
            return add("agent-id-missing", .warning, key, text)
        }
        if AgentText.id(in: Array(id.utf8), at: 0) != id {
            add("agent-id-odd", .warning, key, "\(id) is not of the form agent-UUID")
        }
        for shadow in setting.shadowed where !shadow.isEqual && shadow.origin.kind != "process" {
            add(
                "agent-ids-differ", .warning, key,
                "is \(shadow.value) in \(shadow.origin.shown), which \(setting.origin.shown) overrules")
        }
        let read = worker.envFiles.first(where: \.isRead)?.path
        if setting.origin.path != read, setting.shadowed.contains(where: { $0.origin.path == read }) {
            add(
                "env-overruled", .warning, key,
                "comes from \(setting.origin.shown): a change of the .env alone would change nothing")
        }
    }

    private mutating func settings() {
        for setting in worker.settings where setting.role == .unread && setting.value != nil {
            add("key-not-read", .info, setting.key, "is set in \(setting.origin.shown), and no code reads it")
        }
        for setting in worker.settings where setting.origin.kind == "start-script" {
            guard let text = setting.value?.text, text.contains("$(") || text.contains("`") else { continue }
            add(
                "made-at-start", .info, setting.key,
                "is made by a command in \(setting.origin.shown), which ferry does not run")
        }
        let owners = ["TELEGRAM_OWNER_ID", "TELEGRAM_OWNER_USERNAME"].filter { value($0)?.isEmpty == false }
        if owners.count == 2 {
            add(
                "two-owners", .warning, owners.joined(separator: ", "),
                "are both set, at which the Telegram plugin refuses to start")
        }
        if worker.kind == .broca { broca() }
        if worker.kind == .smcp { smcp() }
    }

    private mutating func broca() {
        let forbidden = ["example", "test-", "test_", "your-", "_here", "placeholder"]
        for key in ["AGENT_ENDPOINT", "AGENT_API_KEY"] {
            guard let text = value(key)?.lowercased() else { continue }
            for word in forbidden where text.contains(word) {
                add("start-refused", .warning, key, "contains \"\(word)\", at which Broca refuses to start")
            }
        }
        if value("AGENT_ENDPOINT")?.isEmpty ?? true {
            add(
                "server-default", .warning, "AGENT_ENDPOINT",
                "is not set, so the SDK's own default, Letta's cloud, is asked")
        }
        if value("AGENT_ENDPOINT")?.hasSuffix("/v1") ?? false {
            add("server-path", .warning, "AGENT_ENDPOINT", "ends with /v1, which Broca adds itself")
        }
        if value("USE_BACKGROUND_PROCESSING")?.lowercased() == "true" {
            add(
                "redis-needed", .info, "USE_BACKGROUND_PROCESSING",
                "is on: the Letta server needs Redis and its Python package, or answers are lost and messages repeat"
            )
        }
        options()
    }

    private mutating func options() {
        for option in worker.options {
            let text = option.value?.text.lowercased()
            if option.key == "debug_mode", text == "true" {
                add(
                    "debug-mode", .warning, option.key,
                    "is on: users get their own messages back, and Letta is not asked")
            }
            if option.key == "message_mode", text == "echo" {
                add("echo-mode", .warning, option.key, "is echo: users get their own messages back")
            }
        }
        if value("DEBUG_MODE")?.lowercased() == "true" {
            add(
                "debug-mode", .warning, "DEBUG_MODE",
                "is on: users get their own messages back, and Letta is not asked")
        }
    }

    private mutating func smcp() {
        if value("MCP_AUTH_DISABLED")?.lowercased() == "true" || value("MCP_AUTH_DISABLED") == "1" {
            add(
                "auth-off", .warning, "MCP_AUTH_DISABLED",
                "is on: whoever reaches the port may call the tools")
        }
    }

    // MARK: Database

    private mutating func database() {
        guard let database = worker.database else { return }
        if !database.damage.isEmpty {
            add("database-damaged", .warning, database.path, "is damaged: \(database.damage[0])")
        }
        if database.brokenReferences > 0 {
            add(
                "database-references", .warning, database.path,
                "has \(database.brokenReferences.counted("row")) whose references lead nowhere")
        }
        if database.walBytes > 0 {
            add(
                "wal-not-empty", .info, database.path + "-wal",
                "holds \(Measures.bytes(database.walBytes)) that are not in the database yet: neither is whole alone"
            )
        }
        if database.walBytes > 0 && !database.hasShm {
            add(
                "wal-without-shm", .warning, database.path + "-shm",
                "is gone while the -wal is not: the files were copied, or tidied up by hand; the -wal is read all the same"
            )
        }
        if database.hasJournal {
            add("hot-journal", .warning, database.path + "-journal", "was left by a writer that was killed")
        }
        users(database)
        queue(database)
    }

    private mutating func users(_ database: DatabaseFacts) {
        if database.users.orphans > 0 {
            add(
                "orphan-users", .info, database.path,
                "has \(database.users.orphans.counted("user")) without a profile: nobody writes as them, and they are not remapped"
            )
        }
        if database.users.withoutBlock > 0 {
            add(
                "user-without-block", .info, database.path,
                "has \(database.users.withoutBlock.counted("user")) with a profile and no memory block of their own"
            )
        }
        if database.users.withoutIdentity > 0 {
            add(
                "user-without-identity", .info, database.path,
                "has \(database.users.withoutIdentity.counted("user")) with a profile and no identity")
        }
    }

    private mutating func queue(_ database: DatabaseFacts) {
        for tally in database.queue {
            let rows = tally.rows.counted("queue row")
            switch tally.state {
            case .pendingTried:
                add(
                    "queue-pending-tried", .warning, database.path,
                    "has \(rows) to be tried again, which the agent may have had already")
            case .processing:
                add(
                    "queue-processing", .warning, database.path,
                    "has \(rows) in work without an answer: the agent may have had them")
            case .processingAnswered:
                add(
                    "queue-processing-answered", .warning, database.path,
                    "has \(rows) answered and not marked: the answer was perhaps not sent")
            case .completedUndelivered:
                add(
                    "queue-undelivered", .warning, database.path,
                    "has \(rows) whose answer the channel could not send")
            case .unknown(let word):
                add(
                    "queue-unknown", .warning, database.path,
                    "has \(rows) in the state \"\(word)\", which Broca never writes")
            case .pending, .completed, .failed, .flushed: break
            }
        }
    }

    // MARK: Running

    private mutating func running() {
        if worker.running.hidden > 0, worker.kind == .broca {
            add(
                "processes-hidden", .warning, worker.codeFolder,
                "\(worker.running.hidden.counted("process", "processes")) of other users cannot be looked into, so it is not certain what runs",
                "run ferry as root, or as the worker's user")
        }
        if let file = worker.running.pidFile, !file.isTrue {
            add(
                "pid-file-stale", .info, file.path,
                "names no process of this worker; it proves nothing and is not copied")
        }
        if worker.running.processes.contains(where: { $0.evidence.contains(.deletedDatabaseOpen) }) {
            add(
                "database-replaced", .warning, worker.database?.path ?? worker.codeFolder,
                "was removed or replaced while a process had it open")
        }
        let brocas = worker.running.processes.filter { $0.evidence.contains(.commandLine) }
        if worker.kind == .broca, brocas.count > 1 {
            add("two-processes", .warning, worker.codeFolder, "runs \(brocas.count) times at once")
        }
    }

    // MARK: Files

    private mutating func files() {
        for file in worker.files where Paths.name(file.path) == "current_tasks_user_id.txt" {
            add("acting-user", .info, file.path, "says as whom tools act; it is never copied")
        }
        for file in worker.files where file.class == .junk {
            add(
                "core-dump", .warning, file.path,
                "looks like a core dump, which may hold secrets; it is never copied")
        }
        for file in worker.files where file.class == .special {
            add(
                "special-file", .info, file.path,
                "is a socket, a pipe or a device; it is not opened and not copied")
        }
        for plugin in worker.code.plugins where plugin.isOwn {
            add(
                "own-plugin", .info, plugin.name,
                "is a plugin that Broca does not bring: it moves with the tree")
        }
        if worker.layout == .sharedCode, worker.agentFolders.count > 1 {
            add(
                "shared-by-agents", .warning, worker.codeFolder,
                "\(worker.agentFolders.count) agents share one code folder, one .env and one database: any of them may take any message",
                "split it by hand before a move")
        }
    }

    private mutating func starters() {
        for starter in worker.starters where starter.splitsAtSpaces {
            add(
                "starter-splits", .warning, starter.path,
                "exports a file with xargs, which breaks values at spaces and reads `#` and quotes in another way than dotenv"
            )
        }
        if Set(worker.starters.map(\.kind)).subtracting([.cron]).count > 1 {
            add(
                "several-starters", .warning, worker.starters.map(\.path).joined(separator: ", "),
                "all start this worker; which one did decides its settings")
        }
    }
}

extension SettingOrigin {
    /// In a sentence.
    var shown: String {
        switch self {
        case .process(let pid): "the environment of process \(pid)"
        case .builtIn: "the program's own default"
        default: (path ?? "") + (line.map { " line \($0)" } ?? "")
        }
    }
}

extension Int {
    /// A file mode as it is typed.
    var octal: String {
        let digits = String(self, radix: 8)
        return String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits
    }
}
