"""Installs Letta and Postgres from PyPI into the lab's own folders, once."""

import fcntl
import os
import shutil
import subprocess
import time
from contextlib import contextmanager

from . import layout, postgres, releases
from .layout import LabError, say
from .releases import Release

SYSTEM_PYTHON = os.environ.get("FERRY_LAB_SYSTEM_PYTHON") or "/usr/bin/python3.11"
NEEDED_BYTES = 2_500_000_000


@contextmanager
def one_at_a_time():
    """Two labs that start together must not install into one folder."""
    layout.home().mkdir(parents=True, exist_ok=True)
    with open(layout.home() / "install.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another install is running; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def wanted() -> list[Release]:
    """The default has Postgres in it, so it is always one of them."""
    return list(dict.fromkeys([releases.DEFAULT, *(releases.of(role) for role in layout.ROLES)]))


def installed() -> bool:
    return all(release.complete.exists() for release in wanted()) and postgres.cluster_ready()


def install() -> None:
    if installed():
        return
    os.umask(0o022)
    with one_at_a_time():
        os.chmod(layout.home(), 0o755)
        layout.Account().check_reach(layout.home())
        for release in wanted():
            if not release.complete.exists():
                check_disk()
                install_letta(uv(), release)
        if not postgres.cluster_ready():
            postgres.make_cluster()


def check_disk() -> None:
    free = shutil.disk_usage(layout.home()).free
    if free < NEEDED_BYTES:
        raise LabError(
            f"{layout.home()} has {free / 1e9:.1f} GB free and the lab needs {NEEDED_BYTES / 1e9:.1f} GB; "
            "make room or set FERRY_LAB_HOME to another disk"
        )


def uv() -> str:
    """uv from PyPI in a private venv: the pip of Debian 12 cannot resolve Letta."""
    tool = layout.home() / "tools" / "bin" / "uv"
    if not tool.exists():
        say("installing uv (a Python package installer) ...")
        venv = layout.home() / "tools"
        run([SYSTEM_PYTHON, "-m", "venv", "--clear", str(venv)], "is python3-venv installed? scripts/bootstrap.sh lab")
        run([str(venv / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "uv"], NETWORK_REMEDY)
    return str(tool)


NETWORK_REMEDY = (
    "the lab needs PyPI once: check the network, or name your index with PIP_INDEX_URL "
    "(and its certificate with SSL_CERT_FILE)"
)


def install_letta(uv: str, release: Release) -> None:
    venv = release.venv
    begun = time.monotonic()
    what = f"Letta {release.version}" + (" and Postgres" if release is releases.DEFAULT else "")
    say(f"installing {what} from PyPI (about 0.8 GB, 20 s) ...")
    env = uv_environment()
    # A half-made folder is of no use: build under a temporary marker, finish with .complete.
    shutil.rmtree(venv, ignore_errors=True)
    run([uv, "venv", "--quiet", "--python", SYSTEM_PYTHON, str(venv)], "is /usr/bin/python3.11 installed?", env)
    run(
        [uv, "pip", "install", "--quiet", "--python", str(release.python), "-c", str(release.constraints)]
        + release.requirements,
        NETWORK_REMEDY,
        env,
    )
    say(f"  {time.monotonic() - begun:.0f} s; compiling bytecode ...")
    compile_bytecode(release)
    release.complete.write_text("\n".join(release.requirements) + "\n")
    say(f"Letta {release.version} is installed ({time.monotonic() - begun:.0f} s)")


def compile_bytecode(release: Release) -> None:
    """The servers run as a user who cannot write here, so compile now or at every start."""
    subprocess.run(
        [str(release.python), "-m", "compileall", "-q", "-j", "0", str(release.site_packages)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def uv_environment() -> dict[str, str]:
    """uv reads neither pip.conf nor PIP_*: hand it what pip was told."""
    env = dict(os.environ)
    env.update(UV_PYTHON_DOWNLOADS="never", UV_PYTHON_PREFERENCE="only-system", UV_NO_CONFIG=env.get("UV_NO_CONFIG", ""))
    env.setdefault("UV_CACHE_DIR", str(layout.home() / "uv-cache"))
    if not env["UV_NO_CONFIG"]:
        del env["UV_NO_CONFIG"]
    settings = pip_settings()
    for pip_key, uv_key in (
        ("index-url", "UV_DEFAULT_INDEX"),
        ("extra-index-url", "UV_INDEX"),
        ("find-links", "UV_FIND_LINKS"),
        ("cert", "SSL_CERT_FILE"),
    ):
        if pip_key in settings and uv_key not in env and not (uv_key == "UV_DEFAULT_INDEX" and "UV_INDEX_URL" in env):
            env[uv_key] = settings[pip_key].replace("\n", " ").strip()
    if "trusted-host" in settings and "UV_INSECURE_HOST" not in env:
        env["UV_INSECURE_HOST"] = settings["trusted-host"].replace("\n", " ").strip()
    if "SSL_CERT_FILE" not in env:
        env.setdefault("UV_SYSTEM_CERTS", "true")
        env.setdefault("UV_NATIVE_TLS", "true")
    return env


def pip_settings() -> dict[str, str]:
    """What `pip config list` says, later sources winning: files, then PIP_* variables."""
    listing = subprocess.run(
        [str(layout.home() / "tools" / "bin" / "pip"), "config", "list"], capture_output=True, text=True
    ).stdout
    found: dict[str, str] = {}
    for scope in ("global.", "install.", ":env:."):
        for line in listing.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(scope):
                found[key.removeprefix(scope)] = value.strip("'\"").replace("\\n", " ")
    return found


def run(command: list[str], remedy: str, env: dict[str, str] | None = None) -> None:
    try:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except FileNotFoundError:
        raise LabError(f"{command[0]} is missing: {remedy}") from None
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise LabError(f"`{' '.join(command[:4])} ...` failed:\n{tail}\nRemedy: {remedy}")
