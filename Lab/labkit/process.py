"""Detached processes: started with their own streams, recorded, stopped by pid.

A record holds the pid and the kernel's start time of the process, so that a
recycled pid is never taken for ours.
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from .layout import Account, Instance


def start_time(pid: int) -> int | None:
    """Clock ticks since boot at which `pid` started; None when gone or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19])


class Process:
    def __init__(self, instance: Instance, label: str) -> None:
        self.label = label
        self.record = instance.run / f"{label}.json"
        self.log = instance.log_file(label)

    def pid(self) -> int | None:
        """The pid, when the recorded process still runs."""
        try:
            record = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return None
        started = start_time(record["pid"])
        return record["pid"] if started is not None and started == record["started"] else None

    def start(self, command: list[str], env: dict[str, str], cwd: Path, account: Account | None = None) -> int:
        with open(self.log, "wb") as log:
            os.chmod(self.log, 0o600)
            child = subprocess.Popen(
                command,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **(account.drop if account else {}),
            )
        self.record.write_text(json.dumps({"pid": child.pid, "started": start_time(child.pid)}))
        self.child = child
        return child.pid

    def exited(self) -> bool:
        """Whether the process is gone (reaps it when this program started it)."""
        child = getattr(self, "child", None)
        if child is not None and child.poll() is not None:
            return True
        return self.pid() is None

    def signal(self, number: int, group: bool = False) -> None:
        pid = self.pid()
        if pid is None:
            return
        try:
            (os.killpg if group else os.kill)(pid, number)
        except ProcessLookupError:
            pass

    def log_tail(self, lines: int = 25) -> str:
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return "(no log)"
        return "\n".join(text.splitlines()[-lines:])


def stop(processes: list[Process], polite: int = signal.SIGTERM, patience: float = 1.5) -> list[str]:
    """Stops all of them together; whoever outlives `patience` is killed with its group."""
    running = [p for p in processes if p.pid() is not None]
    stopped = [p.label for p in running]
    for process in running:
        process.signal(polite)
    if not wait_until_gone(running, patience):
        for process in running:
            process.signal(signal.SIGKILL, group=True)
        wait_until_gone(running, 5)
    for process in processes:
        if process.exited():
            process.record.unlink(missing_ok=True)
    return stopped


def wait_until_gone(processes: list[Process], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not all(p.exited() for p in processes):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
