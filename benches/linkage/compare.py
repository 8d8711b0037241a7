"""xinhui against Splink 5 on one table of Chinese people, on one machine, one after the other.

    python benches/linkage/compare.py XINHUI_BIN MODEL people.csv truth.csv [--out result.json]

Ours is the wall time and the peak memory of the whole process, from the CSV to the Parquet file of clusters.
Splink's is that of the linkage alone, in a process of its own: load, train, predict and cluster, without the
start of Python and without the making of the pinyin columns (see splink_people.py).
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import pyarrow.parquet as parquet

from scores import scores, truth_of

HERE = pathlib.Path(__file__).resolve().parent


def ours(binary, model, people, truth, runs):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "clusters.parquet"
        command = [str(binary.resolve()), "link", "table", "--model", str(model), str(people), "--out", str(out)]
        times, processor, peaks = [], [], []
        for _ in range(runs):
            began = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            times.append(time.perf_counter() - began)
            process.returncode = os.waitstatus_to_exitcode(status)
            processor.append(usage.ru_utime + usage.ru_stime)
            peaks.append(usage.ru_maxrss * 1024)
            if process.returncode != 0:
                sys.exit(f"exit code {process.returncode}: {' '.join(command)}")
        found = parquet.read_table(out, columns=["id", "cluster"]).to_pandas()
    person = found["id"].astype(str).map(truth_of(truth))
    if person.isna().any():
        sys.exit(f"{int(person.isna().sum())} ids are not in {truth}")
    seconds = {"seconds": round(statistics.median(times), 3), "processor_seconds": round(statistics.median(processor), 3)}
    return {**seconds, "peak_rss_bytes": max(peaks), "default": scores(found["cluster"], person)}


def theirs(people, truth):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "splink.json"
        done = subprocess.run(
            [sys.executable, HERE / "splink_people.py", people, truth, "--out", out], capture_output=True, encoding="utf-8"
        )
        if done.returncode != 0:
            sys.exit(done.stderr)
        return json.loads(out.read_text(encoding="utf-8"))


def line(name, seconds, peak, s, note=""):
    print(
        f"{name:<26} {seconds:>9} {peak:>9} {s['precision']:>9.4f} {s['recall']:>7.4f} {s['f1']:>7.4f} {s['exact_clusters']:>7.4f}  {note}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xinhui", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("people", type=pathlib.Path)
    parser.add_argument("truth", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3, help="runs of xinhui, of which the median is taken")
    parser.add_argument("--splink", type=pathlib.Path, help="take Splink's figures from this JSON of splink_people.py")
    parser.add_argument("--out", type=pathlib.Path)
    options = parser.parse_args()
    # Neither waits for the disk.
    options.people.read_bytes()
    our = ours(options.xinhui, options.model, options.people, options.truth, options.runs)
    if options.splink:
        their = json.loads(options.splink.read_text(encoding="utf-8"))
    else:
        their = theirs(options.people, options.truth)
    print(f"{their['records']} records, {os.cpu_count()} cores")
    print(f"{'':<26} {'seconds':>9} {'peak GB':>9} {'precision':>9} {'recall':>7} {'F1':>7} {'exact':>7}")
    line("xinhui", f"{our['seconds']:.2f}", f"{our['peak_rss_bytes'] / 1e9:.2f}", our["default"])
    seconds, peak = f"{their['seconds']:.2f}", f"{their['peak_rss_bytes'] / 1e9:.2f}"
    line("Splink, p = 0.95", seconds, peak, their["default"], f"weight {their['default']['threshold']:g}")
    line("Splink, best threshold", "", "", their["best"], f"weight {their['best']['threshold']:g}, found with the truth")
    ratios = {
        "time": round(their["seconds"] / our["seconds"], 2),
        "memory": round(their["peak_rss_bytes"] / our["peak_rss_bytes"], 2),
        "f1_errors": round((1 - their["best"]["f1"]) / max(1 - our["default"]["f1"], 1e-9), 2),
    }
    print(
        f"Splink takes {ratios['time']:g} times as long and {ratios['memory']:g} times the memory; "
        f"its 1 - F1 at the best threshold is {ratios['f1_errors']:g} times ours"
    )
    if options.out:
        result = {"xinhui": our, "splink": their, "ratios": ratios}
        options.out.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
