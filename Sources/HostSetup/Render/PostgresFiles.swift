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
        return files
    }

    /// Also of the database in a container.
    var dumpFiles: [DesiredFile] {
        guard config.hasDumps else { return [] }
        return [
            DesiredFile("\(paths.tools)/letta-dump", dump, mode: 0o755),
            DesiredFile("\(paths.units)/letta-dump.service", dumpUnit),
            DesiredFile("\(paths.units)/letta-dump.timer", dumpTimer),
        ]
            + (config.onFailure.isEmpty
                ? [] : [DesiredFile("\(paths.units)/\(Self.dumpFailed)", dumpFailedUnit)])
    }

    private var isContained: Bool { config.letta == "docker" }

    /// The account that may make roles: Debian's, or the wheel's; with
    /// containers the one that may talk to Docker.
    private var superuser: String {
        isContained ? "root" : config.pgvector == "wheel" ? "letta" : "postgres"
    }

    /// The unit that the database comes with.
    private var database: String {
        isContained
            ? "letta.service" : config.pgvector == "wheel" ? "letta-postgres.service" : "postgresql.service"
    }

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
        # Makes role, database and extension where they are missing; changes no role
        # and no table that was there before.
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
        ask() { run psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
        foreign() {
            echo "database.foreign: $1" >&2
            exit 1
        }
        # A server that was just started takes a moment.
        for _ in {1..60}; do
            if ask -d postgres -c 'SELECT 1' >/dev/null 2>&1; then break; fi
            sleep 1
        done
        ask -d postgres <<'EOF'
        \\getenv password LETTA_PG_PASSWORD
        SELECT \(isUnset) AS unset, NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'letta') AS missing \\gset
        \\if :missing
        CREATE ROLE letta LOGIN PASSWORD :'password';
        \\elif :unset
        ALTER ROLE letta PASSWORD :'password';
        \\endif
        EOF
        PGPASSWORD=$LETTA_PG_PASSWORD psql -X -q -w -h 127.0.0.1 -p "${PGPORT-5432}" -U letta -d postgres -c 'SELECT 1' >/dev/null ||
            foreign "the role letta does not take the password of \(paths.postgresEnv)"
        owner=$(ask -d postgres -c "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'letta'")
        [[ -n $owner ]] || ask -d postgres -c 'CREATE DATABASE letta OWNER letta'
        [[ ${owner:-letta} == letta ]] || foreign "the database letta belongs to $owner"
        vector=$(ask -d letta -c "SELECT count(*) FROM pg_extension WHERE extname = 'vector'")
        [[ $vector == 0 ]] || exit 0
        tables=$(ask -d letta -c "\(DatabaseReader.countOfTables)")
        [[ $tables == 0 ]] || foreign "the database letta has $tables tables and no vector; only an empty one is set up"
        ask -d letta -c 'CREATE EXTENSION vector'

        """
    }

    /// The wheel's cluster is ferry's own, and its role has no password yet.
    private var isUnset: String {
        config.pgvector == "wheel"
            ? "EXISTS (SELECT FROM pg_authid WHERE rolname = 'letta' AND rolpassword IS NULL)" : "false"
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
        \(isContained ? "" : clients)name=letta-$(date -u +%Y-%m-%dT%H%M%SZ).dump
        file=$folder/$name
        trap 'rm -f "$file.part"' EXIT
        \(isContained ? containedDump : ownDump)
        mv "$file.part" "$file"
        # Only names that this script gives, and never the one of now.
        digits='[0-9][0-9]'
        find "$folder" -maxdepth 1 -type f ! -name "$name" \\
            -name "letta-$digits$digits-$digits-${digits}T$digits$digits${digits}Z.dump" -printf '%f\\n' |
            LC_ALL=C sort | head -n -\(config.dumps - 1) | while read -r old; do rm -f "$folder/$old"; done

        """
    }

    private var ownDump: String {
        let asPostgres =
            "[[ $(id -un) != root ]] || { chown postgres \"$folder\"; exec runuser -u postgres -- \"$0\" \"$folder\"; }\n"
        return (config.pgvector == "wheel" ? "" : asPostgres) + """
            pg_dump -Fc -d letta -f "$file.part"
            pg_restore --list "$file.part" >/dev/null
            """
    }

    private var containedDump: String {
        """
        contained() { docker-compose -f \(paths.letta)/compose.yaml exec -T postgres "$@"; }
        contained pg_dump -U letta -Fc -d letta </dev/null >"$file.part"
        contained pg_restore --list <"$file.part" >/dev/null
        """
    }

    private var dumpUnit: String {
        """
        [Unit]
        Description=Dump of Letta's database
        # A night that was missed is made up for at the next start.
        After=\(database)
        \(config.onFailure.isEmpty ? "" : "OnFailure=\(Self.dumpFailed)\n")
        [Service]
        Type=oneshot
        User=\(superuser)
        ExecStartPre=+/usr/bin/install -d -m 0700 -o \(superuser) \(paths.dumps)
        ExecStart=\(paths.tools)/letta-dump
        TimeoutStartSec=6h
        UMask=0077
        NoNewPrivileges=yes
        ProtectSystem=strict
        ReadWritePaths=-\(paths.dumps)
        ProtectHome=yes
        PrivateTmp=yes

        """
    }

    private static let dumpFailed = "letta-dump-failed.service"

    /// systemd says what happened in MONITOR_SERVICE_RESULT.
    private var dumpFailedUnit: String {
        """
        [Unit]
        Description=Tells that no dump of Letta's database was made

        [Service]
        Type=oneshot
        ExecStart=\(config.onFailure) letta-dump.service

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
