"""The portable SQL of every number, as `xinhui explain` prints it, put in order so that nothing is made twice.

A window's tables depend on its last day alone, so what December needs serves the fourth quarter, the half and the year
too: a table is made anew only when its text, or a table that it reads, is another than before, and a query likewise.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import declared
from environments import cores

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

from explained_sql import parsed  # noqa: E402


def explained(binary, config, name, period):
    command = [binary, "explain", name, "--sql", "--period", period, "--config", config, "--lang", "en"]
    done = subprocess.run(command, env={**os.environ, "COLUMNS": "0"}, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


class Plan:
    """What is run, in order."""

    def __init__(self, given):
        # By table, what it was made of; those that are given never change.
        self.now = {name: "given" for name in given}
        self.run = []
        self.known = {}

    def version(self, sql):
        words = sorted(set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", sql)) & self.now.keys())
        return hashlib.sha256("\n".join([sql, *(f"{word} {self.now[word]}" for word in words)]).encode()).hexdigest()

    def table(self, name, sql):
        version = self.version(sql)
        if self.now.get(name) != version:
            self.now[name] = version
            self.run.append({"table": name, "sql": sql})

    def query(self, sql):
        """The number of the query's result."""
        version = self.version(sql)
        if version not in self.known:
            self.known[version] = len(self.known)
            self.run.append({"query": self.known[version], "sql": sql})
        return self.known[version]


def make(binary, config, given, rollups, periods, path):
    """Writes the plan: what is run, and which result is which number of which period."""
    names = [line.split()[0] for line in subprocess.run([binary, "explain", "--config", config, "--lang", "en"], env={**os.environ, "COLUMNS": "0"},
                                                        capture_output=True, text=True, encoding="utf-8", check=True).stdout.splitlines()]
    months = {last_month(period)[:2]: period for period in periods if last_month(period)[2] == 0}
    whole = rollups | looking_at_the_period()
    # What looks at the last day alone is the same in a month and in the quarter, half and year that end with it.
    same_as = {(period, name): (period if name in whole else months.get(last_month(period)[:2], period), name)
               for period in periods for name in names}
    asked = sorted(set(same_as.values()))
    with ThreadPoolExecutor(cores()) as pool:
        texts = dict(zip(asked, pool.map(lambda pair: parsed(explained(binary, config, pair[1], pair[0])), asked)))
    plan, uses = Plan(given), []
    # By the last day first, so that a quarter follows its last month.
    for period in sorted(periods, key=last_month):
        for name in names:
            steps, queries = texts[same_as[period, name]]
            for table, sql in steps.items():
                plan.table(table, sql)
            for level, dimensions, sql in queries:
                uses.append({"period": period, "name": name, "rollup": name in rollups, "level": level, "by": dimensions, "query": plan.query(sql)})
    path.write_text(json.dumps({"run": plan.run, "uses": uses}), encoding="utf-8")
    return plan


def looking_at_the_period():
    """Indicators whose window is the period itself."""
    found = set()
    for path in (declared.SCHEMAS / "indicators").glob("*.toml"):
        indicators = tomllib.loads(path.read_text("utf-8"))["indicator"]
        found |= {indicator["id"] for indicator in indicators if indicator["window"] == "period"}
    return found


def last_month(period):
    """Year and month of its end, and its kind, months first."""
    year, _, part = period.partition("-")
    months = {"Q": 3, "H": 6}
    month = 12 if not part else int(part[1:]) * months[part[0]] if part[0] in months else int(part)
    order = 0 if part.isdigit() else 1 if part.startswith("Q") else 2 if part else 3
    return int(year), month, order
