"""Work D: the whole first night of a city-year, from files to numbers, by a pipeline of DuckDB and Splink and by xinhui."""

import datetime
import json
import shutil
import subprocess
import sys
from pathlib import Path

import asked
import city
import measure
import outcome
from report import Goal, Work

HERE = Path(__file__).resolve().parent
RUNS = 3
OURS, PIPELINE = "xinhui", "DuckDB and Splink"


def ours(bench, made, config):
    shutil.rmtree(made / "first", ignore_errors=True)
    return city.night(bench, made, config=config), {}


def pipeline(bench, made, questions, told):
    """Four programs one after the other: rows, persons, tables, numbers; their seconds add up, the largest peak counts."""
    duck, link = bench.environment("peers", HERE / "requirements.txt"), bench.environment("link", HERE / "requirements-link.txt")
    out, numbers = bench.fresh("night"), bench.fresh("night-numbers")
    steps = {
        "rows": (duck.command(HERE / "ingest_by_hand.py", made, city.AS_OF, out), out),
        "persons": (link.command(HERE / "link_by_splink.py", out), out),
        "tables": (duck.command(HERE / "persons_by_hand.py", made, out), out),
        "numbers": (duck.command(HERE / "numbers_by_hand.py", out / "tables", questions, numbers), numbers),
    }
    whole, versions = measure.Run(0.0, 0.0, 0), {}
    for name, (command, folder) in steps.items():
        run = measure.run(command)
        said = outcome.read(folder)
        versions.update(said["versions"])
        told[name] = said
        whole.seconds += run.seconds
        whole.processor += run.processor
        whole.peak = max(whole.peak, run.peak)
        whole.stages[name] = run.seconds
    return whole, {"versions": versions}


def compared(bench, made, told):
    if told["rows"]["accepted"] != told["rows"]["rows"] or told["rows"]["counts"]:
        sys.exit(f"work D: the pipeline finds faults in a clean city: {told['rows']['counts']}")
    environment = bench.environment("peers", HERE / "requirements.txt")
    command = environment.command(HERE / "compare_numbers.py", made / "first/current", bench.work / "night-numbers", "--other-persons")
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"work D: numbers that count nobody differ\n{done.stdout}{done.stderr}")
    return [int(n) for n in done.stdout.split()]


def work(bench):
    made = city.make(bench)
    config = made / "first.toml"
    config.write_text((made / "xinhui.toml").read_text("utf-8").replace('store = "store"', 'store = "first"'), encoding="utf-8")
    questions = bench.work / f"asked-{bench.rows}.json"
    questions.write_text(json.dumps(asked.asked(made / "xinhui.toml", datetime.date.fromisoformat(city.AS_OF), city.YEAR)), encoding="utf-8")
    told = {}
    series = measure.in_turn({OURS: lambda: ours(bench, made, config), PIPELINE: lambda: pipeline(bench, made, questions, told)}, RUNS)
    cells, rows, scores, other_cells, other_rows = compared(bench, made, told)
    last = json.loads((bench.work / "night.log").read_text("utf-8").splitlines()[-1])
    persons = last["persons"]
    if last["rows"]["accepted"] != told["rows"]["accepted"]:
        sys.exit(f"work D: the pipeline accepts {told['rows']['accepted']} rows, {OURS} {last['rows']['accepted']}")
    stages = [(name, stage, f"{seconds:.2f}", f"{bench.rows / max(seconds, 0.001):,.0f}") for name, one in series.items() for stage, seconds in one.stages().items()]
    return Work(
        title=f"D. The whole first night of a city-year of {bench.rows:,} rows",
        series=series,
        ours=OURS,
        goals=[Goal(PIPELINE, 4)],
        rows=bench.rows,
        text=[
            f"Both accept all {told['rows']['accepted']:,} rows of the clean city. Ours finds {persons:,} persons, Splink at p = .95 {told['persons']['persons']:,}, so"
            f" {other_cells:,} of {cells:,} cells of indicators and {other_rows:,} of {rows:,} rows of rollups differ; indicators that count nobody are equal in every"
            " cell. (From the same persons all numbers are equal: work B.)",
            "The pipeline is four programs, each a whole process: rows read, judged and cut to their standing versions by SQL that is made from the declarations"
            " of all datasets; persons by Splink; accepted rows with the number of their person; all numbers by hand, written as Parquet. It leaves out what a night of"
            " ours also does: the recognition of files by their headers, other encodings and layouts, key conflicts, registers that shrank, credit codes, warnings of follow-ups"
            " before registration, encryption of identities, keys of persons that stay from night to night, partial numbers, the atomic snapshot with its hashes,"
            " and all that makes the next night short.",
        ],
        tables=[("Seconds by stage, median", ("", "stage", "seconds", "rows a second"), stages)],
    )
