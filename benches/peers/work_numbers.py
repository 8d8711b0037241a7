"""Work B: facts, indicators, rollups and scorecard of a city-year from its accepted rows in Parquet."""

import datetime
import json
import subprocess
import sys

from pathlib import Path

import asked
import city
import measure
import outcome
import portable
from report import Goal, Work

HERE = Path(__file__).resolve().parent
OURS, PORTABLE, BY_HAND = "xinhui", "DuckDB, the portable SQL", "DuckDB by hand"
# What a night makes anew, so that it counts all numbers from the accepted rows that it kept.
ANEW = "night,county-facts,numbers,number-patches,rollup-files"


def compared(environment, snapshot, found, name):
    done = subprocess.run([str(part) for part in environment.command(HERE / "compare_numbers.py", snapshot, found)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"work B: {name} has other numbers\n{done.stdout}{done.stderr}")
    return [int(n) for n in done.stdout.split()]


def measured(bench):
    made = city.make(bench)
    environment = bench.environment("peers", HERE / "requirements.txt")
    snapshot, tables = made / "store/current", made / "tables"
    questions, plan = bench.work / f"asked-{bench.rows}.json", bench.work / f"plan-{bench.rows}.json"
    wanted = asked.asked(made / "xinhui.toml", datetime.date.fromisoformat(city.AS_OF), city.YEAR)
    questions.write_text(json.dumps(wanted), encoding="utf-8")
    if not plan.exists():
        print("  explaining every number", flush=True)
        portable.make(bench.binary, made / "xinhui.toml", [p.stem for p in tables.glob("*.parquet")],
                      {p.name for p in (snapshot / "internal/rollups").iterdir()}, [row[0] for row in wanted["period"]["rows"]], plan)
    found = {}

    def ours():
        night = city.night(bench, made, anew=ANEW)
        for name in city.BEFORE_FACTS:
            night.stages.pop(name, None)
        whole, night.seconds = night.seconds, sum(night.stages[stage] for stage in ("facts", "numbers", "scorecard"))
        night.stages["the whole process"] = whole
        return night, {}

    def peer(program, given):
        def once():
            out = bench.fresh(f"numbers-{program.removesuffix('.py')}")
            run = measure.run(environment.command(HERE / program, tables, given, out))
            told = outcome.read(out)
            run.seconds, run.processor, run.stages = told["seconds"], told["processor"], told["stages"]
            found[program] = out
            return run, told
        return once

    series = measure.in_turn({OURS: ours, PORTABLE: peer("numbers_portable.py", plan), BY_HAND: peer("numbers_by_hand.py", questions)})
    cells, rows, _ = compared(environment, snapshot, found["numbers_portable.py"], PORTABLE)
    _, _, scores = compared(environment, snapshot, found["numbers_by_hand.py"], BY_HAND)
    return series, cells, rows, scores


def work(bench):
    series, cells, rows, scores = measured(bench)
    stages = [(name, stage, f"{seconds:.2f}") for name, one in series.items() for stage, seconds in one.stages().items()]
    return Work(
        title=f"B. All numbers of a city-year of {bench.rows:,} rows, from accepted Parquet",
        series=series,
        ours=OURS,
        goals=[Goal(PORTABLE, 2), Goal(BY_HAND, 1)],
        rows=bench.rows,
        text=[
            f"{cells:,} cells of indicators and {rows:,} rows of rollups of 12 months, 4 quarters, 2 halves and the year are the same in all three, and"
            f" {scores} rows of the scorecard (numerators, denominators, and the verdict where it stands).",
            "Ours is the stages `facts`, `numbers` and `scorecard` of a night that reads no file and makes all numbers anew (reuse switched off); its memory"
            " and processor seconds are those of the whole process, which also sees that what was kept is whole, numbers persons and writes the snapshot. It also keeps the facts of each county and what each number was counted over for the next night, sees which"
            " number is partial, and counts the contacts of every site. Peers begin with the tables that `query_tables` writes: accepted rows with the number"
            " of their person, and the person's sex and birth. They end with results in memory; none writes Parquet within its time. The portable"
            " SQL is what `xinhui explain` prints, each table and each query run once for all periods that share it.",
        ],
        tables=[("Seconds by stage, median", ("", "stage", "seconds"), stages)],
    )
