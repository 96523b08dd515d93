import LosslessJSON

/// A starter with what it sets, in the order in which it sets it.
struct FoundStarter {
    var starter: Starter
    var entries: [SettingEntry]
    var notes: [TreeNote] = []
}

/// Finds units, pm2's dump, scripts and cron lines that start a worker.
struct StarterFinder {
    let root: String
    let host: HostView
    let entries: [TreeEntry]
    /// Shell scripts of the tree.
    let scripts: [String]

    /// **Bounds**: holds one file of at most 1 MiB at a time.
    static let limit = 1 << 20

    /// The strongest first: a unit, pm2, a script, cron.
    func starters(of worker: Worker) -> [FoundStarter] {
        unitPaths.compactMap { unit($0, worker) } + dumpPaths.flatMap { dump($0, worker) }
            + scripts.compactMap { script($0, worker) } + cronPaths.compactMap { cron($0, worker) }
    }

    private var unitPaths: [String] {
        inTree(".service") + host.unitFolders.flatMap { listed($0, ".service") }
    }
    private var dumpPaths: [String] { unique(inTree("/dump.pm2") + homeFile(".pm2/dump.pm2")) }
    private var cronPaths: [String] {
        unique(entries.map(\.path).filter { Paths.name($0).hasPrefix("crontab") } + host.cronFiles)
    }

    private func inTree(_ ending: String) -> [String] {
        entries.filter { $0.shape == .file && $0.path.hasSuffix(ending) }.map(\.path)
    }

    private func listed(_ folder: String, _ ending: String) -> [String] {
        guard !Paths.isInside(folder, root) else { return [] }
        return ((try? SystemFile.names(in: folder)) ?? []).filter { $0.hasSuffix(ending) }.map {
            Paths.join(folder, $0)
        }
    }

    private func homeFile(_ name: String) -> [String] {
        host.home.map { Paths.join($0, name) }.map { SystemFile.isFile($0) ? [$0] : [] } ?? []
    }

    private func unique(_ paths: [String]) -> [String] {
        paths.enumerated().filter { !paths[..<$0.offset].contains($0.element) }.map(\.element)
    }

    /// nil where it cannot be read, or is another machine's.
    private func text(_ asked: String) -> String? {
        var path = asked
        if let names = host.elsewhere {
            let inside = names.lazy.filter { Paths.isInside(asked, $0) }.first
            if let inside { path = Paths.join(root, Paths.relative(asked, to: inside)) }
            guard Paths.isInside(path, root) else { return nil }
        }
        return (try? SystemFile.bytes(of: path, limit: Self.limit)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    // MARK: Whose it is

    private func isPlace(_ path: String, of worker: Worker) -> Bool {
        let places = [worker.codeFolder, worker.folder, worker.agentFolder].compactMap { $0 }
        return (places + worker.agentFolders).contains { Paths.isSamePlace(path, as: $0, below: root) }
    }

    /// It names the program, and stands or leads where the worker is.
    private func starts(_ worker: Worker, words: [String], folder: String?) -> Bool {
        let programs = RunningCheck.programs(of: worker.kind)
        let named = words.filter { word in programs.contains { Paths.name(word) == $0 } }
        guard !named.isEmpty else { return false }
        return named.contains { word in
            if word.hasPrefix("/") { return isPlace(Paths.parent(word), of: worker) }
            guard let folder else { return false }
            let path = Paths.resolved(word, in: folder)
            return isPlace(Paths.parent(path), of: worker)
        }
    }

    // MARK: Units

    private func unit(_ path: String, _ worker: Worker) -> FoundStarter? {
        guard let text = text(path) else { return nil }
        guard Paths.name(path).hasSuffix("@.service") else { return unit(path, text, nil, worker) }
        return instances(of: path, worker).lazy.compactMap { unit(path, text, $0, worker) }.first
    }

    private func unit(_ path: String, _ text: String, _ instance: String?, _ worker: Worker) -> FoundStarter?
    {
        let dropIns = dropIns(of: path, instance)
        let unit = UnitFile(
            [(path, text)] + dropIns.compactMap { path in self.text(path).map { (path, $0) } },
            home: host.home, instance: instance)
        var (given, notes) = ([ShellState.Entry](), [TreeNote]())
        given = unit.environment.map { .init(key: $0.key, text: $0.text, path: $0.path, line: $0.line) }
        for file in unit.environmentFiles {
            guard let content = self.text(file.path) else {
                notes.append(Self.unreadable(file.path, "\(path) line \(file.line) reads it"))
                continue
            }
            given += UnitFile.assignments(content).map {
                .init(key: $0.key, text: $0.text, path: file.path, line: $0.line)
            }
        }
        let own = Set([path] + dropIns + unit.environmentFiles.map(\.path))
        let known = Dictionary(given.map { ($0.key, $0.text) }) { $1 }
        var all: ShellRun?
        for command in unit.commandLines {
            var one = run(
                command.path, in: unit.workFolder ?? "/", isKnown: unit.workFolder != nil, given)
            one.words(Self.words(command.text, known), line: command.line)
            if let before = all { one.add(before) }
            all = one
        }
        guard let all,
            var found = found(
                .unit, path, all, worker,
                origin: { entry in
                    own.contains(entry.path)
                        ? .unit(path: entry.path, line: entry.line)
                        : .startScript(path: entry.path, line: entry.line)
                })
        else { return nil }
        found.starter.environmentFiles =
            dropIns + unit.environmentFiles.map(\.path) + found.starter.environmentFiles
        found.notes = notes + found.notes
        return found
    }

    /// A command as systemd takes it: no shell is between.
    private static func words(_ command: String, _ known: [String: String]) -> [String] {
        let bare = command.drop { "@-:+!".contains($0) }
        return ShellAssignments.words(String(bare), known).filter { !["&", ";", "|", "(", ")"].contains($0) }
    }

    // MARK: What a start comes to

    private func run(
        _ path: String, in folder: String, isKnown: Bool, _ given: [ShellState.Entry]
    ) -> ShellRun {
        var state = ShellState(path: path, folder: folder, folderIsKnown: isKnown, home: host.home)
        for entry in given { state.set(entry, isExported: true) }
        return ShellRun(state) { self.text($0) }
    }

    /// nil where none of what it starts is the worker.
    private func found(
        _ kind: Starter.Kind, _ path: String, _ run: ShellRun, _ worker: Worker,
        origin: (ShellState.Entry) -> SettingOrigin
    ) -> FoundStarter? {
        let start = run.starts.last { starts(worker, words: $0.words, folder: $0.folder) }
        guard let start else { return nil }
        return found(
            kind, path, run, folder: start.folderIsKnown ? start.folder : run.workFolder, start.entries,
            origin)
    }

    private func found(
        _ kind: Starter.Kind, _ path: String, _ run: ShellRun, folder: String?,
        _ entries: [ShellState.Entry], _ origin: (ShellState.Entry) -> SettingOrigin
    ) -> FoundStarter {
        FoundStarter(
            starter: Starter(
                kind: kind, path: path, workFolder: folder,
                environmentFiles: unique(run.scripts + run.reads.map(\.path)),
                splitsAtSpaces: run.reads.contains(where: \.splitsAtSpaces)),
            entries: entries.map { SettingEntry(key: $0.key, text: $0.text, origin: origin($0)) },
            notes: run.reads.filter(\.isMissing).map {
                Self.unreadable($0.path, "\($0.reader) line \($0.line) reads it")
            }
        ).finished
    }

    /// What `systemctl edit` writes beside a unit: by the names of the files,
    /// of which the one that administrators put there hides the others.
    ///
    /// - Parameter instance: of a template; what is its own is read, too.
    private func dropIns(of path: String, _ instance: String?) -> [String] {
        let base = Paths.name(path).dropLast(".service".count)
        let names = (instance.map { ["\(base)\($0).service.d"] } ?? []) + [Paths.name(path) + ".d"]
        let all = names.flatMap { folder in
            entries.filter {
                $0.shape == .file && Paths.parent($0.path) == Paths.join(Paths.parent(path), folder)
            }.map(\.path)
                + host.unitFolders.flatMap { listed(Paths.join($0, folder), ".conf") }
        }
        var seen: Set<String> = []
        return all.filter { $0.hasSuffix(".conf") && seen.insert(Paths.name($0)).inserted }
            .sorted { Paths.name($0) < Paths.name($1) }
    }

    /// Names that a template may be started with: those that are enabled or
    /// have settings of their own on this host, then the agent's folder.
    private func instances(of path: String, _ worker: Worker) -> [String] {
        let base = String(Paths.name(path).dropLast(".service".count))
        let folders = host.unitFolders + [Paths.parent(path)]
        let wants = folders.flatMap { folder in
            ((try? SystemFile.names(in: folder)) ?? []).filter { $0.hasSuffix(".wants") }
                .map { Paths.join(folder, $0) }
        }
        let names = (folders + wants).flatMap { (try? SystemFile.names(in: $0)) ?? [] }
        let named = names.compactMap { name -> String? in
            guard name.hasPrefix(base) else { return nil }
            let rest = name.dropFirst(base.count)
            for ending in [".service", ".service.d"] where rest.hasSuffix(ending) {
                let instance = String(rest.dropLast(ending.count))
                return instance.isEmpty ? nil : instance
            }
            return nil
        }
        return unique(named.sorted() + [worker.agentFolder.map(Paths.name)].compactMap { $0 })
    }

    static func unreadable(_ path: String, _ why: String) -> TreeNote {
        TreeNote(
            "environment-file-missing", .warning, subject: path,
            text: "\(why), and it is not there or cannot be read, so values that it sets are not shown")
    }

    // MARK: pm2

    private func dump(_ path: String, _ worker: Worker) -> [FoundStarter] {
        guard let bytes = try? SystemFile.bytes(of: path, limit: 16 << 20), let dump = try? Pm2Dump(bytes)
        else { return [] }
        return dump.programs.compactMap { program in
            let given = program.environment.filter { SettingCatalog.isWorthShowing($0.key, of: worker.kind) }
            var run = run(
                path, in: program.workFolder ?? "/", isKnown: program.workFolder != nil,
                given.map { .init(key: $0.key, text: $0.text, path: path, line: 1) })
            run.words(program.words, line: 1)
            return found(.pm2, path, run, worker) { entry in
                entry.path == path ? .pm2(path: path) : .startScript(path: entry.path, line: entry.line)
            }
        }
    }

    // MARK: Scripts

    private func script(_ path: String, _ worker: Worker) -> FoundStarter? {
        guard let text = text(path) else { return nil }
        let folder = Paths.parent(path)
        var run = run(path, in: folder, isKnown: false, [])
        run.script(text)
        let isOwn = worker.kind == .otto && folder == worker.codeFolder
        if let found = found(.script, path, run, worker, origin: Self.scripts) { return found }
        guard isOwn else { return nil }
        return found(
            .script, path, run, folder: run.workFolder, run.state.entries, Self.scripts)
    }

    private static func scripts(_ entry: ShellState.Entry) -> SettingOrigin {
        .startScript(path: entry.path, line: entry.line)
    }

    /// Whether a file is a shell's, by its name or its first line.
    static func isScript(_ entry: TreeEntry) -> Bool {
        guard entry.shape == .file, entry.bytes > 2, entry.bytes <= limit else { return false }
        if entry.path.hasSuffix(".sh") { return true }
        let others = [".py", ".pyc", ".js", ".json", ".md", ".html", ".css", ".db", ".log", ".png", ".jpg"]
        guard !others.contains(where: { entry.path.hasSuffix($0) }),
            let first = try? SystemFile.bytes(of: entry.path, limit: 64)
        else { return false }
        return ShellRun.shebang(String(decoding: first, as: UTF8.self)) != nil
    }

    // MARK: cron

    /// Lines that run the worker's program or a start script of its folders.
    private func cron(_ path: String, _ worker: Worker) -> FoundStarter? {
        guard let text = text(path) else { return nil }
        let isSystems = path == "/etc/crontab" || path.hasPrefix("/etc/cron.d/")
        var named: FoundStarter?
        for job in CronTable(text, isSystems: isSystems).jobs {
            let given = job.variables.map {
                ShellState.Entry(key: $0.key, text: $0.text, path: path, line: $0.line)
            }
            var run = run(path, in: host.home ?? "/", isKnown: host.home != nil, given)
            run.text(job.command, line: job.line)
            if let found = found(.cron, path, run, worker, origin: Self.scripts) { return found }
            let words = ShellAssignments.words(job.command)
            if words.contains(where: { $0.hasSuffix(".sh") && isPlace(Paths.parent($0), of: worker) }) {
                named = FoundStarter(starter: Starter(kind: .cron, path: path), entries: [])
            }
        }
        return named
    }
}

extension FoundStarter {
    /// With the names of what it sets.
    fileprivate var finished: FoundStarter {
        var copy = self
        copy.starter.keys = Set(entries.map(\.key)).sorted()
        return copy
    }
}
