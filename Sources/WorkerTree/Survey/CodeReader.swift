/// Where a worker's code came from and what it runs with, without running it.
enum CodeReader {
    /// Plugins that come with Broca.
    static let broughtAlong: Set<String> = ["telegram", "telegram_bot", "web_chat"]

    static func facts(_ worker: Worker, root: String, entries: [TreeEntry]) -> CodeFacts {
        var facts = CodeFacts()
        facts.commit = commit(worker.codeFolder, root)
        facts.plugins = plugins(worker, entries)
        facts.environment = environment(worker, root)
        facts.packages = facts.environment.map(packages) ?? []
        return facts
    }

    // MARK: Commit

    private static func commit(_ folder: String, _ root: String) -> String? {
        let folders = Paths.upward(from: folder).prefix { $0 == root || Paths.isInside($0, root) }
        return folders.lazy.compactMap { head(Paths.join($0, ".git")) }.first
    }

    private static func head(_ git: String) -> String? {
        var git = git
        if let link = line(git), link.hasPrefix("gitdir: ") {
            git = Paths.resolved(String(link.dropFirst(8)), in: Paths.parent(git))
        }
        guard let head = line(git + "/HEAD") else { return nil }
        guard head.hasPrefix("ref: ") else { return head }
        let name = String(head.dropFirst(5))
        return line("\(git)/\(name)") ?? packed(git, name)
    }

    private static func packed(_ git: String, _ name: String) -> String? {
        let bytes = (try? SystemFile.bytes(of: git + "/packed-refs", limit: 1 << 20)) ?? []
        let lines = ShellAssignments.lines(String(decoding: bytes, as: UTF8.self))
        return lines.first { $0.hasSuffix(" " + name) }.map { String($0.prefix { $0 != " " }) }
    }

    private static func line(_ path: String) -> String? {
        guard let bytes = try? SystemFile.bytes(of: path, limit: 4_096) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline }
        return text.isEmpty ? nil : String(text)
    }

    // MARK: Plugins

    private static func plugins(_ worker: Worker, _ entries: [TreeEntry]) -> [CodeFacts.Plugin] {
        let folders = Set([worker.codeFolder, worker.workFolder, worker.folder]).map {
            Paths.join($0, "plugins")
        }
        var found: [String: CodeFacts.Plugin] = [:]
        for entry in entries {
            guard let folder = folders.first(where: { Paths.isInside(entry.path, $0) }) else { continue }
            let rest = Paths.components(Paths.relative(entry.path, to: folder))
            guard let name = rest.first.map(String.init) else { continue }
            let link: String? =
                if case .link(let target) = entry.shape, rest.count == 1 { target } else { nil }
            guard rest.count > 1 || link != nil, !FileClassifier.cacheFolders.contains(name) else { continue }
            let isDisabled = name.hasSuffix(".disabled")
            found[name] = CodeFacts.Plugin(
                name: name, isOwn: worker.kind == .broca && !broughtAlong.contains(name),
                isDisabled: isDisabled, linkTarget: link)
        }
        return found.values.sorted { $0.name < $1.name }
    }

    // MARK: Packages

    private static func environment(_ worker: Worker, _ root: String) -> String? {
        let folders = Paths.upward(from: worker.codeFolder).prefix { $0 == root || Paths.isInside($0, root) }
        return folders.lazy.flatMap { folder in ["venv", ".venv"].map { Paths.join(folder, $0) } }
            .first { SystemFile.isFile($0 + "/pyvenv.cfg") }
    }

    private static func packages(_ environment: String) -> [String] {
        let versions = (try? SystemFile.names(in: environment + "/lib")) ?? []
        let folders = versions.filter { $0.hasPrefix("python") }.map {
            "\(environment)/lib/\($0)/site-packages"
        }
        return folders.flatMap { (try? SystemFile.names(in: $0)) ?? [] }.compactMap(package)
            .sorted { $0.lowercased() < $1.lowercased() }
    }

    /// `letta_client-1.12.1.dist-info` is `letta_client==1.12.1`.
    private static func package(_ folder: String) -> String? {
        let ending = ".dist-info"
        guard folder.hasSuffix(ending), let dash = folder.dropLast(ending.count).lastIndex(of: "-") else {
            return nil
        }
        let version = folder[folder.index(after: dash)...].dropLast(ending.count)
        return "\(folder[..<dash])==\(version)"
    }
}
