"""The model stub and the two Letta servers."""

import json
import os
import secrets
import shlex
import socket
import sys
import time
import urllib.request
from pathlib import Path

from . import layout, postgres, releases
from .layout import Account, Instance, LabError, say
from .process import Process

MODEL = "openai-proxy/gpt-4o-mini"
EMBEDDING = releases.DEFAULT.embedding
PORTS = ("postgres", "stub", "source", "target")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def known_ports(instance: Instance) -> dict[str, int]:
    try:
        return json.loads(instance.ports_file.read_text())
    except (OSError, ValueError):
        return {}


def ports(instance: Instance) -> dict[str, int]:
    """Fixed by FERRY_LAB_<NAME>_PORT, else those of the last run, else free ones."""
    known = known_ports(instance)
    chosen = {}
    for label in PORTS:
        running = Process(instance, label).pid() is not None
        given = os.environ.get(f"FERRY_LAB_{label.upper()}_PORT")
        port = int(given) if given else known.get(label)
        if running:
            port = known[label]
        elif port is None or not is_free(port):
            if given:
                raise LabError(f"port {given} (FERRY_LAB_{label.upper()}_PORT) is in use")
            port = free_port()
        chosen[label] = port
    instance.ports_file.write_text(json.dumps(chosen))
    return chosen


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def answers(address: str, seconds: float = 1.0) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=seconds) as answer:
            return answer.status == 200
    except OSError:
        return False


def healthy(port: int) -> bool:
    return answers(url(port) + "/v1/health/")


def token(instance: Instance, role: str) -> str:
    path = instance.token_file(role)
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(descriptor, f"lab-{role}-{secrets.token_urlsafe(24)}\n".encode())
        os.close(descriptor)
    return path.read_text().strip()


def start_stub(instance: Instance, port: int) -> None:
    process = Process(instance, "stub")
    if process.pid() is not None:
        return
    process.start(
        [sys.executable, "-s", str(layout.SOURCES / "stub.py"), "--port", str(port)],
        {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"},
        Path("/"),
    )
    end = time.monotonic() + 10
    while not answers(url(port) + "/v1/models"):
        if process.exited() or time.monotonic() > end:
            raise LabError(f"the model stub did not start:\n{process.log_tail()}")
        time.sleep(0.02)


def letta_environment(instance: Instance, role: str, chosen: dict[str, int]) -> dict[str, str]:
    """A closed environment: nothing of the caller's reaches the server, and nothing leaves the machine."""
    home = instance.server(role)
    nowhere = "http://127.0.0.1:9"  # downloads at start (NLTK, Hugging Face) fail at once instead of hanging
    release = releases.of(role)
    caches = release.site_packages / "llama_index" / "core" / "_static"
    environment = {
        "PATH": f"{release.venv / 'bin'}:/usr/bin:/bin",
        "HOME": str(home),
        "LETTA_DIR": str(home / ".letta"),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "LETTA_DISABLE_SQLALCHEMY_POOLING": "false",
        "LETTA_SERVER_SECURE": "true",
        "LETTA_SERVER_PASSWORD": token(instance, role),
        "LETTA_DISABLE_TRACING": "true",
        "OPENAI_API_KEY": "lab",
        "OPENAI_BASE_URL": url(chosen["stub"]) + "/v1",
        "TIKTOKEN_CACHE_DIR": str(caches / "tiktoken_cache"),
        "NLTK_DATA": str(caches / "nltk_cache"),
        "HF_HUB_OFFLINE": "1",
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        "no_proxy": "127.0.0.1,localhost",
    }
    if not release.sqlite:
        environment["LETTA_PG_URI"] = postgres.url(chosen["postgres"], role) + "?ssl=disable"
    if release.embedding.startswith("ollama/"):
        environment["OLLAMA_BASE_URL"] = url(chosen["stub"])
    if "uvloop" in release.extra:
        environment["LETTA_USE_UVLOOP"] = "true"  # with asyncio's own loop it hangs on connects
    return environment


def start_letta(instance: Instance, role: str, chosen: dict[str, int]) -> Process:
    account = Account()
    home = instance.server(role)
    for folder in (home, home / "tmp", home / ".letta"):
        account.folder(folder)
    process = Process(instance, role)
    process.start(
        [str(releases.of(role).venv / "bin" / "letta"), "server", "--host", "127.0.0.1", "--port", str(chosen[role])],
        letta_environment(instance, role, chosen),
        home,
        account,
    )
    return process


def wait(processes: dict[str, Process], chosen: dict[str, int]) -> None:
    limit = float(os.environ.get("FERRY_LAB_TIMEOUT") or 180)
    begun = time.monotonic()
    waiting, spoken = dict(processes), 0
    while waiting:
        passed = time.monotonic() - begun
        for role in [r for r in waiting if healthy(chosen[r])]:
            say(f"{role} is healthy after {passed:.0f} s")
            del waiting[role]
        for role, process in waiting.items():
            if process.exited():
                raise LabError(f"the {role} server ended while starting; its log ends:\n{process.log_tail()}")
            if passed > limit:
                raise LabError(f"the {role} server is not healthy after {limit:.0f} s; its log ends:\n{process.log_tail()}")
        if waiting and passed - spoken >= 10:
            spoken = passed
            say(f"  waiting for {' and '.join(waiting)} ({passed:.0f} s) ...")
        if waiting:
            time.sleep(0.1)


def up(instance: Instance, roles: tuple[str, ...]) -> None:
    releases.settle(instance)
    chosen = ports(instance)
    missing = [r for r in roles if Process(instance, r).pid() is None]
    if not missing and all(healthy(chosen[r]) for r in roles) and Process(instance, "stub").pid():
        write_env(instance, chosen)
        return
    start_stub(instance, chosen["stub"])
    postgres.up(instance, chosen["postgres"])
    if missing:
        names = ", ".join(f"{role} ({releases.of(role).version})" for role in missing)
        say(f"starting Letta: {names}; 10 to 35 s ...")
    for role in missing:
        start_letta(instance, role, chosen)
    wait({r: Process(instance, r) for r in roles}, chosen)
    write_env(instance, chosen)


def write_env(instance: Instance, chosen: dict[str, int]) -> None:
    values = {
        "FERRY_LAB": "1",
        "FERRY_LAB_SOURCE_URL": url(chosen["source"]),
        "FERRY_LAB_TARGET_URL": url(chosen["target"]),
        "FERRY_LAB_SOURCE_TOKEN_FILE": str(instance.token_file("source")),
        "FERRY_LAB_TARGET_TOKEN_FILE": str(instance.token_file("target")),
        "FERRY_LAB_STUB_URL": url(chosen["stub"]),
        "FERRY_LAB_MODEL": MODEL,
        "FERRY_LAB_EMBEDDING": EMBEDDING,
        "FERRY_LAB_PYTHON": str(releases.DEFAULT.python),
    }
    for role in layout.ROLES:
        token(instance, role)
        values[f"FERRY_LAB_{role.upper()}_LETTA"] = releases.of(role).version
        values[f"FERRY_LAB_{role.upper()}_EMBEDDING"] = releases.of(role).embedding
    temporary = instance.env_file.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(descriptor, "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items()).encode())
    os.close(descriptor)
    temporary.rename(instance.env_file)
