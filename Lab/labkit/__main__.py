"""The verbs of `Lab/lab`."""

import fcntl
import os
import shlex
import shutil
import signal
import sys
import time
from contextlib import contextmanager

from . import install, layout, postgres, servers
from .layout import Instance, LabError, say
from .process import Process, stop

USAGE = """\
usage: Lab/lab VERB [OPTIONS]

  install               Letta 0.16.8, Postgres and the schema template (once, about 30 s)
  up [--servers 1|2]    Postgres, the model stub and two Letta servers; returns when healthy
  down                  stops them; their data stays
  status                what runs, where, and how big it is (exit 1 when not all is up)
  env [--export]        path of the env file; or its lines as shell exports
  logs [NAME] [-n N]    last lines of source, target, postgres and stub, or of one of them
  reset-target          empties the target server without restarting it (also: reset-source)
  seed [OPTIONS]        makes the demo agent on the source; see Lab/seed.py --help
  clean [--all]         stops and deletes this instance; --all deletes what was installed, too

environment
  FERRY_LAB_NAME        instance, default "default"; instances do not touch each other
  FERRY_LAB_SOURCE_LETTA, FERRY_LAB_TARGET_LETTA
                        release of a server: 0.11.7, 0.13.0, 0.16.4 or 0.16.8, the default
  FERRY_LAB_HOME        state folder; Lab/README.md lists the rest
"""


@contextmanager
def locked(instance: Instance):
    """One verb at a time changes an instance."""
    instance.make_folders()
    with open(instance.run / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def up(arguments: list[str]) -> None:
    count = 2
    if arguments:
        if len(arguments) != 2 or arguments[0] != "--servers" or arguments[1] not in ("1", "2"):
            raise LabError("usage: lab up [--servers 1|2]")
        count = int(arguments[1])
    install.install()
    instance = Instance()
    begun = time.monotonic()
    with locked(instance):
        servers.up(instance, layout.ROLES[:count])
    say(f"{instance.name} is up ({time.monotonic() - begun:.1f} s); environment in {instance.env_file}")


def down(arguments: list[str]) -> None:
    instance = Instance()
    if not instance.root.exists():
        say("nothing to stop")
        return
    with locked(instance):
        stopped = stop([Process(instance, role) for role in layout.ROLES] + [Process(instance, "stub")])
        stopped += stop([Process(instance, "postgres")], signal.SIGINT, 3)
        instance.env_file.unlink(missing_ok=True)  # or tests would knock at closed doors
    say(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")


def status(arguments: list[str]) -> int:
    instance = Instance()
    complete = True
    print(f"{instance.name} in {instance.root}")
    known = servers.known_ports(instance)
    for label in servers.PORTS:
        pid = Process(instance, label).pid()
        state = "down"
        if pid is not None:
            state = "up"
            if label in layout.ROLES and not servers.healthy(known[label]):
                state = "starting"
        complete &= state == "up"
        place = f"127.0.0.1:{known[label]}  pid {pid}  {memory(pid)} MB" if pid else ""
        print(f"  {label:<9} {state:<9} {place}".rstrip())
    return 0 if complete else 1


def memory(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    except OSError:
        return 0


def env(arguments: list[str]) -> None:
    instance = Instance()
    if not instance.env_file.exists():
        raise LabError("the lab is not up; run: Lab/lab up")
    if "--export" in arguments:
        for line in instance.env_file.read_text().splitlines():
            print(f"export {line}")
    else:
        print(instance.env_file)


def logs(arguments: list[str]) -> None:
    instance, lines, names = Instance(), 40, list(servers.PORTS)
    if "-n" in arguments:
        at = arguments.index("-n")
        lines = int(arguments[at + 1])
        del arguments[at : at + 2]
    for label in arguments or names:
        if label not in names:
            raise LabError(f"no log called {label!r}; there are {', '.join(names)}")
        print(f"==> {instance.log_file(label)}\n{Process(instance, label).log_tail(lines)}")


def reset(role: str) -> None:
    instance, begun = Instance(), time.monotonic()
    if Process(instance, "postgres").pid() is None:
        raise LabError("the lab is not up; run: Lab/lab up")
    with locked(instance):
        postgres.empty(servers.known_ports(instance)["postgres"], role)
    say(f"{role} is empty ({time.monotonic() - begun:.1f} s, no restart)")


def seed(arguments: list[str]) -> int:
    instance = Instance()
    if not instance.env_file.exists():
        raise LabError("the lab is not up; run: Lab/lab up")
    values = dict(line.split("=", 1) for line in instance.env_file.read_text().splitlines())
    os.environ.update({key: shlex.split(value)[0] for key, value in values.items()})
    os.execv(sys.executable, [sys.executable, "-s", str(layout.SOURCES / "seed.py"), *arguments])


def clean(arguments: list[str]) -> None:
    down([])
    instance = Instance()
    shutil.rmtree(instance.root, ignore_errors=True)
    say(f"deleted {instance.root}")
    if "--all" not in arguments:
        return
    others = sorted(p.name for p in (layout.home() / "instances").glob("*"))
    if others:
        raise LabError(f"other instances exist ({', '.join(others)}): clean them first, with FERRY_LAB_NAME")
    shutil.rmtree(layout.home(), ignore_errors=True)
    say(f"deleted {layout.home()}")


def main(arguments: list[str]) -> int:
    verbs = {
        "install": lambda _: install.install() or say(f"installed in {layout.home()}"),
        "up": up,
        "down": down,
        "status": status,
        "env": env,
        "logs": logs,
        "reset-target": lambda _: reset("target"),
        "reset-source": lambda _: reset("source"),
        "seed": seed,
        "clean": clean,
    }
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(USAGE, end="")
        return 0 if arguments else 2
    if arguments[0] not in verbs:
        print(USAGE, end="", file=sys.stderr)
        return 2
    try:
        return verbs[arguments[0]](arguments[1:]) or 0
    except LabError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"{error}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main(sys.argv[1:]))
