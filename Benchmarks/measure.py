"""usage: measure.py [--only PART]... [--rounds N] ...   (called by run.sh)

Runs ferry and its peers in turn (A B A B), each as a whole process, and keeps
what the kernel counted for it: wall clock, CPU time, peak memory. Medians are
shown, never verdicts, but for two things that no noise can excuse: a peak
memory over the limit, and a run that did not end as it should.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FERRY = str(ROOT / ".build/release/ferry")
SCRIPTED = str(ROOT / ".build/release/scripted-letta")
BARE = str(ROOT / "Benchmarks/results/bare_fetch")
MEMORY_LIMIT_MB = 64
# Of a page of 1,000 rows, as the real server of the lab answers it.
REAL_PAGE_MS = 90


class Failed(Exception):
    pass


# One process ---------------------------------------------------------------


def run(words, env=None, stop_when=None, codes=(0,)):
    """Runs a program to its end; its lines on stderr come with their time.

    stop_when: called with each line of stderr; True sends it Ctrl-C.
    """
    began = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    lines = []
    for line in process.stderr:
        lines.append((time.monotonic() - began, line.decode(errors="replace").strip()))
        if stop_when and stop_when(lines[-1][1]):
            process.send_signal(signal.SIGINT)
            stop_when = None
    output = process.stdout.read().decode(errors="replace").strip()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    if code not in codes:
        raise Failed(f"{' '.join(words)}: exit code {code}\n{output[-2000:]}\n" + "\n".join(l for _, l in lines[-20:]))
    return {
        "wall": wall, "user": used.ru_utime, "sys": used.ru_stime, "cpu": used.ru_utime + used.ru_stime,
        "rss_mb": used.ru_maxrss / 1024, "code": code, "output": output, "lines": lines,
    }


def figures(runs):
    """Medians of the times, the largest of the memories."""
    median = lambda key: round(statistics.median(run[key] for run in runs), 3)
    figure = {key: median(key) for key in ("wall", "user", "sys", "cpu")}
    figure["rss_mb"] = round(max(run["rss_mb"] for run in runs), 1)
    figure["runs"] = [{key: round(run[key], 3) for key in ("wall", "cpu", "rss_mb")} for run in runs]
    if "servers" in runs[0]:
        figure["servers_cpu"] = round(statistics.median(run["servers"] for run in runs), 2)
    return figure


def ratio(runs, peers, key):
    """Pair by pair, so that a machine that slows down slows both."""
    return round(statistics.median(a[key] / b[key] for a, b in zip(runs, peers) if b[key]), 2)


# The servers ----------------------------------------------------------------


def lab(*words):
    done = subprocess.run([str(ROOT / "Lab/lab"), *words], capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"Lab/lab {' '.join(words)}: {done.stderr}")
    return done.stdout.strip()


def cpu_of_lab():
    """Seconds that the lab's processes have used, children included."""
    children, used = {}, {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry))
        used[int(entry)] = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    folder = pathlib.Path(lab("env")).parent.parent / "run"
    todo = [json.loads((folder / f"{name}.json").read_text())["pid"] for name in ("source", "target", "stub", "postgres")]
    total = 0.0
    while todo:
        process = todo.pop()
        total += used.get(process, 0)
        todo += children.get(process, [])
    return total


class Scripted:
    """A scripted server with one long history."""

    def __init__(self, rows, late_ms=0):
        words = [SCRIPTED, "--rows", str(rows), "--passages", "0", "--name", "Long"]
        if late_ms:
            words += ["--late", str(late_ms)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


class House:
    """A config, a journal and snapshots of the benchmark's own."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="ferry-bench.")
        self.env = dict(os.environ, NO_COLOR="1")
        for variable, name in (("CONFIG", "config"), ("STATE", "state"), ("DATA", "data")):
            self.env[f"XDG_{variable}_HOME"] = f"{self.folder}/{name}"
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def ferry(self, *words, **options):
        return run([FERRY, *words], env=self.env, **options)

    def add(self, name, url, token_file=None):
        token = ["--token-file", token_file] if token_file else []
        self.ferry("servers", "add", name, "--url", url, *token)

    def add_lab(self):
        self.add("old", os.environ["FERRY_LAB_SOURCE_URL"], os.environ["FERRY_LAB_SOURCE_TOKEN_FILE"])
        self.add("new", os.environ["FERRY_LAB_TARGET_URL"], os.environ["FERRY_LAB_TARGET_TOKEN_FILE"])

    def path(self, name):
        return f"{self.folder}/{name}"

    def forget(self, path):
        for end in ("", "-wal", "-shm"):
            pathlib.Path(path + end).unlink(missing_ok=True)


# The parts ------------------------------------------------------------------


def move(options):
    """One agent between two real servers: ferry with its verification, and a script without."""
    name = f"Bench-{options.rows}-{options.passages}"
    say(f"move: {options.rows} rows, {options.passages} passages, {options.rounds} rounds")
    seeded = json.loads(
        lab("seed", "--shape", "big", "--rows", str(options.rows), "--passages", str(options.passages), "--name", name)
        .splitlines()[-1])
    peer_words = [os.environ["FERRY_LAB_PYTHON"], str(ROOT / "Benchmarks/peer_move.py"), seeded["agent_id"]]
    ferries, peers = [], []
    with House() as house:
        house.add_lab()
        for round in range(options.rounds):
            for runs, work in (
                (peers, lambda: run(peer_words)),
                (ferries, lambda: house.ferry("move", seeded["agent_id"], "--from", "old", "--to", "new", "--yes", "--json")),
            ):
                lab("reset-target")
                shutil.rmtree(house.path("data"), ignore_errors=True)
                before = cpu_of_lab()
                runs.append(work())
                runs[-1]["servers"] = cpu_of_lab() - before
            say(f"  round {round + 1}: peer {peers[-1]['wall']:.1f} s, ferry {ferries[-1]['wall']:.1f} s")
    table([("peer script, no comparison", peers), ("ferry move, verified", ferries)])
    say(f"  ferry / peer: wall {ratio(ferries, peers, 'wall')}, servers' CPU {ratio(ferries, peers, 'servers')}")
    return {
        "rows": options.rows, "passages": options.passages, "peer": figures(peers), "ferry": figures(ferries),
        "ratio_wall": ratio(ferries, peers, "wall"), "ratio_servers_cpu": ratio(ferries, peers, "servers"),
        "stages": stages(ferries[-1]["lines"], ferries[-1]["wall"]),
    }


def stages(lines, end):
    """Seconds by stage, from the progress of one run."""
    marks = []
    for at, line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("type") == "stage":
            marks.append((event["stage"], at))
    marks.append(("", end))
    spans = {}
    for (stage, begin), (_, finish) in zip(marks, marks[1:]):
        spans[stage] = round(spans.get(stage, 0) + finish - begin, 2)
    return spans


def capture(options):
    """A long history into a snapshot, and a bare libcurl client that throws it away."""
    say(f"capture: {options.messages} messages, {options.rounds} rounds")
    result = {"messages": options.messages, "limit_mb": MEMORY_LIMIT_MB}
    with House() as house:
        for pace, late in (("as fast as it can", 0), ("at a real server's pace", REAL_PAGE_MS)):
            with Scripted(options.messages, late) as server:
                name = "paced" if late else "fast"
                house.add(name, server.url)
                agent = json.loads(house.ferry("agents", "--at", name, "--json")["output"])
                agent = (agent if isinstance(agent, list) else agent["agents"])[0]["id"]
                say(f"  the server answers {pace}")
                result[name] = captures(house, name, agent, server.url, 1 if late else options.rounds, not late)
                if not late:
                    result["interrupted"] = interrupted(house, name, agent, options.messages)
    return result


def captures(house, name, agent, url, rounds, with_native):
    bare, folded, native = [], [], []
    path = house.path("long.ferry")
    for _ in range(rounds):
        bare.append(run([BARE, url, agent, "1000"]))
        house.forget(path)
        folded.append(house.ferry("snapshot", agent, "--from", name, "--read-only", "-o", path, "--quiet"))
        house.forget(path)
        if with_native:
            native.append(house.ferry("snapshot", agent, "--from", name, "-o", path, "--quiet"))
            house.forget(path)
    shown = [("bare client, nothing kept", bare), ("ferry snapshot --read-only", folded)]
    table(shown + ([("ferry snapshot (native)", native)] if native else []))
    say(f"  ferry --read-only / bare: wall {ratio(folded, bare, 'wall')}")
    figure = {"bare": figures(bare), "read_only": figures(folded), "ratio_wall": ratio(folded, bare, "wall"),
              "bytes": bare[0]["output"]}
    check_memory("snapshot --read-only", folded)
    if native:
        figure["native"] = figures(native)
        check_memory("snapshot", native)
    return figure


def interrupted(house, name, agent, messages):
    """Ctrl-C in the middle, then the same command again to the end."""
    result = {}
    for kind, flags, what in (("read_only", ["--read-only"], "messages listed"), ("native", [], "messages read in full")):
        path = house.path(f"{kind}.ferry")
        words = ["snapshot", agent, "--from", name, "-o", path, "--json", *flags]

        def half(line):
            found = re.search(r'"done":\s*(\d+)', line) if what in line else None
            return bool(found) and int(found[1]) >= messages // 2

        stopped = house.ferry(*words, stop_when=half, codes=(0, 130))
        again = house.ferry(*words)
        say(f"  {kind}: stopped with exit code {stopped['code']} at {stopped['wall']:.1f} s, "
            f"{stopped['rss_mb']:.0f} MB; again to the end in {again['wall']:.1f} s, {again['rss_mb']:.0f} MB")
        if stopped["code"] != 130:
            problems.append(f"snapshot ({kind}) was not interrupted: it had ended before half of it was announced")
        check_memory(f"snapshot ({kind}), interrupted", [stopped, again])
        result[kind] = {"stopped": figures([stopped]), "again": figures([again])}
        house.forget(path)
    return result


def verify(options):
    """A move of a larger agent by stages, and the verification alone."""
    rows = options.verify_rows
    say(f"verify: {rows} rows")
    seeded = json.loads(
        lab("seed", "--shape", "big", "--rows", str(rows), "--passages", "0", "--name", f"Bench-{rows}").splitlines()[-1])
    with House() as house:
        house.add_lab()
        lab("reset-target")
        moved = house.ferry("move", seeded["agent_id"], "--from", "old", "--to", "new", "--yes", "--json")
        by_stage = stages(moved["lines"], moved["wall"])
        newest = run_id(moved["output"])
        alone = house.ferry("verify", newest, "--json")
    for stage, seconds in by_stage.items():
        say(f"    {stage:<34}{seconds:9.2f} s")
    table([("ferry move", [moved]), ("ferry verify RUN", [alone])])
    return {"rows": rows, "stages": by_stage, "move": figures([moved]), "verify": figures([alone])}


def run_id(output):
    answer = json.loads(output)
    found = answer.get("run")
    return found["id"] if isinstance(found, dict) else found


def start(options):
    """How long until `ferry --version` has said it."""
    say("start: ferry --version, 60 times")
    runs = [run([FERRY, "--version"]) for _ in range(60)]
    best, middle = min(r["wall"] for r in runs) * 1000, statistics.median(r["wall"] for r in runs) * 1000
    say(f"    median {middle:.1f} ms, least {best:.1f} ms")
    return {"median_ms": round(middle, 2), "least_ms": round(best, 2)}


# What is shown ---------------------------------------------------------------

problems = []


def say(text):
    print(text, flush=True)


def table(rows):
    say(f"    {'':<34}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
    for title, runs in rows:
        f = figures(runs)
        say(f"    {title:<34}{f['wall']:9.2f}{f['cpu']:9.2f}{f['rss_mb']:9.1f}")


def check_memory(what, runs):
    peak = max(r["rss_mb"] for r in runs)
    if peak >= MEMORY_LIMIT_MB:
        problems.append(f"{what}: peak memory {peak:.1f} MB, the limit is {MEMORY_LIMIT_MB}")


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "processors": len(os.sched_getaffinity(0)), "processor": cpu[1] if cpu else platform.machine(),
        "memory_gb": round(int(memory[1]) / 2**20) if memory else None, "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 1),
    }


def main():
    parts = {"start": start, "capture": capture, "move": move, "verify": verify}
    parser = argparse.ArgumentParser(prog="Benchmarks/run.sh")
    parser.add_argument("--only", action="append", choices=parts, metavar="PART")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--verify-rows", type=int, default=20_000)
    options = parser.parse_args()
    result = {"date": datetime.date.today().isoformat(), "machine": machine()}
    try:
        for name, part in parts.items():
            if options.only is None or name in options.only:
                result[name] = part(options)
    except Failed as failure:
        sys.exit(f"bench: {failure}")
    result["problems"] = problems
    target = ROOT / "Benchmarks/results/latest.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n")
    say(f"written to {target.relative_to(ROOT)}")
    for problem in problems:
        say(f"PROBLEM: {problem}")
    sys.exit(1 if problems else 0)


main()
