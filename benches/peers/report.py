"""Results of a run, as `benches/RESULTS.md` shows them."""

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


def of_work(work):
    yield f"## {work.title}"
    yield ""
    ours = work.series[work.ours].seconds()
    peak = work.series[work.ours].peak()
    rows = [(s.name, len(s.runs), f"{s.seconds():.2f}", f"{s.seconds() / ours:.2f}", f"{work.rows / s.seconds():,.0f}",
             f"{s.processor():.1f}" if s.processor() is not None else "", f"{s.peak() / 2**20:,.0f}", f"{s.peak() / peak:.2f}") for s in work.series.values()]
    if len(work.series) == 1:
        rows = [row[:3] + row[4:7] for row in rows]
        yield from table(("", "runs", "seconds, median", "rows a second", "processor seconds", "peak MiB"), rows)
    else:
        yield from table(("", "runs", "seconds, median", "times ours", "rows a second", "processor seconds", "peak MiB", "times ours"), rows)
    yield ""
    for goal in work.goals:
        ratio = work.series[goal.peer].seconds() / ours
        verdict = "reached" if ratio >= goal.least else "**not reached**"
        yield f"- Goal beside {goal.peer}: at least {goal.least:g} times. Found: {ratio:.2f} times, {verdict}." + (
            f" {goal.bound}" if ratio < goal.least and goal.bound else "")
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
        + (". **Other work ran beside it**: ratios come from programs run in turn, but seconds are longer than on a quiet machine."
           if max(loads, default=0) > 1.5 else ""),
        f"- Ours: {ours}, revision {revision(bench.root)}",
        f"- Peers: {', '.join(f'{name} {version}' for name, version in sorted(versions.items()))}; Python {platform.python_version()}",
        f"- Run again: `{bench.again}`", "",
    ]
    for work in works:
        lines += of_work(work)
    if missing:
        lines += ["## Not in this run", "", *(f"- {text}" for text in missing), ""]
    Path(path).write_text("\n".join(lines), encoding="utf-8")
