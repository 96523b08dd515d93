import LettaModel

/// What stands in the way of a plan, each with what to do; pure. Nothing is
/// applied while there is any.
struct HostConflicts: HostView {
    let rendering: Rendering
    let files: [DesiredFile]
    let facts: HostFacts

    var all: [HostPlan.Conflict] {
        ports + servers + detours + occupied + places + certificate + letta + database + firewall
            + HostNames(rendering: rendering, facts: facts).conflicts
    }

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
    private var ports: [HostPlan.Conflict] {
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

    private var servers: [HostPlan.Conflict] {
        let ports = Set([config.httpPort, config.httpsPort, config.apiPort])
        return facts.servers.filter {
            !($0.file == paths.defaultSite && facts.isDebians(paths.defaultSite)
                && config.defaultSite == "remove")
        }.flatMap { server in
            if isFerrys(server) { return formerSite(server, ports) }
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

    /// Of a name that the host had before.
    private func isFerrys(_ server: ForeignServer) -> Bool {
        HostDisk.folder(of: server.file) == HostDisk.folder(of: paths.site)
            && server.file.hasPrefix(HostDisk.folder(of: paths.site) + "/ferry-") && server.file != paths.site
    }

    /// Said once of a file, of which every server would be in the way.
    private func formerSite(_ server: ForeignServer, _ ports: Set<Int>) -> [HostPlan.Conflict] {
        guard server.defaultPorts.contains(where: ports.contains),
            facts.servers.first(where: {
                $0.file == server.file && $0.defaultPorts.contains(where: ports.contains)
            }) == server
        else { return [] }
        let file = ShellWord.quoted(server.file)
        // An nginx that runs keeps its ports until it is told.
        let reload = (NginxControl(config: config, paths: paths).words + ["-s", "reload"]).joined(
            separator: " ")
        return [
            conflict(
                "nginx.default-server", server.file, "with it ferry set up another host on the same ports",
                "nginx refuses two of them, and a change of that file would be one by hand",
                "if this host shall have the new name alone: mv \(file) \(file).before && \(reload)")
        ]
    }

    private var detours: [HostPlan.Conflict] {
        facts.detours.sorted { $0.key < $1.key }.map { link, target in
            conflict(
                "file.foreign", link, "it is a link to \(target)",
                "what is put below it would lie outside of the root",
                "take it away, or name another root: rm \(ShellWord.quoted(link))")
        }
    }

    private var places: [HostPlan.Conflict] {
        facts.foreignPlaces.map {
            conflict(
                "file.foreign", $0, "it is there, and ferry did not make it",
                "it would be lost where Letta is installed",
                "move it away: mv \(ShellWord.quoted($0)) \(ShellWord.quoted($0 + ".before-ferry"))")
        }
    }

    private var occupied: [HostPlan.Conflict] {
        files.compactMap { file in
            if let obstacle = facts.obstacles[file.path], facts.isRoot || isScratch {
                return conflict(
                    "file.unwritable", file.path, obstacle, "the file cannot be put there",
                    "look at it: findmnt -T \(ShellWord.quoted(HostDisk.folder(of: file.path)))")
            }
            switch facts.files[file.path] ?? .absent {
            case .absent: return nil
            case .other(let what):
                return conflict(
                    "file.other", file.path, "it is \(what)", "ferry replaces files only",
                    "look at it: ls -ld \(ShellWord.quoted(file.path))")
            case .link(let target):
                return conflict(
                    "file.foreign", file.path, "it is a link to \(target)", "ferry did not make it",
                    "move it away: mv \(ShellWord.quoted(file.path)) \(ShellWord.quoted(file.path + ".before-ferry"))"
                )
            case .file:
                switch ManagedText.origin(of: facts.files[file.path]?.text ?? "") {
                case .ours: return nil
                case .changed:
                    return conflict(
                        "file.drift", file.path, "ferry wrote it, and somebody changed it since",
                        "the change would be lost",
                        "keep what you need of it, then: mv \(ShellWord.quoted(file.path)) \(ShellWord.quoted(file.path + ".changed"))"
                    )
                case .foreign:
                    return conflict(
                        "file.foreign", file.path, "it is there, and ferry did not write it",
                        "it would be lost",
                        "move it away: mv \(ShellWord.quoted(file.path)) \(ShellWord.quoted(file.path + ".before-ferry"))"
                    )
                }
            }
        }
    }

    private var certificate: [HostPlan.Conflict] {
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

    private var letta: [HostPlan.Conflict] {
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
    private var database: [HostPlan.Conflict] {
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
    private var firewall: [HostPlan.Conflict] {
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
}

extension HostFacts {
    /// Debian's own link to its default site, and nobody else's file.
    func isDebians(_ site: String) -> Bool {
        if case .link(let target) = files[site] { return target.hasSuffix("/sites-available/default") }
        return false
    }
}
