"""Where everything of the lab lives, and as whom it runs.

    FERRY_LAB_HOME/
        tools/               private venv holding uv
        letta-HASH/          venv holding Letta (HASH: versions and constraints)
        cluster-HASH/        Postgres data folder with the schema template, never started twice
        instances/NAME/
            private/         0700: env file and tokens
            postgres/        this instance's data folder
            source/ target/  HOME and working folder of one Letta server each
            log/             one file per process
            run/             one record per process, and the ports
"""

import os
import pwd
import re
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent
ROLES = ("source", "target")


class LabError(Exception):
    """Something the user can act on; its text is the whole message."""


def say(text: str) -> None:
    print(f"lab: {text}", file=sys.stderr, flush=True)


def home() -> Path:
    """The state folder.  For root it must be searchable by the unprivileged user."""
    given = os.environ.get("FERRY_LAB_HOME")
    if given:
        return Path(given).absolute()
    if os.geteuid() == 0:
        return Path("/var/tmp/ferry-lab-0")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(cache).absolute() / "ferry-lab"


def name() -> str:
    value = os.environ.get("FERRY_LAB_NAME") or "default"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", value):
        raise LabError(f"FERRY_LAB_NAME {value!r}: letters, digits, - and _ only")
    return value


class Account:
    """The user that Postgres and Letta run as: the caller, or for root someone harmless."""

    def __init__(self) -> None:
        if os.geteuid() != 0:
            self.uid, self.gid, self.drop = os.geteuid(), os.getegid(), {}
            return
        wanted = os.environ.get("FERRY_LAB_USER") or "nobody"
        try:
            entry = pwd.getpwnam(wanted)
        except KeyError:
            raise LabError(f"no user {wanted!r}; set FERRY_LAB_USER to an unprivileged one") from None
        if entry.pw_uid == 0:
            raise LabError("FERRY_LAB_USER must not be root: Postgres refuses to run as root")
        self.uid, self.gid = entry.pw_uid, entry.pw_gid
        self.drop = {"user": self.uid, "group": self.gid, "extra_groups": []}

    def check_reach(self, path: Path) -> None:
        """For root only: that the unprivileged user can get into the state folder."""
        if not self.drop:
            return
        for folder in (path, *path.parents):
            state = folder.stat()
            searchable = state.st_mode & 0o001 or (state.st_uid == self.uid and state.st_mode & 0o100)
            if not searchable:
                raise LabError(
                    f"{folder} cannot be entered by uid {self.uid}, who has to run Postgres for root; "
                    "set FERRY_LAB_HOME to a folder under searchable ones, such as /var/tmp/ferry-lab-0"
                )

    def own(self, path: Path) -> None:
        if self.drop:
            os.chown(path, self.uid, self.gid)

    def folder(self, path: Path) -> Path:
        """Makes a folder of this user, closed to everybody else."""
        path.mkdir(parents=True, exist_ok=True)
        os.chmod(path, 0o700)
        self.own(path)
        return path


class Instance:
    """One named lab."""

    def __init__(self) -> None:
        self.name = name()
        self.root = home() / "instances" / self.name
        self.private = self.root / "private"
        self.postgres = self.root / "postgres"
        self.log = self.root / "log"
        self.run = self.root / "run"
        self.env_file = self.private / "env"
        self.ports_file = self.run / "ports.json"

    def server(self, role: str) -> Path:
        return self.root / role

    def token_file(self, role: str) -> Path:
        return self.private / f"{role}.token"

    def log_file(self, process: str) -> Path:
        return self.log / f"{process}.log"

    def make_folders(self) -> None:
        home().mkdir(parents=True, exist_ok=True)
        for folder in (home(), self.root.parent, self.root):
            folder.mkdir(exist_ok=True)
            os.chmod(folder, 0o755)
        for folder in (self.private, self.log, self.run):
            folder.mkdir(exist_ok=True)
            os.chmod(folder, 0o700)
