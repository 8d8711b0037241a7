"""Asks the queries of docs/queries of a store to which a county never sent a source.

    python .ci/questions.py XINHUI_BINARY FOLDER

`FOLDER` is made anew. The sample has all files, so its results do not show what the queries say of one that is missing.
"""

import pathlib
import shutil
import subprocess
import sys

import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[1]


def asked(name, store):
    """All rows of a query over a store, as dictionaries."""
    text = (ROOT / "docs" / "queries" / f"{name}.sql").read_text("utf-8")
    text = text.replace("sample-data/store/", f"{store}/").rsplit("\nLIMIT", 1)[0].rstrip(";\n")
    found = duckdb.sql(text)
    return [dict(zip(found.columns, row)) for row in found.fetchall()]


def main(binary, folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    ignore = shutil.ignore_patterns("store")
    shutil.copytree(ROOT / "sample-data", folder, ignore=ignore)
    shutil.rmtree(folder / "inbox" / "370832" / "hospital")
    done = subprocess.run([binary, "run", "--config", folder / "xinhui.toml"], capture_output=True, encoding="utf-8")
    assert done.returncode in (0, 1), done.stderr
    store = folder / "store"

    sure = {row["division_name"]: row for row in asked("how_sure", store)}
    assert sure["梁山县"]["oldest_days"] is None, "what was never sent has no age"
    assert "严重精神障碍患者登记" in sure["梁山县"]["nothing_usable"], sure["梁山县"]
    assert sure["任城区"]["oldest_days"] == 0 and sure["任城区"]["nothing_usable"] is None, sure["任城区"]

    why = {(r["indicator"], r["division_name"], r["period"]): r for r in asked("why_partial", store)}
    rate = why["smi_treatment_rate", "梁山县", "2023"]
    assert rate["status"] == "no_data", rate
    assert "370832 never sent hospital_patient" in rate["because"], "the cause of a number without data is told"
    assert why["smi_treatment_rate", "济宁市", "2023"]["status"] == "partial"
    assert all(row["because"] for row in why.values()), "every such number has a cause"

    quiet = asked("quiet_stations", store)
    stations = f"'{store}/current/internal/stations/stations.parquet'"
    counted = "SELECT dataset, COUNT(*) FROM {0} WHERE stands AND built <= as_of - INTERVAL 3 MONTH AND NOT (last_contact > as_of - INTERVAL 3 MONTH) IS TRUE "
    counted = dict(duckdb.sql(counted.format(stations) + "GROUP BY dataset").fetchall())
    assert set(counted) == {"station_site", "school_site", "hospital_site"}, counted
    assert len(quiet) == sum(counted.values()), "each quiet site of each dataset once"
    print(f"{len(why)} numbers have their cause; quiet: {counted}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
