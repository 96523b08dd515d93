"""The Letta releases that a server of the lab can be.

0.16.8 unless FERRY_LAB_SOURCE_LETTA or FERRY_LAB_TARGET_LETTA names another.
Each has an environment of its own, with the dependencies of its own days.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from . import layout
from .layout import SOURCES, Instance, LabError

# What the wheels' own metadata leaves out.
DRIVERS = ("asyncpg", "pg8000", "psycopg2-binary", "pgvector", "aiosqlite", "sqlite-vec", "redis")


@dataclass(frozen=True)
class Release:
    version: str
    # The head of its migrations, which exports carry as metadata.revision_id.
    revision: str
    # From 0.12 on the server knows Postgres only.
    sqlite: bool = False
    # As its server lists the lab's; unlike models, embedders are not renamed to openai-proxy.
    embedding: str = "openai/text-embedding-3-small"
    extra: tuple[str, ...] = ()

    @property
    def requirements(self) -> list[str]:
        return [f"letta=={self.version}", *DRIVERS, *self.extra]

    @property
    def constraints(self) -> Path:
        return SOURCES / "constraints.txt" if self is DEFAULT else SOURCES / "releases" / f"{self.version}.txt"

    def fingerprint(self) -> str:
        """Changes with everything that decides what gets installed."""
        digest = hashlib.sha256("\n".join(self.requirements).encode())
        digest.update(self.constraints.read_bytes())
        return digest.hexdigest()[:12]

    @property
    def venv(self) -> Path:
        return layout.home() / f"letta-{self.fingerprint()}"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        return self.venv / "lib" / "python3.11" / "site-packages"

    @property
    def complete(self) -> Path:
        return self.venv / ".complete"


# The default's environment also holds the Postgres that comes as a wheel.
DEFAULT = Release("0.16.8", "1c28e167b74f", extra=("pgserver==0.1.4",))
ALL = (
    # Passages cannot be written on its SQLite, so it has no embedder.
    Release("0.11.7", "ddb69be34a72", sqlite=True, embedding=""),
    # Lists no embedder behind an OPENAI_BASE_URL, so the stub is its Ollama, too.
    Release("0.13.0", "f6cd5a1e519d", extra=("uvloop",), embedding="ollama/nomic-embed-text"),
    Release("0.16.4", "a1b2c3d4e5f8"),
    DEFAULT,
)


def of(role: str) -> Release:
    name = f"FERRY_LAB_{role.upper()}_LETTA"
    wanted = os.environ.get(name) or DEFAULT.version
    for release in ALL:
        if release.version == wanted:
            return release
    raise LabError(f"{name}={wanted}: the lab knows {', '.join(r.version for r in ALL)}")


def settle(instance: Instance) -> None:
    """An instance keeps its releases: another one would not understand the data."""
    record = instance.run / "releases.json"
    wanted = {role: of(role).version for role in layout.ROLES}
    try:
        kept = json.loads(record.read_text())
    except (OSError, ValueError):
        kept = {role: DEFAULT.version for role in layout.ROLES} if instance.postgres.exists() else wanted
    for role in layout.ROLES:
        if kept[role] != wanted[role]:
            raise LabError(
                f"the {role} of {instance.name} is Letta {kept[role]}, not {wanted[role]}; "
                "name another lab with FERRY_LAB_NAME, or delete this one: Lab/lab clean"
            )
    record.write_text(json.dumps(wanted))
