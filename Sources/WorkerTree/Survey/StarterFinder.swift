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

    /// **Bounds**: holds one file of at most 1 MiB at a time.
    static let limit = 1 << 20

    /// The strongest first: a unit, pm2, a script, cron.
    func starters(of worker: Worker) -> [FoundStarter] {
        unitPaths.compactMap { unit($0, worker) } + dumpPaths.flatMap { dump($0, worker) }
            + scriptPaths.compactMap { script($0, worker) } + cronPaths.compactMap { cron($0, worker) }
    }

    private var unitPaths: [String] {
        inTree(".service") + host.unitFolders.flatMap { listed($0, ".service") }
    }
    private var dumpPaths: [String] { unique(inTree("/dump.pm2") + homeFile(".pm2/dump.pm2")) }
    private var scriptPaths: [String] { inTree(".sh") }
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

    private func text(_ path: String) -> String? {
        (try? SystemFile.bytes(of: path, limit: Self.limit)).map { String(decoding: $0, as: UTF8.self) }
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
        let words = unit.commands.flatMap { ShellAssignments.words($0) }
        guard starts(worker, words: words, folder: unit.workFolder) else { return nil }
        var found = FoundStarter(
            starter: Starter(
                kind: .unit, path: path, workFolder: unit.workFolder,
                environmentFiles: dropIns + unit.environmentFiles.map(\.path)),
            entries: unit.environment.map {
                SettingEntry(key: $0.key, text: $0.text, origin: .unit(path: $0.path, line: $0.line))
            })
        for file in unit.environmentFiles {
            guard let content = self.text(file.path) else {
                found.notes.append(Self.unreadable(file.path, "\(path) line \(file.line) reads it"))
                continue
            }
            found.entries += UnitFile.assignments(content).map {
                SettingEntry(key: $0.key, text: $0.text, origin: .unit(path: file.path, line: $0.line))
            }
        }
        return found.finished
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
        return dump.programs.filter { starts(worker, words: $0.words, folder: $0.workFolder) }.map {
            program in
            FoundStarter(
                starter: Starter(kind: .pm2, path: path, workFolder: program.workFolder),
                entries: program.environment.filter {
                    SettingCatalog.isWorthShowing($0.key, of: worker.kind)
                }.map {
                    SettingEntry(key: $0.key, text: $0.text, origin: .pm2(path: path))
                }
            ).finished
        }
    }

    // MARK: Scripts

    private func script(_ path: String, _ worker: Worker) -> FoundStarter? {
        guard let text = text(path) else { return nil }
        let folder = Paths.parent(path)
        let script = StartScript(text, folder: folder, home: host.home)
        let words = ShellAssignments.lines(text).flatMap { ShellAssignments.words($0) }
        let isOwn = worker.kind == .otto && folder == worker.codeFolder
        guard isOwn || starts(worker, words: words, folder: script.workFolder ?? folder) else { return nil }
        var found = FoundStarter(
            starter: Starter(
                kind: .script, path: path, workFolder: script.workFolder,
                environmentFiles: script.reads.map(\.path),
                splitsAtSpaces: script.reads.contains(where: \.splitsAtSpaces)),
            entries: [])
        for read in script.reads { add(read, path, to: &found) }
        found.entries += script.exports.map {
            SettingEntry(key: $0.key, text: $0.text, origin: .startScript(path: path, line: $0.line))
        }
        return found.finished
    }

    private func add(_ read: StartScript.Read, _ path: String, to found: inout FoundStarter) {
        guard let text = text(read.path) else {
            if !read.path.hasSuffix("/activate") {
                found.notes.append(Self.unreadable(read.path, "\(path) line \(read.line) reads it"))
            }
            return
        }
        let variables = host.home.map { ["HOME": $0] } ?? [:]
        let all =
            read.splitsAtSpaces
            ? ShellAssignments.split(text) : ShellAssignments.of(text, variables: variables)
        found.entries += all.filter { read.exportsAll || $0.isExported }.map {
            SettingEntry(key: $0.key, text: $0.text, origin: .startScript(path: read.path, line: $0.line))
        }
    }

    // MARK: cron

    /// Lines that run the worker's program or a start script of its folders.
    private func cron(_ path: String, _ worker: Worker) -> FoundStarter? {
        guard let text = text(path) else { return nil }
        let lines = ShellAssignments.lines(text).filter { $0.first != "#" }
        let isWorkers = lines.contains { line in
            let script = StartScript(line, folder: "/", home: host.home)
            let words = ShellAssignments.words(line)
            return starts(worker, words: words, folder: script.workFolder)
                || words.contains { $0.hasSuffix(".sh") && isPlace(Paths.parent($0), of: worker) }
        }
        guard isWorkers else { return nil }
        return FoundStarter(starter: Starter(kind: .cron, path: path), entries: [])
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
