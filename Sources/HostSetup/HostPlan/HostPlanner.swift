import LettaModel

/// Config, files and facts -> plan; pure.
struct HostPlanner: HostView {
    let rendering: Rendering
    let files: [DesiredFile]
    let facts: HostFacts

    private var covering: Covering { Covering(secrets: rendering.secrets) }

    func plan() -> HostPlan {
        let put = files.map(file)
        let changed = Set(put.filter(\.isPending).map(\.subject))
        return HostPlan(
            name: config.name, root: rendering.facts.base, host: facts.host,
            actions: packages + users + put + database + letta + certificate + defaultSite
                + services(changed),
            conflicts: HostConflicts(rendering: rendering, files: files, facts: facts).all,
            notes: notes)
    }

    // MARK: actions

    /// Nothing outside of a scratch root is touched.
    private func action(_ kind: String, _ subject: String, isDone: Bool, _ note: String) -> HostPlan.Action {
        if isScratch { return HostPlan.Action(kind, subject, .outside, "not in a scratch root") }
        return HostPlan.Action(kind, subject, isDone ? .ok : .run, note)
    }

    private var packages: [HostPlan.Action] {
        let missing = HostPackages.of(config).filter { !facts.packages.contains($0) }
        guard !missing.isEmpty else { return [] }
        return missing.map { action("package", $0, isDone: false, "apt-get install") }
    }

    private var users: [HostPlan.Action] {
        var names = config.letta == "systemd" ? ["letta"] : []
        if !config.agents.isEmpty { names.append("sanctum") }
        return names.map {
            action("user", $0, isDone: facts.users.contains($0), "a system account without a shell")
        }
    }

    private func file(_ file: DesiredFile) -> HostPlan.Action {
        let owner = isScratch ? facts.runner : HostFacts.Owner(user: 0, group: 0)
        let seen = facts.files[file.path] ?? .absent
        let verdict: HostPlan.Verdict =
            switch seen {
            case .absent: .create
            case .file(let bytes, let bits, let user, let group):
                bytes == Array(file.text.utf8) && bits == file.mode
                    && owner == HostFacts.Owner(user: user, group: group) ? .ok : .update
            case .link, .other: .update
            }
        let diff =
            verdict == .ok
            ? ""
            : LineDiff.unified(
                covering.covered(seen.text ?? "", of: file), covering.covered(file.text, of: file),
                path: file.path)
        let note =
            verdict == .update && diff.isEmpty
            ? "no line that can be shown differs: its mode, its owner or a password does" : ""
        var action = HostPlan.Action(
            "file", file.path, verdict, note, mode: "0" + String(file.mode, radix: 8), diff: diff)
        action.owner = owner.shown
        action.was = seen.essence
        action.will = file.digest.description
        return action
    }

    private var database: [HostPlan.Action] {
        guard config.ownsDatabase else { return [] }
        let source =
            [
                "repository": "the repository of the Postgres project", "deb": config.pgvectorFile,
                "wheel": "a wheel",
            ][
                config.pgvector]
        let install = source.map {
            action(
                "install", "pgvector", isDone: facts.hasDatabase,
                "from \($0), by \(paths.tools)/postgres-install")
        }
        return [install].compactMap { $0 } + [
            action(
                "database", "letta", isDone: facts.hasDatabase,
                "role, database and the extension vector, by \(paths.tools)/postgres-setup")
        ]
    }

    /// What `letta-install` writes beside what it has installed, and looks for.
    private var mark: String? {
        files.first { $0.path.hasSuffix(".lock") }.map { "\(config.lettaVersion) \($0.digest)" }
    }

    private var letta: [HostPlan.Action] {
        if config.letta == "docker" {
            return Rendering.images(config).map {
                action("image", $0, isDone: facts.hasImages, "docker-compose pull")
            }
        }
        guard config.letta == "systemd" else { return [] }
        let isInstalled = mark.map { facts.lettaMark?.trimmedSpaces == $0[...] } ?? false
        return [
            action(
                "install", "Letta \(config.lettaVersion)", isDone: isInstalled,
                "from the lock file, by \(paths.tools)/letta-install"),
            action(
                "database", "tables of letta", isDone: facts.hasTables(config),
                "by \(paths.tools)/letta-schema"),
        ]
    }

    private var certificate: [HostPlan.Action] {
        guard config.certificate != "files" else { return [] }
        let isGood = facts.certificate == .good
        let note =
            config.certificate == "acme"
            ? "port \(config.httpPort) serves the authority's challenge first; then certbot; then the whole site"
            : "self-signed, which no browser trusts: for a lab"
        return [HostPlan.Action("certificate", config.name, isGood ? .ok : .run, note)]
    }

    private var defaultSite: [HostPlan.Action] {
        guard config.defaultSite == "remove", facts.isDebians(paths.defaultSite) else { return [] }
        return [
            HostPlan.Action(
                "file", paths.defaultSite, .remove,
                "Debian's own default site, as default-site says; its file in sites-available stays")
        ]
    }

    /// What is started, what is started anew since a file of it changes, and
    /// what reads its files again.
    private func services(_ changed: Set<String>) -> [HostPlan.Action] {
        let isReissued = config.certificate != "files" && facts.certificate != .good
        let isReloaded = facts.isNginxRunning && (changed.contains(paths.site) || isReissued)
        guard config.services == "systemd", !isScratch else {
            let note =
                isReloaded
                ? "nginx -s reload" : "started by its own pid file; nothing starts it again after a reboot"
            return [
                HostPlan.Action(
                    "service", "nginx", facts.isNginxRunning && !isReloaded ? .ok : .run, note)
            ]
        }
        let restarted = HostUnits.toRestart(config, paths, changed).filter(facts.running.contains)
        return HostUnits.of(config).map { unit in
            let isNew = !facts.services.contains(unit)
            let orders =
                (isNew ? ["systemctl enable --now"] : [])
                + (restarted.contains(unit) ? ["systemctl restart: a file of it changes"] : [])
                + (unit == "nginx.service" && isReloaded ? ["systemctl reload"] : [])
            return HostPlan.Action(
                "service", unit, orders.isEmpty ? .ok : .run,
                orders.isEmpty ? "enabled, and runs" : orders.joined(separator: "; "))
        }
    }

    private var notes: [String] {
        var notes: [String] = []
        if !facts.isRoot, !isScratch {
            notes.append("not run as root: what only root can read was not looked at")
        }
        notes += HostNames(rendering: rendering, facts: facts).notes
        for (agent, lists) in facts.lackingPython.sorted(by: { $0.key < $1.key }) {
            let environment = WorkerEnvironment(paths.at("/srv/\(agent)"))
            notes.append(
                "broca@\(agent) and smcp@\(agent) cannot start without \(environment.folder), which is not there: \(environment.command(from: lists))"
            )
        }
        if facts.lacksSitePage {
            notes.append(
                "\(config.site)/index.html is not there: port \(config.httpsPort) answers 404 until it is")
        }
        if facts.nginx == nil {
            notes.append("nginx is not installed: the files are rendered for \(rendering.facts.nginx)")
        }
        if config.services == "systemd", !facts.hasSystemd, !isScratch {
            notes.append("systemd does not run here: set \"services\" to \"none\"")
        }
        let others = HostUnits.of(config).filter { $0 != "nginx.service" }
        if config.services == "none", !isScratch, !others.isEmpty {
            notes.append(
                "services is none, so ferry starts nginx alone; what these units have in ExecStart is for you to start: \(others.joined(separator: ", "))"
            )
        }
        return notes
    }
}
