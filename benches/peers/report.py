"""Results of a run, as the page that `benches/run` writes shows them."""

import datetime
import platform
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Goal:
    """How many times as long as ours a peer must take at least."""

    peer: str
    least: float
    # What bounds it where it is not reached.
    bound: str = ""


@dataclass
class Work:
    title: str
    series: dict
    ours: str
    goals: list
    rows: int
    text: list = field(default_factory=list)
    # Tables of their own: (heading, columns, rows).
    tables: list = field(default_factory=list)


def machine():
    text = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", text)
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1]) / 2**20
    cores = len(re.findall(r"^processor", text, re.M))
    return f"{cores} cores ({model[1] if model else platform.machine()}), {memory:.0f} GiB, Linux {platform.release().split('-')[0]}"


def revision(root):
    done = subprocess.run(["git", "-C", root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def table(columns, rows):
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "|".join("---" if n == 0 else "---:" for n in range(len(columns))) + "|"
    yield from ("| " + " | ".join(map(str, row)) + " |" for row in rows)


def ratio(theirs, ours):
    return f"{theirs / ours:.2f}" if theirs is not None and ours else ""


def of_work(work):
    yield f"## {work.title}"
    yield ""
    own = work.series[work.ours]
    ours = own.seconds()
    alone = len(work.series) == 1
    columns = ["", "runs", "seconds, median", "times ours", "processor seconds", "times ours", "peak MiB", "times ours", "rows a second"]
    rows = [[s.name, len(s.runs), f"{s.seconds():.2f}", ratio(s.seconds(), ours), "" if s.processor() is None else f"{s.processor():.1f}",
             ratio(s.processor(), own.processor()), f"{s.peak() / 2**20:,.0f}", ratio(s.peak(), own.peak()), f"{work.rows / s.seconds():,.0f}"]
            for s in work.series.values()]
    kept = [n for n, column in enumerate(columns) if not (alone and column == "times ours")]
    yield from table([columns[n] for n in kept], [[row[n] for n in kept] for row in rows])
    yield ""
    for goal in work.goals:
        found = work.series[goal.peer].seconds() / ours
        verdict = "reached" if found >= goal.least else "**not reached**"
        yield f"- Goal beside {goal.peer}: at least {goal.least:g} times. Found: {found:.2f} times, {verdict}." + (
            f" {goal.bound}" if found < goal.least and goal.bound else "")
    if work.goals:
        yield ""
    for paragraph in work.text:
        yield paragraph
        yield ""
    for heading, columns, lines in work.tables:
        yield f"### {heading}"
        yield ""
        yield from table(columns, lines)
        yield ""


def write(path, bench, works, missing, loads):
    versions = {}
    for work in works:
        for series in work.series.values():
            versions.update(series.versions)
    ours = subprocess.run([bench.binary, "--version"], capture_output=True, text=True).stdout.strip()
    lines = [
        "# Results of `benches/run`", "",
        "Written by the program; do not edit. How it is run: [README](README.md).", "",
        f"- Date: {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC",
        f"- Machine: {machine()}",
        f"- Load of the machine before each work (1 minute): {', '.join(f'{load:.1f}' for load in loads)}"
        + (". **Other work ran beside it**: wall seconds are longer than on a quiet machine and vary from"
           " run to run; processor seconds are the steadier measure."
           if max(loads, default=0) > 1.5 else ""),
        f"- Ours: {ours}, revision {revision(bench.root)}",
        f"- Peers: {', '.join(f'{name} {version}' for name, version in sorted(versions.items()))}; Python {platform.python_version()}",
        f"- Run again: `{bench.again}`",
    ]
    if bench.rows < bench.FULL:
        lines.append(f"- The goals are meant for a city-year of {bench.FULL:,} rows. **This run had {bench.rows:,}**, where what a program costs whatever its"
                     " rows (starting processes, planning queries, learning weights) weighs more: ratios at full size are others.")
    lines.append("")
    for work in sorted(works, key=lambda work: work.title[0]):
        lines += of_work(work)
    if missing:
        lines += ["## Not in this run", "", *(f"- {text}" for text in missing), ""]
    Path(path).write_text("\n".join(lines), encoding="utf-8")
