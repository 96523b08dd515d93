"""Postgres with pgvector out of the pgserver wheel, on loopback TCP.

One data folder is prepared once and holds the database `template`; every
instance starts on a copy of it and makes `source` and `target` from the
template.  Nothing here is meant to survive a power cut: fsync is off.
"""

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from . import layout, releases
from .layout import Account, Instance, LabError, say
from .process import Process, stop

TEMPLATE = "template_letta"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "autovacuum_naptime": "5min",
    "logging_collector": "off",
}


def binary(tool: str) -> str:
    return str(releases.DEFAULT.site_packages / "pgserver" / "pginstall" / "bin" / tool)


def cluster() -> Path:
    schema = (layout.SOURCES / "labkit" / "schema.py").read_bytes()
    return layout.home() / f"cluster-{releases.DEFAULT.fingerprint()}-{hashlib.sha256(schema).hexdigest()[:8]}"


def password() -> str:
    """One for all clusters and instances of this state folder; readable by the caller alone."""
    path = layout.home() / "postgres.password"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(18))
    return path.read_text()


def write_private(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(descriptor, content.encode())
    os.close(descriptor)


def cluster_ready() -> bool:
    return cluster().exists()


def environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent"}


def url(port: int, database: str) -> str:
    return f"postgresql://postgres:{password()}@127.0.0.1:{port}/{database}"


def make_cluster() -> None:
    """initdb, the schema template, and only then the final name: all or nothing."""
    begun = time.monotonic()
    say("preparing a Postgres data folder with Letta's schema (10 s) ...")
    account = Account()
    final = cluster()
    shutil.rmtree(final, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=layout.home(), prefix="making-") as scratch:
        os.chmod(scratch, 0o711)
        data = account.folder(Path(scratch) / "data")
        initdb(data, account)
        fill(data, Path(scratch), account)
        data.rename(final)
    say(f"schema is ready ({time.monotonic() - begun:.0f} s)")


def initdb(data: Path, account: Account) -> None:
    secret = data.with_name("password")
    write_private(secret, password())
    account.own(secret)
    done = subprocess.run(
        [binary("initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}",
         "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        env=environment(), cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, **account.drop,
    )  # fmt: skip
    secret.unlink()
    if done.returncode != 0:
        raise LabError(
            f"initdb failed:\n{done.stderr.strip()}\nRemedy: every folder above {data} must be searchable "
            "by the user that runs Postgres; FERRY_LAB_HOME and FERRY_LAB_USER choose them"
        )
    with open(data / "postgresql.auto.conf", "a") as conf:
        conf.writelines(f"{key} = '{value}'\n" for key, value in SETTINGS.items())


class Scratch:
    """Stands in for an instance while the cluster is being made."""

    def __init__(self, folder: Path) -> None:
        self.run = self.log = folder

    def log_file(self, process: str) -> Path:
        return self.log / f"{process}.log"


def fill(data: Path, scratch: Path, account: Account) -> None:
    from .servers import free_port

    process, port = Process(Scratch(scratch), "postgres"), free_port()
    start(process, data, port, account)
    try:
        sql(port, "postgres", f"CREATE DATABASE {TEMPLATE}")
        make_schema(releases.DEFAULT, port, TEMPLATE, scratch)
    finally:
        stop([process], signal.SIGINT, 10)


def make_schema(release: releases.Release, port: int, database: str, scratch: Path) -> None:
    env = environment() | {"HOME": str(scratch), "LETTA_DIR": str(scratch / "letta"), "LETTA_DISABLE_TRACING": "true"}
    env["LETTA_PG_URI"] = url(port, database)
    done = subprocess.run(
        [str(release.python), str(layout.SOURCES / "labkit" / "schema.py"), release.revision],
        env=env, cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        raise LabError(f"making the schema of Letta {release.version} failed:\n{done.stderr[-2000:]}")


def start(process: Process, data: Path, port: int, account: Account) -> None:
    process.start([binary("postgres"), "-D", str(data), "-p", str(port)], environment(), data, account)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if process.exited():
            break
        if accepts(port):
            return
        time.sleep(0.05)
    raise LabError(f"Postgres did not start:\n{process.log_tail()}")


def accepts(port: int) -> bool:
    return subprocess.run([binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]).returncode == 0


def sql(port: int, database: str, statement: str) -> str:
    env = environment() | {"PGPASSWORD": password()}
    done = subprocess.run(
        [binary("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
         "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-d", database],
        input=statement, env=env, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        raise LabError(f"SQL failed: {statement[:120]}\n{done.stderr.strip()}")
    return done.stdout.strip()


def up(instance: Instance, port: int) -> None:
    """This instance's Postgres, with both databases in it."""
    process = Process(instance, "postgres")
    account = Account()
    if process.pid() is None:
        if not (instance.postgres / "PG_VERSION").exists():
            shutil.rmtree(instance.postgres, ignore_errors=True)
            copy_cluster(instance.postgres)
        clear_stale_lock(instance.postgres)
        start(process, instance.postgres, port, account)
    present = sql(port, "postgres", "SELECT datname FROM pg_database").split()
    for role in layout.ROLES:
        if role not in present:
            make_database(role, releases.of(role), port)


def make_database(role: str, release: releases.Release, port: int) -> None:
    if release is releases.DEFAULT:
        sql(port, "postgres", f"CREATE DATABASE {role} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    elif not release.sqlite:
        sql(port, "postgres", f"DROP DATABASE IF EXISTS making; CREATE DATABASE making")
        with tempfile.TemporaryDirectory(prefix="ferry-schema-") as scratch:
            make_schema(release, port, "making", Path(scratch))
        sql(port, "postgres", f"ALTER DATABASE making RENAME TO {role}")


def clear_stale_lock(data: Path) -> None:
    """A lock file left by a crash goes; one of a Postgres that still runs does not."""
    lock = data / "postmaster.pid"
    try:
        pid = lock.read_text().split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, IndexError):
        command = b""
    if str(data).encode() in command:
        raise LabError(f"a Postgres that this lab has no record of (pid {pid}) uses {data}; stop it first")
    lock.unlink(missing_ok=True)


def copy_cluster(to: Path) -> None:
    temporary = to.with_name("postgres.copying")
    shutil.rmtree(temporary, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(cluster()), str(temporary)], check=True)
    temporary.rename(to)


# What a fresh server makes for itself at its first start; all else is user data.
KEPT = ("organizations", "users", "providers", "provider_models", "alembic_version")
BASE_TOOLS = "tool_type NOT IN ('custom', 'external_mcp')"


def empty(port: int, database: str) -> None:
    """Removes all user data under a running server; base tools stay."""
    kept = ", ".join(f"'{table}'" for table in KEPT + ("tools",))
    tables = sql(
        port, database,
        f"SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ({kept})",
    ).split()  # fmt: skip
    # DELETE without triggers, not TRUNCATE ... CASCADE: a cascade would reach the tables that stay.
    sql(
        port, database,
        "BEGIN; SET LOCAL session_replication_role = replica;\n"
        + "".join(f"DELETE FROM {table};\n" for table in tables)
        + f"DELETE FROM tools WHERE NOT ({BASE_TOOLS}); COMMIT;",
    )  # fmt: skip
