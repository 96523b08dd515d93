import LettaModel

extension Rendering {
    private var isSystemd: Bool { config.letta == "systemd" }

    /// Letta under systemd: environment, start, unit, and how it is installed.
    var lettaFiles: [DesiredFile] {
        guard isSystemd else { return [] }
        return [
            DesiredFile(paths.lettaEnv, lettaEnv, mode: 0o600, isSecret: true),
            DesiredFile("\(paths.tools)/letta-serve", serve, mode: 0o755),
            DesiredFile("\(paths.tools)/letta-\(config.lettaVersion).lock", LettaLock.constraints + "\n"),
            DesiredFile("\(paths.tools)/letta-install", install, mode: 0o755),
            DesiredFile("\(paths.tools)/letta-schema", schema, mode: 0o755),
            DesiredFile("\(paths.units)/letta.service", lettaUnit),
        ]
    }

    /// Lines of an environment file that systemd and Docker read alike: no
    /// quotes.
    private var lettaEnv: String {
        var lines = [
            "# Not SECURE=true: that is read by the container's own start script alone.",
            "LETTA_SERVER_SECURE=true",
            "LETTA_SERVER_PASSWORD=\(secret(HostSecrets.password))",
            "LETTA_PG_URI=\(databaseURI)",
            "LETTA_DISABLE_SQLALCHEMY_POOLING=false",
            "ACCEPTABLE_ORIGINS=\(config.origins.joined(separator: ","))",
            "MCP_DISABLE_STDIO=\(config.stdioMCP ? "false" : "true")",
            "LETTA_DISABLE_TRACING=true",
            "PYTHONUNBUFFERED=1",
        ]
        if let key = secrets[HostSecrets.encryption] { lines.append("LETTA_ENCRYPTION_KEY=\(key.reveal())") }
        if config.redis { lines += ["LETTA_REDIS_HOST=127.0.0.1", "LETTA_REDIS_PORT=6379"] }
        if isSystemd {
            lines += [
                "HOME=\(state)", "LETTA_DIR=\(state)/.letta",
                "LETTA_DEFAULT_BASE_URL=http://127.0.0.1:\(config.lettaPort)",
            ]
        }
        return lines.map { $0 + "\n" }.joined()
    }

    var dockerEnv: String {
        var lines = [
            "SECURE=true", "LETTA_SERVER_SECURE=true",
            "LETTA_SERVER_PASSWORD=\(secret(HostSecrets.password))",
            "ACCEPTABLE_ORIGINS=\(config.origins.joined(separator: ","))",
            "MCP_DISABLE_STDIO=\(config.stdioMCP ? "false" : "true")",
            "LETTA_PG_URI=\(config.postgres == "uri" ? secret(HostSecrets.uri) : "postgresql://letta:\(secret(HostSecrets.database))@postgres:5432/letta")",
        ]
        if let key = secrets[HostSecrets.encryption] { lines.append("LETTA_ENCRYPTION_KEY=\(key.reveal())") }
        if config.redis { lines += ["LETTA_REDIS_HOST=redis", "LETTA_REDIS_PORT=6379"] }
        return lines.map { $0 + "\n" }.joined()
    }

    private func secret(_ name: String) -> String { secrets[name]?.reveal() ?? "" }

    var state: String { paths.at("/var/lib/letta") }

    /// asyncpg, which serves, wants `ssl=disable` on a loopback without TLS.
    private var databaseURI: String {
        config.postgres == "uri"
            ? secret(HostSecrets.uri)
            : "postgresql://letta:\(secret(HostSecrets.database))@127.0.0.1:5432/letta?ssl=disable"
    }

    /// Letta prints its password, and alembic the database's, to what becomes
    /// the journal; `exec` leaves Letta itself as the unit's main process.
    private var serve: String {
        """
        #!/bin/bash
        # Starts Letta on loopback; covers the passwords that it prints.
        set -euo pipefail
        umask 077
        exec \(paths.letta)/venv/bin/letta server --host 127.0.0.1 --port \(config.lettaPort) --secure \\
            > >(exec sed -u -E -e 's/(password: ).*/\\1***/' -e 's#://[^@/ ]+@#://***@#g') 2>&1

        """
    }

    private var lettaUnit: String {
        let needs =
            ["network-online.target"]
            + (config.postgres == "local"
                ? [config.pgvector == "wheel" ? "letta-postgres.service" : "postgresql.service"] : [])
        let wants = config.redis ? ["redis-server.service"] : []
        return """
            [Unit]
            Description=Letta \(config.lettaVersion)
            Requires=\(needs.dropFirst().joined(separator: " "))
            Wants=\((["network-online.target"] + wants).joined(separator: " "))
            After=\((needs + wants).joined(separator: " "))
            # A start takes some twenty seconds, and is not tried again by Letta itself.
            StartLimitIntervalSec=1800
            StartLimitBurst=30

            [Service]
            Type=exec
            User=letta
            EnvironmentFile=\(paths.lettaEnv)
            ExecStart=\(paths.tools)/letta-serve
            StateDirectory=letta
            StateDirectoryMode=0700
            # It writes a file into its working folder.
            WorkingDirectory=\(state)
            Restart=on-failure
            RestartSec=10
            TimeoutStartSec=180
            TimeoutStopSec=45
            UMask=0077
            NoNewPrivileges=yes
            CapabilityBoundingSet=
            ProtectSystem=strict
            ProtectHome=yes
            PrivateTmp=yes
            PrivateDevices=yes
            ProtectKernelTunables=yes
            ProtectKernelModules=yes
            ProtectKernelLogs=yes
            ProtectControlGroups=yes
            ProtectClock=yes
            ProtectHostname=yes
            ProtectProc=invisible
            RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
            RestrictNamespaces=yes
            RestrictSUIDSGID=yes
            RestrictRealtime=yes
            LockPersonality=yes
            SystemCallArchitectures=native
            SystemCallFilter=@system-service
            SystemCallFilter=~@privileged @resources
            SystemCallErrorNumber=EPERM

            [Install]
            WantedBy=multi-user.target

            """.replacing("Requires=\n", with: "")
    }

    // MARK: Installing

    /// uv from PyPI in a venv of its own: Debian's pip cannot resolve Letta.
    private var install: String {
        """
        #!/bin/bash
        # Installs Letta \(config.lettaVersion) from a lock file, beside the place, and swaps it in.
        set -euo pipefail
        umask 022
        place=\(paths.letta)
        version=\(config.lettaVersion)
        lock=\(paths.tools)/letta-$version.lock
        want="$version $(sha256sum <"$lock" | cut -d' ' -f1)"
        if [[ -r $place/venv/.ferry ]] && [[ $(<"$place/venv/.ferry") == "$want" ]]; then
            exit 0
        fi
        \(InstalledPlace.refusal)
        refuse_foreign "$place/venv"
        refuse_foreign "$place/venv.old"
        mkdir -p "$place"
        [[ -x $place/uv/bin/uv ]] || { python3 -m venv "$place/uv"; "$place/uv/bin/pip" install --quiet 'uv==0.11.31'; }
        # A venv cannot be moved: it is made in its place, the old one set aside.
        if [[ -e $place/venv ]] && [[ $(<"$place/venv/.ferry") == unfinished* ]]; then
            rm -rf "$place/venv"
        elif [[ -e $place/venv ]]; then
            rm -rf "$place/venv.old"
            mv "$place/venv" "$place/venv.old"
        fi
        back() {
            rm -rf "$place/venv"
            [[ ! -e $place/venv.old ]] || mv "$place/venv.old" "$place/venv"
        }
        trap back ERR
        "$place/uv/bin/uv" venv --quiet --python /usr/bin/python3 "$place/venv"
        echo "unfinished $want" >"$place/venv/.ferry"
        "$place/uv/bin/uv" pip install --quiet --python "$place/venv/bin/python" -c "$lock" \\
            "letta==$version" asyncpg pg8000 psycopg2-binary pgvector aiosqlite sqlite-vec redis
        "$place/venv/bin/python" -c 'import letta.orm'
        echo "$want" >"$place/venv/.ferry"
        rm -rf "$place/venv.old"

        """
    }

    /// Shell that exports the lines of a file of settings as systemd does:
    /// each value as it stands, and no word of it run.
    static func reading(_ path: String) -> String {
        """
        while IFS= read -r line || [[ -n $line ]]; do
            if [[ $line =~ ^([A-Z_][A-Z0-9_]*)=(.*)$ ]]; then export "${BASH_REMATCH[1]}=${BASH_REMATCH[2]}"; fi
        done <\(path)
        """
    }

    private var schema: String { config.tables == "alembic" ? alembic : models }

    private var alembic: String {
        """
        #!/bin/bash
        # Brings the database to the schema of the migrations.
        set -euo pipefail
        \(Self.reading(paths.lettaEnv))
        # alembic's driver knows neither ssl nor sslmode in the query.
        export LETTA_PG_URI=${LETTA_PG_URI%%\\?*}
        cd \(config.alembicFolder)
        # It prints the database's password.
        \(paths.letta)/venv/bin/alembic upgrade head 2>&1 | sed -u -E 's#://[^@/ ]+@#://***@#g'

        """
    }

    /// The wheel has no migrations: the tables come from its models, and what
    /// the models lack is added.
    private var models: String {
        """
        #!/bin/bash
        # Makes Letta's tables in an empty database; does nothing where they are.
        set -euo pipefail
        \(Self.reading(paths.lettaEnv))
        HOME=$(mktemp -d)
        trap 'rm -rf "$HOME"' EXIT
        export HOME LETTA_DIR=$HOME/letta
        \(paths.letta)/venv/bin/python - <<'EOF'
        import importlib, os, pkgutil, sys
        from sqlalchemy import create_engine, inspect, text

        engine = create_engine(os.environ["LETTA_PG_URI"].split("?")[0])
        with engine.begin() as connection:
            tables = inspect(connection).get_table_names()
            if "alembic_version" in tables:
                found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
                if found != "\(LettaLock.revision)":
                    sys.exit(f"the database has the schema {found}, and Letta \(config.lettaVersion) wants \(LettaLock.revision)")
                sys.exit(0)
            if tables:
                sys.exit(f"the database is not empty: it has {len(tables)} tables and no revision")
            import letta.orm
            from letta.orm.base import Base
            for module in pkgutil.iter_modules(letta.orm.__path__):
                importlib.import_module(f"letta.orm.{module.name}")
            Base.metadata.create_all(connection)
            for statement in (
                "CREATE SEQUENCE IF NOT EXISTS message_seq_id",
                "ALTER TABLE messages ALTER COLUMN sequence_id SET DEFAULT nextval('message_seq_id')",
                "ALTER TABLE archives_agents ALTER COLUMN created_at SET DEFAULT now()",
                "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
                "INSERT INTO alembic_version VALUES ('\(LettaLock.revision)')",
            ):
                connection.execute(text(statement))
        EOF

        """
    }
}
