"""Work A: contacts of stations read from CSV and judged by every declared rule, each fault of each row written."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import declared
import measure
import outcome
import service_rows
from report import Goal, Work

HERE = Path(__file__).resolve().parent
AS_OF = "2023-12-31"
PARENTS = ("station_service", "station_site", "station_unit", "hospital_site")
PEERS = {"Frictionless": "validate_frictionless.py", "Pandera on Polars": "validate_pandera.py", "DuckDB by hand": "validate_by_hand.py"}
OURS = "xinhui"
# Found by xinhui beyond the rules that the datasets declare.
UNDECLARED = {"warning lost-characters"}


def make_data(bench):
    """An inbox of contacts and of what they name: about a fifth of the rows of the city, as a city-year has of one form."""
    folder = bench.work / f"service-{bench.rows}"
    if (folder / "made").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    # Of the rows of a city, 45 in 100 are contacts.
    rows = max(int(bench.rows / 5 / 0.45), 5_000)
    subprocess.run([bench.binary, "synth", "--city", "3708", "--dirt", "none", "--formats", "csv", "--from", "2023-01-01", "--rows",
                    str(rows), "--out", folder], check=True, stdout=subprocess.DEVNULL)
    for path in (folder / "inbox").rglob("*.csv"):
        if not path.name.startswith(PARENTS):
            path.unlink()
    service_rows.spoil(folder / "inbox")
    (folder / "made").touch()
    return folder


def judged_by_us(path):
    """Rows of contacts, and findings by severity and code, from what `validate` prints."""
    title = declared.table()["xinhui"]["titleEn"]
    rows, counts, own = 0, Counter(), False
    with open(path, encoding="utf-8") as file:
        for line in file:
            if table := re.match(r"  (\S.*): (\d+) rows, ", line):
                own = table[1] == title
                rows += own * int(table[2])
            elif own and (finding := re.match(r"    row \d+ (\w+) ([\w-]+)", line)):
                counts[f"{finding[1]} {finding[2]}"] += 1
    return rows, counts


def measured(bench):
    folder = make_data(bench)
    environment = bench.environment("peers", HERE / "requirements.txt")
    results = {}

    def ours():
        listing = bench.work / "validate.txt"
        command = [bench.binary, "validate", "--config", folder / "xinhui.toml", "--lang", "en", "--most", "4000000000", folder / "inbox"]
        with open(listing, "w", encoding="utf-8") as out:
            run = measure.run(command, codes=(1,), stdout=out, env={"COLUMNS": "0"})
        results[OURS] = judged_by_us(listing)
        return run, {}

    def peer(name):
        def once():
            out = bench.fresh(f"validate-{PEERS[name].removesuffix('.py')}")
            run = measure.run(environment.command(HERE / PEERS[name], folder, AS_OF, out))
            told = outcome.read(out)
            # Without the start of Python and its imports.
            run.seconds, run.processor = told["seconds"], told["processor"]
            results[name] = told["rows"], Counter(told["counts"])
            return run, told
        return once

    series = measure.in_turn({OURS: ours} | {name: peer(name) for name in PEERS})
    rows, counts = results[OURS]
    beyond = sum(counts.pop(code, 0) for code in UNDECLARED)
    wrong = [f"{name}, {code}: {found[code]}, {OURS} {counts[code]}" for name, (_, found) in results.items() for code in sorted(found.keys() | counts.keys())
             if name != OURS and found[code] != counts[code]]
    wrong += [f"{name}: {n} rows, {OURS} {rows}" for name, (n, _) in results.items() if n != rows]
    if wrong:
        sys.exit("work A: findings differ\n" + "\n".join(wrong))
    return rows, series, counts, beyond


def work(bench):
    rows, series, counts, beyond = measured(bench)
    listed = ", ".join(f"{code} {n:,}" for code, n in sorted(counts.items()))
    return Work(
        title=f"A. Read and judge {rows:,} contacts from CSV",
        series=series,
        ours=OURS,
        goals=[Goal("Frictionless", 40), Goal("Pandera on Polars", 3), Goal("DuckDB by hand", 1.5)],
        rows=rows,
        text=[
            f"Every one of {sum(counts.values()):,} findings by severity and code is the same in all four: {listed}. Faults were put into every"
            " fiftieth row of a clean city (`benches/peers/service_rows.py`).",
            "Ours is the whole process of `xinhui validate`, which judges as a night does: it reads each file in confined processes, keeps typed"
            " rows and encrypted identities in a store of its own, orders versions of keys, looks for key conflicts, and lists every finding"
            " with its row. Frictionless and Pandera write the findings alone; DuckDB also writes the accepted rows, typed. Peers are timed without"
            f" the start of Python and imports. Frictionless runs in a process for each core. Beyond the declared rules ours found {beyond} names"
            " that look as if their characters were lost, for which no peer looks.",
        ],
    )
