"""Runs a program and measures it: wall seconds, processor seconds, and peak memory of all its processes together."""

import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Run:
    seconds: float
    # None where it was not measured.
    processor: float | None
    peak: int
    # Seconds by stage, where the program tells them.
    stages: dict = field(default_factory=dict)


@dataclass
class Series:
    """The runs of one program at one work."""

    name: str
    runs: list = field(default_factory=list)
    versions: dict = field(default_factory=dict)

    def seconds(self):
        return statistics.median(run.seconds for run in self.runs)

    def processor(self):
        known = [run.processor for run in self.runs if run.processor is not None]
        return statistics.median(known) if known else None

    def peak(self):
        return max(run.peak for run in self.runs)

    def stages(self):
        """The median of each stage."""
        return {name: statistics.median(run.stages[name] for run in self.runs) for name in self.runs[0].stages}


def children(pid):
    try:
        return [int(n) for task in Path(f"/proc/{pid}/task").iterdir() for n in (task / "children").read_text().split()]
    except OSError:
        return []


def resident(pid):
    """Resident memory of a process and of those it started, in bytes."""
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except OSError:
        return 0
    return own + sum(map(resident, children(pid)))


def run(command, codes=(0,), stdout=None, stderr=None, env=None):
    """Runs a command to its end; another exit code than those given ends the bench."""
    command = [str(part) for part in command]
    before = os.times()
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=stdout or subprocess.DEVNULL, stderr=stderr, env={**os.environ, **(env or {})})
    peak, over = [0], threading.Event()

    def watch():
        while not over.wait(0.02):
            peak[0] = max(peak[0], resident(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    over.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        sys.exit(f"exit code {process.returncode}: {' '.join(command)}")
    after = os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    # What the kernel remembers of the largest process sees peaks between two looks.
    return Run(seconds, processor, max(peak[0], usage.ru_maxrss * 1024))


def in_turn(series, runs=3, patience=60.0):
    """Runs programs in turn, so that what disturbs the machine disturbs all of them; long ones once.

    `series` maps a name to a function that gives a Run and what the program says of itself.
    """
    found = {name: Series(name) for name in series}
    for turn in range(runs):
        for name, once in series.items():
            own = found[name]
            if turn and own.runs[0].seconds > patience:
                continue
            measured, told = once()
            own.runs.append(measured)
            own.versions.update(told.get("versions", {}))
            print(f"  {name}: {measured.seconds:.2f} s, {measured.peak / 2**20:.0f} MiB", flush=True)
    return found
