import LettaModel

extension Rendering {
    /// Letta in containers: nothing but its own port is published, and that
    /// on loopback, since Docker's rules go past a firewall.
    var dockerFiles: [DesiredFile] {
        guard config.letta == "docker" else { return [] }
        return [
            DesiredFile(paths.lettaEnv, dockerEnv, mode: 0o600, isSecret: true)
        ] + databaseEnv + [
            DesiredFile("\(paths.letta)/compose.yaml", compose),
            DesiredFile("\(paths.units)/letta.service", composeUnit),
        ]
    }

    /// The database's container is given its own password and no other.
    private var databaseEnv: [DesiredFile] {
        guard config.postgres == "local" else { return [] }
        return [
            DesiredFile(
                paths.postgresEnv, "POSTGRES_PASSWORD=\(secrets[HostSecrets.database]?.reveal() ?? "")\n",
                mode: 0o600, isSecret: true)
        ]
    }

    /// Of every container, by name and version.
    static func images(_ config: HostConfig) -> [String] {
        guard config.letta == "docker" else { return [] }
        return ["letta/letta:\(config.lettaVersion)"]
            + (config.postgres == "local" ? [postgresImage] : [])
            + (config.redis ? [redisImage] : [])
    }

    private static let postgresImage = "pgvector/pgvector:0.8.1-pg15"
    private static let redisImage = "redis:7.2-alpine"

    private var compose: String {
        let database = config.postgres == "local"
        let waits = (database ? ["postgres"] : []) + (config.redis ? ["redis"] : [])
        let depends = waits.isEmpty ? "" : "    depends_on:\n" + waits.map { "      - \($0)\n" }.joined()
        return """
            version: "3.7"
            services:
              letta:
                image: letta/letta:\(config.lettaVersion)
                restart: unless-stopped
                env_file: \(paths.lettaEnv)
                ports:
                  - "127.0.0.1:\(config.lettaPort):8283"
            \(depends)\(database ? postgresService : "")\(config.redis ? redisService : "")\(database ? "volumes:\n  database:\n" : "")
            """
    }

    private var postgresService: String {
        """
          postgres:
            image: \(Self.postgresImage)
            restart: unless-stopped
            environment:
              POSTGRES_USER: letta
              POSTGRES_DB: letta
            env_file: \(paths.postgresEnv)
            volumes:
              - database:/var/lib/postgresql/data

        """
    }

    private var redisService: String {
        """
          redis:
            image: \(Self.redisImage)
            restart: unless-stopped

        """
    }

    private var composeUnit: String {
        """
        [Unit]
        Description=Letta \(config.lettaVersion) in containers
        Requires=docker.service
        After=docker.service network-online.target
        Wants=network-online.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/bin/docker-compose -f \(paths.letta)/compose.yaml up -d
        ExecStop=/usr/bin/docker-compose -f \(paths.letta)/compose.yaml stop
        TimeoutStartSec=900
        TimeoutStopSec=120

        [Install]
        WantedBy=multi-user.target

        """
    }
}
