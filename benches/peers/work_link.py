"""Work C: identities of invented people to persons, by `xinhui link table` and by Splink, at two amounts of dirt."""

import json
import shutil
import subprocess
from pathlib import Path

from measure import Run, Series
from report import Goal, Work

HERE = Path(__file__).resolve().parent
COMPARE = HERE.parent / "linkage/compare.py"
LEAST = {"normal": 12, "heavy": 10}
RUNS = 3


def people(bench, dirt):
    """Distinct identities, a fifth as many as the city-year has rows."""
    folder = bench.work / f"people-{dirt}-{bench.rows // 5}"
    if not (folder / "truth.csv").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([bench.binary, "synth", "--identities", str(bench.rows // 5), "--dirt", dirt, "--out", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def compared(bench, dirt):
    folder, result = people(bench, dirt), bench.fresh(f"link-{dirt}") / "result.json"
    environment = bench.environment("link", HERE / "requirements-link.txt")
    command = environment.command(COMPARE, bench.binary, "persons", folder / "people.csv", folder / "truth.csv", "--runs", str(RUNS), "--out", result)
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    found = json.loads(result.read_text("utf-8"))
    for name, one in (("xinhui", found["xinhui"]), ("Splink", found["splink"])):
        print(f"  {dirt}, {name}: {one['seconds']:.2f} s, {one['peak_rss_bytes'] / 2**20:.0f} MiB", flush=True)
    return found


def line(name, scores, note=""):
    return (name, *(f"{scores[key]:.4f}" for key in ("precision", "recall", "f1", "exact_clusters")), note)


def work(bench, dirt):
    found = compared(bench, dirt)
    ours, theirs = found["xinhui"], found["splink"]
    series = {
        "xinhui": Series("xinhui", [Run(ours["seconds"], ours["processor_seconds"], ours["peak_rss_bytes"])] * RUNS),
        "Splink on DuckDB": Series("Splink on DuckDB", [Run(theirs["seconds"], theirs["processor_seconds"], theirs["peak_rss_bytes"], theirs["steps"])],
                                   {"Splink": theirs["splink"], "DuckDB of Splink": theirs["duckdb"]}),
    }
    scores = [line("xinhui", ours["default"]), line("Splink, p = .95", theirs["default"]),
              line("Splink, its best threshold", theirs["best"], "found with the truth")]
    return Work(
        title=f"C. Link {theirs['records']:,} identities, {dirt} dirt",
        series=series,
        ours="xinhui",
        goals=[Goal("Splink on DuckDB", LEAST[dirt])],
        rows=theirs["records"],
        text=["Ours is the whole process of `xinhui link table --model persons`, from the CSV to the Parquet file of clusters, the median of its runs in a row."
              " Splink is load, train, predict and cluster at one threshold, without the start of Python and without making its pinyin columns"
              f" ({theirs['preparation_seconds']:.1f} s), as `benches/linkage/splink_people.py` tunes it for these people."],
        tables=[("Pairs found, against the truth", ("", "precision", "recall", "F1", "persons whole", ""), scores)],
    )


def normal(bench):
    return work(bench, "normal")


def heavy(bench):
    return work(bench, "heavy")
