/// Debian's packages that a config needs.
enum HostPackages {
    static func of(_ config: HostConfig) -> [String] {
        var names = ["nginx", "openssl", "ca-certificates", "curl"]
        if config.certificate == "acme" { names.append("certbot") }
        if config.firewall { names.append("nftables") }
        if config.letta == "docker" { names += ["docker.io", "docker-compose"] }
        if config.letta == "systemd" { names += ["python3", "python3-venv"] }
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
        if config.ownsDatabase, config.dumps > 0 { names.append("letta-dump.timer") }
        names.append("nginx.service")
        if config.certificate == "acme" { names.append("certbot.timer") }
        return names
    }
}
