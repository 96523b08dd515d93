import LettaModel

/// Config, files and facts -> plan; pure.
struct HostPlanner {
    let rendering: Rendering
    let files: [DesiredFile]
    let facts: HostFacts

    private var config: HostConfig { rendering.config }
    private var paths: HostPaths { rendering.paths }
    private var isScratch: Bool { !rendering.facts.base.isEmpty }
    private var covering: Covering { Covering(secrets: rendering.secrets) }

    func plan() -> HostPlan {
        let put = files.map(file)
        let changed = Set(put.filter(\.isPending).map(\.subject))
        return HostPlan(
            name: config.name, root: rendering.facts.base, host: facts.host,
            actions: packages + users + put + database + letta + certificate + defaultSite
                + services(changed),
            conflicts: portConflicts + serverConflicts + detourConflicts + fileConflicts + placeConflicts
                + certificateConflicts + lettaConflicts + databaseConflicts + firewallConflicts,
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

    private var letta: [HostPlan.Action] {
        guard config.letta == "systemd" else { return [] }
        let isInstalled = facts.lettaMark?.hasPrefix(config.lettaVersion + " ") ?? false
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
        guard config.defaultSite == "remove", isDebians else { return [] }
        return [
            HostPlan.Action(
                "file", paths.defaultSite, .remove,
                "Debian's own default site, as default-site says; its file in sites-available stays")
        ]
    }

    private var isDebians: Bool {
        if case .link(let target) = facts.files[paths.defaultSite] {
            target.hasSuffix("/sites-available/default")
        } else {
            false
        }
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

    // MARK: conflicts

    private func conflict(_ id: String, _ subject: String, _ seen: String, _ means: String, _ remedy: String)
        -> HostPlan.Conflict
    {
        HostPlan.Conflict(id: id, subject: subject, seen: seen, means: means, remedy: remedy)
    }

    /// Ports of a running nginx, as its files say.
    private var portsOfNginx: Set<Int> {
        guard facts.isNginxRunning else { return [] }
        let own = ForeignServer.all(facts.files[paths.site]?.text ?? "")
        return Set((facts.servers + own).flatMap(\.ports))
    }

    /// nginx reports success where it could not take a port.
    private var portConflicts: [HostPlan.Conflict] {
        guard !(facts.isNginxRunning && facts.isNginxHidden) else { return [] }
        return facts.listening.filter { $0.port != config.lettaPort && !portsOfNginx.contains($0.port) }.map {
            socket in
            conflict(
                "port.taken", "port \(socket.port)",
                "something listens on \(socket.address), and it is not this nginx",
                "nginx would start without that port, or not at all",
                "see who it is: ss -ltnp 'sport = :\(socket.port)'; stop it, or choose another port")
        }
    }

    private var serverConflicts: [HostPlan.Conflict] {
        let ports = Set([config.httpPort, config.httpsPort, config.apiPort])
        return facts.servers.filter {
            !($0.file == paths.defaultSite && isDebians && config.defaultSite == "remove")
        }.flatMap { server in
            let defaults = server.defaultPorts.filter(ports.contains)
            var found = Set(defaults).sorted().map { port in
                conflict(
                    "nginx.default-server", "port \(port)", "\(server.file) is the default server there",
                    "nginx refuses two of them",
                    server.file == paths.defaultSite
                        ? "set \"default-site\" to \"remove\"" : "take default_server out of \(server.file)")
            }
            if server.names.contains(config.name), server.ports.contains(where: ports.contains) {
                found.append(
                    conflict(
                        "nginx.same-name", config.name, "\(server.file) serves that name on the same port",
                        "nginx would take one of the two and only warn",
                        "give one of them another name or port: \(server.file)"))
            }
            return found
        }
            + (facts.nginxTrouble.map {
                [
                    conflict(
                        "nginx.broken", "nginx", $0, "nginx cannot be reloaded as it is",
                        "mend that first: nginx -t")
                ]
            } ?? [])
    }

    private var detourConflicts: [HostPlan.Conflict] {
        facts.detours.sorted { $0.key < $1.key }.map { link, target in
            conflict(
                "file.foreign", link, "it is a link to \(target)",
                "what is put below it would lie outside of the root",
                "take it away, or name another root: rm \(link)")
        }
    }

    private var placeConflicts: [HostPlan.Conflict] {
        facts.foreignPlaces.map {
            conflict(
                "file.foreign", $0, "it is there, and ferry did not make it",
                "it would be lost where Letta is installed", "move it away: mv \($0) \($0).before-ferry")
        }
    }

    private var fileConflicts: [HostPlan.Conflict] {
        files.compactMap { file in
            if let obstacle = facts.obstacles[file.path], facts.isRoot || isScratch {
                return conflict(
                    "file.unwritable", file.path, obstacle, "the file cannot be put there",
                    "look at it: findmnt -T \(HostDisk.folder(of: file.path))")
            }
            switch facts.files[file.path] ?? .absent {
            case .absent: return nil
            case .other(let what):
                return conflict(
                    "file.other", file.path, "it is \(what)", "ferry replaces files only",
                    "look at it: ls -ld \(file.path)")
            case .link(let target):
                return conflict(
                    "file.foreign", file.path, "it is a link to \(target)", "ferry did not make it",
                    "move it away: mv \(file.path) \(file.path).before-ferry")
            case .file:
                switch ManagedText.origin(of: facts.files[file.path]?.text ?? "") {
                case .ours: return nil
                case .changed:
                    return conflict(
                        "file.drift", file.path, "ferry wrote it, and somebody changed it since",
                        "the change would be lost",
                        "keep what you need of it, then: mv \(file.path) \(file.path).changed")
                case .foreign:
                    return conflict(
                        "file.foreign", file.path, "it is there, and ferry did not write it",
                        "it would be lost", "move it away: mv \(file.path) \(file.path).before-ferry")
                }
            }
        }
    }

    private var certificateConflicts: [HostPlan.Conflict] {
        let remedy =
            config.certificate == "files"
            ? "name the right files: certificate-file, key-file" : "move it away, so that a new one is made"
        switch facts.certificate {
        case .wrong(let reason):
            return [
                conflict("certificate.wrong", config.name, reason, "browsers would refuse every page", remedy)
            ]
        case .absent where config.certificate == "files":
            return [
                conflict(
                    "certificate.wrong", config.name, "\(config.certificateFile) is not there",
                    "nginx does not start without it", remedy)
            ]
        default: return []
        }
    }

    private var lettaConflicts: [HostPlan.Conflict] {
        var found: [HostPlan.Conflict] = []
        if config.letta == "running", !facts.lettaAnswers {
            found.append(
                conflict(
                    "letta.absent", "port \(config.lettaPort)", "no Letta answers on 127.0.0.1",
                    "the edge would have nothing behind it", "start it there, or set \"letta\" to \"systemd\""
                ))
        }
        if config.letta != "running", !facts.lettaAnswers,
            facts.listening.contains(where: { $0.port == config.lettaPort })
        {
            found.append(
                conflict(
                    "port.taken", "port \(config.lettaPort)", "something listens there, and it is no Letta",
                    "Letta could not start", "stop it, or set \"letta-port\""))
        }
        for socket in facts.listening
        where socket.port == config.lettaPort && !socket.address.hasPrefix("127.") && socket.address != "::1"
        {
            found.append(
                conflict(
                    "letta.exposed", "port \(socket.port)", "Letta listens on \(socket.address)",
                    "the API can be had without TLS, past the edge", "start it with --host 127.0.0.1"))
        }
        if let revision = facts.revision, revision != LettaLock.revision, config.tables == "models" {
            found.append(
                conflict(
                    "database.revision", "letta", "its schema is \(revision)",
                    "Letta \(config.lettaVersion) wants \(LettaLock.revision)",
                    "set \"tables\" to \"alembic\", after a dump: pg_dump -Fc letta"))
        }
        return found
    }

    /// Nothing of a Postgres is changed that was there before.
    private var databaseConflicts: [HostPlan.Conflict] {
        guard let found = facts.database else { return [] }
        func foreign(_ subject: String, _ seen: String, _ means: String, _ remedy: String)
            -> HostPlan.Conflict
        {
            conflict("database.foreign", subject, seen, means, remedy)
        }
        var conflicts: [HostPlan.Conflict] = []
        if found.hasRole, !found.takesPassword {
            conflicts.append(
                foreign(
                    "role letta", "it is there, and does not take the password of host.secrets",
                    "Letta could not log in, and ferry changes no role that it did not make",
                    "write its password into host.secrets as \(HostSecrets.database)=…, or give it that one: runuser -u postgres -- psql -c '\\password letta'"
                ))
        }
        if let owner = found.owner, owner != "letta" {
            conflicts.append(
                foreign(
                    "database letta", "it belongs to \(owner)", "Letta could not make its tables there",
                    "rename it, or set \"postgres\" to \"uri\": runuser -u postgres -- psql -c 'ALTER DATABASE letta RENAME TO letta_before'"
                ))
        }
        if found.tables > 0, facts.revision == nil || !facts.hasDatabase {
            conflicts.append(
                foreign(
                    "database letta",
                    "it has \(found.tables.counted("table")) and \(facts.revision == nil ? "no revision of Letta's" : "no vector")",
                    "ferry sets up empty databases only",
                    "rename it, or set \"postgres\" to \"uri\": runuser -u postgres -- psql -c 'ALTER DATABASE letta RENAME TO letta_before'"
                ))
        }
        return conflicts
    }

    /// Rules that drop everything else are loaded over the very connection by
    /// which somebody looks at them.
    private var firewallConflicts: [HostPlan.Conflict] {
        guard config.firewall, config.services == "systemd", !isScratch, config.sshPort != 0 else {
            return []
        }
        let waits = facts.sshPorts.isEmpty ? facts.isSSHPortUsed : facts.sshPorts.contains(config.sshPort)
        guard !waits else { return [] }
        let others = facts.sshPorts.sorted().map(String.init).joined(separator: ", ")
        return [
            conflict(
                "firewall.ssh", "port \(config.sshPort)",
                others.isEmpty ? "nothing listens there" : "sshd listens on \(others), and not there",
                "the firewall would lock you out",
                "set \"ssh-port\" to the port of your ssh, or to 0 if you need none: ss -ltnp")
        ]
    }

    private var notes: [String] {
        var notes: [String] = []
        if !facts.isRoot, !isScratch {
            notes.append("not run as root: what only root can read was not looked at")
        }
        if facts.addresses.isEmpty, config.certificate == "acme" {
            notes.append(
                "\(config.name) has no address: the authority cannot reach it, and no certificate will be issued; mend the DNS first"
            )
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
