/// Debian's packages that a config needs.
enum HostPackages {
    static func of(_ config: HostConfig) -> [String] {
        var names = ["nginx", "openssl", "ca-certificates", "curl"]
        if config.certificate == "acme" { names.append("certbot") }
        if config.firewall { names.append("nftables") }
        if config.letta == "docker" { names += ["docker.io", "docker-compose"] }
        // Of Letta's own environment, and of the workers'.
        if config.letta == "systemd" || !config.agents.isEmpty { names += ["python3", "python3-venv"] }
        if config.letta == "systemd", config.redis { names.append("redis-server") }
        if config.ownsDatabase, config.pgvector != "wheel" { names += ["postgresql", "postgresql-common"] }
        return names.sorted()
    }
}

/// Units that a config has enabled and running; those of workers are not.
enum HostUnits {
    static func of(_ config: HostConfig) -> [String] {
        var names: [String] = []
        if config.firewall { names.append("ferry-firewall.service") }
        if config.ownsDatabase, config.pgvector == "wheel" { names.append("letta-postgres.service") }
        if config.letta != "running" { names.append("letta.service") }
        if config.hasDumps { names.append("letta-dump.timer") }
        names.append("nginx.service")
        if config.certificate == "acme" { names.append("certbot.timer") }
        return names
    }

    /// Seconds that a start or a restart of it may take: more than systemd
    /// itself grants, so that it is systemd that says what went wrong.
    static func patience(_ unit: String, _ config: HostConfig) -> Int {
        switch unit {
        case "letta.service": config.letta == "docker" ? 900 + 120 + 60 : 180 + 45 + 60
        case "letta-postgres.service": 90 + 120 + 60
        default: 300
        }
    }

    /// The files of which a unit that runs may have read an older text.
    private static func reasons(_ config: HostConfig, _ paths: HostPaths) -> [(unit: String, files: [String])]
    {
        func unit(_ name: String) -> String { "\(paths.units)/\(name)" }
        let containers =
            config.letta == "docker" ? ["\(paths.letta)/compose.yaml", paths.postgresEnv] : []
        return [
            ("letta-postgres.service", [unit("letta-postgres.service")]),
            (
                "letta.service",
                [
                    paths.lettaEnv, "\(paths.tools)/letta-serve", unit("letta.service"),
                    "\(paths.tools)/letta-\(config.lettaVersion).lock",
                ] + containers
            ),
            ("letta-dump.timer", [unit("letta-dump.timer")]),
            (
                "ferry-firewall.service",
                [paths.at("/etc/ferry/firewall.nft"), unit("ferry-firewall.service")]
            ),
        ]
    }

    /// The units that take these files only when they are started anew.
    static func toRestart(_ config: HostConfig, _ paths: HostPaths, _ changed: Set<String>) -> [String] {
        let wanted = Set(of(config))
        return reasons(config, paths).filter {
            wanted.contains($0.unit) && $0.files.contains(where: changed.contains)
        }.map(\.unit)
    }
}
