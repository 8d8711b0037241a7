"""Runs `xinhui link table` on the public person tables and scores its clusters.

    python benches/linkage/public.py XINHUI_BIN MODELS_DIR DATA_DIR [--generated] [--splink splink.json]

DATA_DIR is what public_data.py wrote; MODELS_DIR holds febrl.toml and name-birth.toml. Nothing is tuned per table:
each model is run as it stands, at its own threshold. The two tables of FEBRL 4 go in as one, with a column `source`.
With --generated each table is linked under the model that `xinhui link model` writes for it. Tables of slips.py that lie in
DATA_DIR are linked so, too, beside Splink's best of splink_tables.py; so are tables that packages do not hold, where somebody has
put NAME.csv (of two tables NAMEa.csv, NAMEb.csv) and NAME_truth.csv there: febrlc and febrlf (name, birth date, suburb, postcode and
state), fake1000 (which public_data.py writes from the file as published), historical50k.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import pyarrow.parquet as parquet

from scores import scores, truth_of

# Model, files, truth, and the F1 that Splink 5 reaches: at its best threshold (known only to who has the truth), at p = 0.95.
# None: the model that `link model` writes.
TABLES = {
    "febrl1": ("febrl.toml", ["febrl1"], 1.0000, 1.0000),
    "febrl2": ("febrl.toml", ["febrl2"], 0.9992, 0.9992),
    "febrl3": ("febrl.toml", ["febrl3"], 1.0000, 1.0000),
    "febrl4": ("febrl.toml", ["febrl4a", "febrl4b"], 1.0000, 0.9999),
    "rldata500": ("name-birth.toml", ["rldata500"], 0.9899, 0.9899),
    "rldata10000": ("name-birth.toml", ["rldata10000"], 0.9580, 0.6772),
    "febrlc": (None, ["febrlc"], 0.9640, 0.8926),
    "febrlf": (None, ["febrlfa", "febrlfb"], 0.9706, 0.9302),
    "fake1000": (None, ["fake1000"], 0.9931, 0.9780),
    "historical50k": (None, ["historical50k"], 0.8689, 0.8609),
}


def slips(data, splink):
    """Tables of slips.py that lie there, with Splink's best where it was measured."""
    found = {}
    for truth in sorted(data.glob("*-*_truth.csv")):
        name = truth.name.removesuffix("_truth.csv")
        files = [f"{name}a", f"{name}b"] if (data / f"{name}a.csv").exists() else [name]
        found[name] = (None, files, splink.get(name, {}).get("f1", float("nan")), float("nan"))
    return found


def written(binary, table, folder):
    """The model that `link model` writes for a table."""
    model = folder / "model.toml"
    subprocess.run([binary, "link", "model", table, "--out", model, "--overwrite"], check=True, capture_output=True)
    return model


def joined(data, files, folder):
    """The one table, or the tables under each other with the file's name as source."""
    if len(files) == 1:
        return data / f"{files[0]}.csv"
    path = folder / "joined.csv"
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = None
        for name in files:
            with open(data / f"{name}.csv", encoding="utf-8", newline="") as file:
                rows = csv.DictReader(file)
                if writer is None:
                    writer = csv.DictWriter(out, ["source", *rows.fieldnames], lineterminator="\n")
                    writer.writeheader()
                writer.writerows({"source": name, **row} for row in rows)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xinhui", type=pathlib.Path)
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--only", help="tables whose name holds this")
    parser.add_argument("--generated", action="store_true", help="the models that `link model` writes, of every table")
    parser.add_argument("--splink", type=pathlib.Path, help="JSON of splink_tables.py")
    parser.add_argument("--out", type=pathlib.Path, help="write the figures as JSON here")
    options = parser.parse_args()
    results, missing = {}, 0
    print(f"{'table':<16} {'records':>7} {'seconds':>8} {'precision':>9} {'recall':>7} {'F1':>7} {'exact':>7}   Splink best / p.95")
    splink = json.loads(options.splink.read_text(encoding="utf-8")) if options.splink else {}
    for name, (model, files, best, fixed) in {**TABLES, **slips(options.data, splink)}.items():
        if (options.only and options.only not in name) or not (options.data / f"{files[0]}.csv").exists():
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            table, out = joined(options.data, files, folder), folder / "clusters.parquet"
            began = time.perf_counter()
            if model is None or options.generated:
                model = written(options.xinhui.resolve(), table, folder)
            else:
                model = options.models / model
            command = [options.xinhui.resolve(), "link", "table", "--model", model, table, "--out", out]
            done = subprocess.run(command, capture_output=True, encoding="utf-8")
            seconds = time.perf_counter() - began
            if done.returncode != 0:
                print(f"{name:<12} exit code {done.returncode}: {done.stderr.strip()[-400:]}", file=sys.stderr)
                missing += 1
                continue
            found = parquet.read_table(out, columns=["id", "cluster"]).to_pandas()
        truth = truth_of(options.data / f"{name}_truth.csv")
        person = found["id"].astype(str).map(truth)
        if person.isna().any() or len(found) != len(truth):
            print(f"{name:<12} {len(found)} rows, {int(person.isna().sum())} with an unknown id; the table has {len(truth)}", file=sys.stderr)
            missing += 1
            continue
        s = scores(found["cluster"], person)
        results[name] = {"records": len(truth), "seconds": round(seconds, 3), **s, "splink_best_f1": best, "splink_p95_f1": fixed}
        print(
            f"{name:<16} {len(truth):>7} {seconds:>8.2f} {s['precision']:>9.4f} {s['recall']:>7.4f} {s['f1']:>7.4f} "
            f"{s['exact_clusters']:>7.4f}   {best:.4f} / {fixed:.4f}",
            flush=True,
        )
    if options.out:
        options.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
