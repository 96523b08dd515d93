import LettaModel
import LosslessJSON

/// Looks at a tree of workers. The one entry that reads files, processes and
/// databases; what it decides is decided by pure parts.
public enum WorkerSurvey {
    /// - Parameters:
    ///   - path: a tree of any layout, an agent's folder, or a code folder.
    ///   - host: what is known of the machine around the tree.
    /// **Effects**: none on the tree: no byte, mode or time of it changes.
    /// **Errors**: `fileUnreadable` where there is no such folder,
    /// `workerNotFound` where it holds no worker. What is wrong with one
    /// worker is among its `refusals`.
    public static func of(_ path: String, on host: HostView) throws -> WorkerInventory {
        let root = try folder(path)
        let walk = try TreeWalk(root)
        var survey = SurveyRun(root: root, host: host, walk: walk)
        guard !survey.workers.isEmpty else {
            throw Failure(
                .workerNotFound, subject: root,
                reason: "holds no worker: no folder has Broca's main.py with database/models.py and "
                    + "runtime/core/queue.py, SMCP's smcp.py, or Otto's env.paths with its start script",
                remedy: "ferry workers inspect PATH, with the folder that holds the agents")
        }
        return survey.run()
    }

    private static func folder(_ path: String) throws -> String {
        do {
            let real = try SystemFile.realPath(path)
            guard SystemFile.isFolder(real) else {
                throw SystemFile.Refused(reason: "is no folder", isAbsent: false)
            }
            _ = try SystemFile.names(in: real)
            return real
        } catch let error as SystemFile.Refused {
            throw Failure(
                .fileUnreadable, subject: path,
                reason: error.isAbsent ? "is not there" : "cannot be looked at: \(error.reason)",
                remedy: "ferry workers inspect PATH, with the folder that holds the agents")
        }
    }
}

/// One survey, step by step: each fills in a part that later ones need.
struct SurveyRun {
    let root: String
    let host: HostView
    let entries: [TreeEntry]
    var workers: [Worker]
    private var inventory: WorkerInventory
    private var files: [TreeFile] = []
    /// Shell scripts of the tree, found once for all workers.
    private let scripts: [String]

    init(root: String, host: HostView, walk: TreeWalk) {
        self.root = root
        self.host = host
        entries = walk.entries
        workers = WorkerFinder(root: root, entries: walk.entries).workers(walk.entries)
        inventory = WorkerInventory(root: root, notes: walk.notes)
        scripts = walk.entries.filter(StarterFinder.isScript).map(\.path)
        dropParts()
    }

    mutating func run() -> WorkerInventory {
        sortFiles()
        for index in workers.indices {
            readSettings(&workers[index])
            readDatabase(&workers[index])
            workers[index].code = CodeReader.facts(workers[index], root: root, entries: entries)
        }
        findMentions()
        for index in workers.indices { workers[index].notes += WorkerNotes(workers[index]).notes }
        inventory.workers = workers
        inventory.notes += LinkCheck.notes(entries, root: root, workers: workers) + PairNotes.of(workers)
        noteModes()
        inventory.notes += workers.flatMap(secretsOutside)
        inventory.otherAgents = OtherAgentFinder(root: root, workers: workers, host: host).all(files)
        inventory.notes += inventory.otherAgents.map {
            TreeNote(
                "other-agent-id", .warning, subject: $0.place, text: $0.words,
                remedy: "take the line out, or set the agent that is meant")
        }
        return inventory
    }

    /// Files around the tree that give a worker its secrets: no move brings them.
    private func secretsOutside(_ worker: Worker) -> [TreeNote] {
        let unread = worker.envFiles.filter { !$0.isRead }.map(\.path)
        var keys: [String: Set<String>] = [:]
        for setting in worker.settings where [.secret, .serverToken].contains(setting.role) {
            let origins = (setting.value == nil ? [] : [setting.origin]) + setting.shadowed.map(\.origin)
            for path in origins.compactMap(\.path) where !Paths.isInside(path, root) && !unread.contains(path)
            {
                keys[path, default: []].insert(setting.key)
            }
        }
        return keys.sorted { $0.key < $1.key }.map { path, keys in
            TreeNote(
                "secret-outside", .warning, subject: path,
                text:
                    "gives \(worker.name)'s \(worker.kind.rawValue) \(keys.sorted().joined(separator: ", ")), "
                    + "and lies outside the tree: no move brings it")
        }
    }

    // MARK: Who is a worker

    /// Otto's runtime brings an SMCP as its code; a checkout under `repos/`
    /// that has neither settings nor a database is nobody's worker.
    private mutating func dropParts() {
        let otto = workers.filter { $0.kind == .otto }.compactMap { worker in
            try? SystemFile.bytes(of: worker.codeFolder + "/env.paths", limit: EnvLookup.limit)
        }.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
        let paths = Set(entries.map(\.path))
        let parts = workers.filter { worker in
            let named = Paths.relative(worker.codeFolder, to: host.home ?? root)
            if worker.kind == .smcp, worker.layout == .alone, otto.contains(named) { return true }
            let isCheckout = Paths.components(Paths.relative(worker.codeFolder, to: root)).contains("repos")
            let own = [".env", "sanctum.db"].map { Paths.join(worker.codeFolder, $0) }
            return isCheckout && own.allSatisfy { !paths.contains($0) }
                && RunningCheck(snapshot: host.processes).runners(of: worker).isEmpty
        }
        for part in parts {
            inventory.notes.append(
                TreeNote(
                    "code-only", .info, subject: part.codeFolder,
                    text:
                        "holds the code of \(part.kind.rawValue) without settings or a database: no worker of its own"
                ))
        }
        let folders = Set(parts.map(\.codeFolder))
        workers.removeAll { folders.contains($0.codeFolder) }
    }

    // MARK: Files

    private mutating func sortFiles() {
        let code = workers.map(\.codeFolder)
        for entry in entries {
            let file = TreeFile(
                path: entry.path,
                class: FileClassifier.classOf(entry, below: root, codeFolders: code),
                bytes: entry.bytes, count: entry.count, mode: entry.mode, shape: entry.shape)
            files.append(file)
            if let owner = workers.firstIndex(where: { Paths.isInside(file.path, $0.folder) }) {
                workers[owner].files.append(file)
            } else {
                inventory.files.append(file)
            }
        }
    }

    private mutating func noteModes() {
        for file in inventory.files
        where file.shape == .file && [.secret, .key].contains(file.class) && file.mode & 0o077 != 0 {
            inventory.notes.append(
                TreeNote(
                    "secret-readable", .warning, subject: file.path,
                    text: "has mode \(file.mode.octal), so others than its owner can open it",
                    remedy: "chmod 600 \(ShellWord.quoted(file.path))"))
        }
    }

    // MARK: Settings

    private func readSettings(_ worker: inout Worker) {
        let runners = RunningCheck(snapshot: host.processes).runners(of: worker)
        let found = StarterFinder(root: root, host: host, entries: entries, scripts: scripts).starters(
            of: worker)
        worker.starters = found.map(\.starter)
        worker.notes += found.flatMap(\.notes)
        setWorkFolder(&worker, runners)

        var layers = runners.compactMap { Self.layer($0, worker.kind, found) } + found.map(\.entries)
        let outer = Dictionary(layers.reversed().joined().map { ($0.key, $0.text) }) { _, stronger in stronger
        }
        let lookup = EnvLookup(
            from: worker.codeFolder, isRead: worker.kind.readsDotenv, environment: outer)
        worker.envFiles = lookup.facts
        worker.refusals += lookup.refusals
        worker.notes += lookup.notes
        layers.append(lookup.read)
        if worker.kind == .smcp { layers += smcpLayers(&worker, hasSettings: !outer.isEmpty) }
        worker.settings = SettingResolver(
            kind: worker.kind, layers: layers, ignored: lookup.ignored
        ).settings()
        if worker.kind == .broca { worker.options = OptionsReader.options(worker) }
        noteDifferentReaders(&worker, lookup.read, found)
    }

    /// Of a process's environment only what the program looks at, or what
    /// another place sets as well.
    private static func layer(_ process: ProcessFacts, _ kind: WorkerKind, _ found: [FoundStarter])
        -> [SettingEntry]?
    {
        let others = Set(found.flatMap(\.entries).map(\.key))
        return process.environment?.filter {
            SettingCatalog.isOwn($0.key, of: kind) || others.contains($0.key)
                || (SettingCatalog.looksSecret($0.key) && SettingCatalog.isWorthShowing($0.key, of: kind))
        }
        .map { SettingEntry(key: $0.key, text: $0.value, origin: .process(pid: process.pid)) }
    }

    private func setWorkFolder(_ worker: inout Worker, _ runners: [ProcessFacts]) {
        let said = runners.map(\.folder) + worker.starters.compactMap(\.workFolder)
        guard let folder = said.first else { return }
        worker.workFolderIsKnown = true
        let places = [worker.codeFolder, worker.folder, worker.agentFolder].compactMap { $0 }
        worker.workFolder =
            (places + worker.agentFolders).first { Paths.isSamePlace(folder, as: $0, below: root) } ?? folder
    }

    /// `env.smcp`, which a shell reads by hand where nothing else starts it,
    /// and `~/.letta/.env`, of which SMCP reads the lines with `export`.
    private func smcpLayers(_ worker: inout Worker, hasSettings: Bool) -> [[SettingEntry]] {
        var layers: [[SettingEntry]] = []
        let folders = [worker.codeFolder, worker.folder, worker.agentFolder].compactMap { $0 }
        if !hasSettings, let path = folders.map({ $0 + "/env.smcp" }).first(where: SystemFile.isFile) {
            layers.append(assignments(path).map(\.entry))
            worker.notes.append(
                TreeNote(
                    "smcp-env-assumed", .info, subject: path,
                    text: "is taken for SMCP's environment: nothing that starts it was found"))
        }
        if let home = host.home {
            let keys = ["LETTA_SERVER_URL", "LETTA_SERVER_PASSWORD", "LETTA_API_KEY"]
            layers.append(
                assignments(home + "/.letta/.env").filter { $0.isExported && keys.contains($0.entry.key) }
                    .map(\.entry))
        }
        return layers
    }

    private func assignments(_ path: String) -> [(entry: SettingEntry, isExported: Bool)] {
        let bytes = (try? SystemFile.bytes(of: path, limit: EnvLookup.limit)) ?? []
        return ShellAssignments.of(String(decoding: bytes, as: UTF8.self)).map {
            (
                SettingEntry(key: $0.key, text: $0.text, origin: .envFile(path: path, line: $0.line)),
                $0.isExported
            )
        }
    }

    /// A file that is read by dotenv and by a starter, to different ends.
    private func noteDifferentReaders(_ worker: inout Worker, _ read: [SettingEntry], _ found: [FoundStarter])
    {
        for entry in read {
            let others = found.flatMap(\.entries).filter {
                $0.key == entry.key && $0.origin.path == entry.origin.path
                    && $0.origin.line == entry.origin.line
            }
            if others.contains(where: { $0.text != entry.text }) {
                worker.notes.append(
                    TreeNote(
                        "readers-differ", .warning, subject: entry.origin.shown,
                        text: "\(entry.key) means one thing to dotenv and another to what starts the worker",
                        remedy: "write it without spaces, quotes, `$` and `#`"))
            }
        }
    }

    // MARK: Database and processes

    private func readDatabase(_ worker: inout Worker) {
        let check = RunningCheck(snapshot: host.processes)
        guard worker.kind == .broca else {
            worker.running = check.facts(worker, database: nil)
            worker.running.pidFile = PidFiles.find(worker, check)
            return
        }
        let named = DatabaseFinder(root: root, entries: entries).place(
            worker, runners: check.runners(of: worker))
        // SQLite keeps a `-wal` beside what a link leads to.
        var place = named
        place.path = (try? SystemFile.realPath(named.path)) ?? named.path
        worker.running = check.facts(worker, database: place.path)
        worker.running.pidFile = PidFiles.find(worker, check)
        if let former = place.formerPath {
            worker.notes.append(
                TreeNote(
                    "database-of-another-root", .info, subject: former,
                    text: "is not here; the same file of this tree is read, \(place.path)"))
        }
        guard SystemFile.isFile(place.path) else {
            worker.refusals.append(
                DatabaseFailures.missing(place.path, linkTo: linkTarget(place.path), strays))
            return
        }
        do {
            let database = try BrocaDatabase(
                reading: place.path, isLive: worker.running.isRunning, temporaryFolder: host.temporaryFolder)
            worker.database = try database.facts(foundBy: place.foundBy)
            if named.path != place.path { worker.database?.linkedFrom = named.path }
        } catch let failure as Failure {
            worker.refusals.append(failure)
        } catch {
            worker.refusals.append(DatabaseFailures.unreadable(place.path, "\(error)"))
        }
    }

    private func linkTarget(_ path: String) -> String? {
        guard case .link(let target) = entries.first(where: { $0.path == path })?.shape else { return nil }
        return target
    }

    private var strays: [String] {
        files.filter { $0.class == .state && $0.shape == .file && Paths.name($0.path) == "sanctum.db" }.map(
            \.path)
    }

    // MARK: Mentions

    private mutating func findMentions() {
        let needles = Needles.of(workers, root: root, home: host.home)
        var finder = MentionFinder(needles)
        for file in files { take(finder.mentions(in: file)) }
        for path in outside { take(finder.lines(of: path)) }
        let check = RunningCheck(snapshot: host.processes)
        for index in workers.indices {
            for process in check.runners(of: workers[index]) {
                workers[index].mentions += finder.mentions(in: process)
            }
            guard let path = workers[index].database?.path,
                let database = try? BrocaDatabase(
                    reading: path, isLive: workers[index].running.isRunning,
                    temporaryFolder: host.temporaryFolder)
            else { continue }
            workers[index].mentions += (try? database.mentions(needles)) ?? []
        }
        inventory.notes += finder.notes
        findStores(needles)
    }

    private mutating func findStores(_ needles: [Needle]) {
        let taken = Set(workers.compactMap { $0.database?.path })
        let home = host.home.map { home in
            [".pm2/dump.pm2", ".letta/.env", ".cursor/mcp.json"].map { Paths.join(home, $0) }
        }
        let beside = (home ?? []).filter { !Paths.isInside($0, root) }.compactMap { path in
            SystemFile.status(path).map {
                TreeFile(path: path, class: .other, bytes: $0.bytes, mode: $0.mode)
            }
        }
        let found = StoreFinder(root: root, host: host, taken: taken).stores(files + beside, needles)
        inventory.stores = found.map(\.store)
        inventory.notes += found.compactMap(\.note)
    }

    /// Files around the tree that start a worker or set something for it.
    private var outside: [String] {
        let starting = workers.flatMap { worker in
            worker.starters.flatMap { [$0.path] + $0.environmentFiles } + worker.envFiles.map(\.path)
        }
        let home = host.home.map { home in
            [".pm2/dump.pm2", ".letta/.env", ".cursor/mcp.json"].map { Paths.join(home, $0) }
        }
        let paths = Set(starting + (home ?? []))
        return paths.filter { !Paths.isInside($0, root) && SystemFile.isFile($0) }.sorted()
    }

    /// A mention belongs to the worker in whose folder, or agent's folder, or
    /// starter it stands.
    private mutating func take(_ mentions: [Mention]) {
        for mention in mentions {
            guard let path = mention.place.path, let owner = owner(of: path) else {
                inventory.mentions.append(mention)
                continue
            }
            workers[owner].mentions.append(mention)
        }
    }

    private func owner(of path: String) -> Int? {
        workers.firstIndex { Paths.isInside(path, $0.folder) }
            ?? workers.firstIndex { $0.starters.contains { $0.path == path } }
            ?? workers.firstIndex { $0.agentFolder.map { Paths.isInside(path, $0) } ?? false }
    }
}
