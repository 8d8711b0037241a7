"""The city-year: made by `xinhui synth`, with a night over it, and nights over it again."""

import json
import shutil
import subprocess

import measure

AS_OF, YEAR = "2023-12-31", 2023
BEFORE_FACTS = ("reference", "read", "ledger", "link")


def make(bench):
    """A city with a published night, and the tables that queries begin with in `tables`."""
    folder = bench.work / f"city-{bench.rows}"
    if (folder / "made").exists():
        return folder
    synth(bench, folder)
    config = folder / "xinhui.toml"
    text = config.read_text("utf-8")
    config.write_text('query_tables = "tables"\n' + text, encoding="utf-8")
    night(bench, folder)
    # The tables are written for the peers once; no measured night writes them.
    config.write_text(text, encoding="utf-8")
    (folder / "made").touch()
    return folder


def synth(bench, folder):
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([bench.binary, "synth", "--city", "3708", "--dirt", "none", "--formats", "csv,parquet", "--from", f"{YEAR}-01-01", "--as-of", AS_OF,
                    "--rows", str(bench.rows), "--out", folder], check=True, stdout=subprocess.DEVNULL)


def night(bench, folder, anew="", config=None):
    """Runs a night; its stages are as its own log times them."""
    log = bench.work / "night.log"
    with open(log, "w", encoding="utf-8") as err:
        run = measure.run([bench.binary, "run", "--config", config or folder / "xinhui.toml", "--lang", "en", "--log", "json"], codes=(0, 1), stderr=err,
                          env={"XINHUI_REUSE_OFF": anew})
    for line in log.read_text("utf-8").splitlines():
        if line.startswith("{") and (told := json.loads(line)).get("message") == "stage done":
            run.stages[told["stage"]] = run.stages.get(told["stage"], 0.0) + told["seconds"]
    return run
