import LettaModel

extension Rendering {
    /// The database of this host: role, database, extension; and its dumps.
    var postgresFiles: [DesiredFile] {
        guard config.ownsDatabase else { return [] }
        var files = [
            DesiredFile(
                paths.postgresEnv,
                "LETTA_PG_PASSWORD=\(secrets[HostSecrets.database]?.reveal() ?? "")\n", mode: 0o600,
                isSecret: true),
            DesiredFile("\(paths.tools)/postgres-setup", postgresSetup, mode: 0o755),
        ]
        if config.pgvector == "wheel" {
            files += [
                DesiredFile("\(paths.tools)/postgres-install", wheel, mode: 0o755),
                DesiredFile("\(paths.units)/letta-postgres.service", wheelUnit),
            ]
        }
        if ["repository", "deb"].contains(config.pgvector) {
            files.append(DesiredFile("\(paths.tools)/postgres-install", extensionInstall, mode: 0o755))
        }
        if config.dumps > 0 {
            files += [
                DesiredFile("\(paths.tools)/letta-dump", dump, mode: 0o755),
                DesiredFile("\(paths.units)/letta-dump.service", dumpUnit),
                DesiredFile("\(paths.units)/letta-dump.timer", dumpTimer),
            ]
        }
        return files
    }

    /// The account that may make roles: Debian's, or the wheel's.
    private var superuser: String { config.pgvector == "wheel" ? "letta" : "postgres" }

    private var clients: String {
        config.pgvector == "wheel"
            ? "PATH=$(echo \(paths.letta)/postgres/lib/python3*/site-packages/pgserver/pginstall/bin):$PATH\nexport PGHOST=/run/letta-postgres\n"
            : ""
    }

    /// The extension is not trusted, so its owner cannot make it: before the
    /// schema, as superuser. The password goes by a variable, not a word.
    private var postgresSetup: String {
        """
        #!/bin/bash
        # Makes role, database and extension where they are missing; touches no table.
        set -euo pipefail
        \(Self.reading(paths.postgresEnv))
        as=${FERRY_PG_SUPERUSER-\(superuser)}
        \(clients)run() {
            if [[ -n $as ]] && [[ $(id -un) != "$as" ]]; then
                runuser -u "$as" --whitelist-environment=LETTA_PG_PASSWORD,PGHOST,PGPORT -- "$@"
            else
                "$@"
            fi
        }
        run psql -X -q -v ON_ERROR_STOP=1 -d postgres <<'EOF'
        \\getenv password LETTA_PG_PASSWORD
        SELECT 'CREATE ROLE letta LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'letta') \\gexec
        ALTER ROLE letta PASSWORD :'password';
        SELECT 'CREATE DATABASE letta OWNER letta' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'letta') \\gexec
        EOF
        run psql -X -q -v ON_ERROR_STOP=1 -d letta -c 'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS vector'

        """
    }

    /// Debian 12 has no package of pgvector of its own.
    private var extensionInstall: String {
        let fromRepository = """
            if ! apt-cache show "postgresql-$version-pgvector" >/dev/null 2>&1; then
                /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y
            fi
            apt-get install -y --no-install-recommends "postgresql-$version-pgvector"
            """
        return """
            #!/bin/bash
            # Brings the extension vector to the Postgres of this host.
            set -euo pipefail
            export DEBIAN_FRONTEND=noninteractive
            version=$(pg_lsclusters -h | while read -r number _ port _; do [[ $port != 5432 ]] || echo "$number"; done)
            [[ -n $version ]] || {
                echo "no Postgres of this host has port 5432; pg_lsclusters shows them" >&2
                exit 1
            }
            if [[ -e /usr/share/postgresql/$version/extension/vector.control ]]; then
                exit 0
            fi
            \(config.pgvector == "deb" ? "apt-get install -y --no-install-recommends \(config.pgvectorFile)" : fromRepository)

            """
    }

    private var wheel: String {
        """
        #!/bin/bash
        # Installs Postgres with pgvector from a wheel, and makes an empty cluster.
        set -euo pipefail
        umask 022
        place=\(paths.letta)
        \(InstalledPlace.refusal)
        refuse_foreign "$place/postgres"
        mkdir -p "$place"
        [[ -x $place/uv/bin/uv ]] || { python3 -m venv "$place/uv"; "$place/uv/bin/pip" install --quiet 'uv==0.11.31'; }
        if [[ ! -e $place/postgres ]] || [[ $(<"$place/postgres/.ferry") == unfinished* ]]; then
            rm -rf "$place/postgres"
            "$place/uv/bin/uv" venv --quiet --python /usr/bin/python3 "$place/postgres"
            echo "unfinished" >"$place/postgres/.ferry"
            "$place/uv/bin/uv" pip install --quiet --python "$place/postgres/bin/python" 'pgserver==0.1.4'
            echo "pgserver 0.1.4" >"$place/postgres/.ferry"
        fi
        bin=$(echo "$place"/postgres/lib/python3*/site-packages/pgserver/pginstall/bin)
        data=\(paths.at("/var/lib/letta-postgres"))
        if [[ ! -e $data/PG_VERSION ]]; then
            install -d -m 0700 -o letta -g letta "$data"
            runuser -u letta -- "$bin/initdb" -D "$data" -U letta -E UTF8 --auth-local=peer --auth-host=scram-sha-256 >/dev/null
        fi

        """
    }

    private var wheelUnit: String {
        """
        [Unit]
        Description=Postgres for Letta
        After=network.target

        [Service]
        Type=exec
        User=letta
        RuntimeDirectory=letta-postgres
        RuntimeDirectoryMode=0700
        ExecStart=/bin/bash -c 'exec \(paths.letta)/postgres/lib/python3*/site-packages/pgserver/pginstall/bin/postgres -D \(paths.at("/var/lib/letta-postgres")) -h 127.0.0.1 -p 5432 -k /run/letta-postgres'
        KillSignal=SIGINT
        TimeoutStopSec=120
        Restart=on-failure
        UMask=0077
        NoNewPrivileges=yes
        CapabilityBoundingSet=
        ProtectSystem=strict
        ReadWritePaths=\(paths.at("/var/lib/letta-postgres"))
        ProtectHome=yes
        PrivateTmp=yes
        ProtectKernelTunables=yes
        ProtectKernelModules=yes
        ProtectControlGroups=yes
        RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
        RestrictNamespaces=yes
        LockPersonality=yes

        [Install]
        WantedBy=multi-user.target

        """
    }

    // MARK: Dumps

    private var dump: String {
        """
        #!/bin/bash
        # Dumps Letta's database, checks that the dump can be read, keeps the newest \(config.dumps).
        set -euo pipefail
        umask 077
        folder=${1:-\(paths.dumps)}
        mkdir -p "$folder"
        \(clients)name=letta-$(date -u +%Y-%m-%dT%H%M%SZ).dump
        file=$folder/$name
        trap 'rm -f "$file.part"' EXIT
        \(config.pgvector == "wheel" ? "" : "[[ $(id -un) != root ]] || { chown postgres \"$folder\"; exec runuser -u postgres -- \"$0\" \"$folder\"; }\n")pg_dump -Fc -d letta -f "$file.part"
        pg_restore --list "$file.part" >/dev/null
        mv "$file.part" "$file"
        # Only names that this script gives, and never the one of now.
        digits='[0-9][0-9]'
        find "$folder" -maxdepth 1 -type f ! -name "$name" \\
            -name "letta-$digits$digits-$digits-${digits}T$digits$digits${digits}Z.dump" -printf '%f\\n' |
            LC_ALL=C sort | head -n -\(config.dumps - 1) | while read -r old; do rm -f "$folder/$old"; done

        """
    }

    private var dumpUnit: String {
        """
        [Unit]
        Description=Dump of Letta's database

        [Service]
        Type=oneshot
        User=\(superuser)
        ExecStartPre=+/usr/bin/install -d -m 0700 -o \(superuser) \(paths.dumps)
        ExecStart=\(paths.tools)/letta-dump
        UMask=0077
        NoNewPrivileges=yes
        ProtectSystem=strict
        ReadWritePaths=-\(paths.dumps)
        ProtectHome=yes
        PrivateTmp=yes

        """
    }

    private var dumpTimer: String {
        """
        [Unit]
        Description=Nightly dump of Letta's database

        [Timer]
        OnCalendar=*-*-* 03:10:00
        RandomizedDelaySec=600
        Persistent=true

        [Install]
        WantedBy=timers.target

        """
    }
}
