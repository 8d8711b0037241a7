"""Work B by the portable SQL in DuckDB, unchanged: runs a plan of `portable.py`.

    python benches/peers/numbers_portable.py TABLES PLAN OUT
"""

import json
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from outcome import Clock, write


def main():
    tables, plan, out = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")), Path(sys.argv[3])
    clock = Clock()
    db = duckdb.connect()
    for path in sorted(tables.glob("*.parquet")):
        db.execute(f"CREATE TABLE {path.stem} AS SELECT * FROM read_parquet('{path}')")
    stages = {"load": time.perf_counter() - clock.wall, "facts": 0.0, "numbers": 0.0}
    results = {}
    for step in plan["run"]:
        since = time.perf_counter()
        if "table" in step:
            db.execute(f"CREATE OR REPLACE TEMP TABLE {step['table']} AS {step['sql']}")
        else:
            results[step["query"]] = db.sql(step["sql"]).to_arrow_table()
        stages["facts" if "table" in step else "numbers"] += time.perf_counter() - since
    took = clock.told()
    save(plan["uses"], results, out)
    write(out, **took, stages=stages, queries=len(results), tables=sum("table" in s for s in plan["run"]), versions={"DuckDB": duckdb.__version__})


def save(uses, results, out):
    """The results as two kinds of tables, for the comparison; not timed."""
    indicators, rollups = [], {}
    for use in uses:
        result = results[use["query"]]
        n, one = result.num_rows, lambda value: pa.array([value] * result.num_rows, pa.string())
        codes = result.column("division_code").cast(pa.string())
        if use["rollup"]:
            columns = {"period": one(use["period"]), "division_code": codes, **{d: result.column(d).cast(pa.string()) for d in use["by"]}}
            measures = [c for c in result.column_names if c not in columns]
            columns |= {m: result.column(m).cast(pa.int64()) for m in measures}
            rollups.setdefault(use["name"], []).append(pa.table(columns))
        else:
            parts = [result.column(c).cast(pa.int64()) for c in result.column_names[1:]]
            columns = [one(use["name"]), one(use["period"]), codes, parts[0], parts[1] if len(parts) > 1 else pa.nulls(n, pa.int64())]
            indicators.append(pa.table(columns, names=["indicator", "period", "division_code", "numerator", "denominator"]))
    pq.write_table(pa.concat_tables(indicators), out / "indicators.parquet")
    for name, parts in rollups.items():
        pq.write_table(pa.concat_tables(parts, promote_options="default"), out / f"rollup_{name}.parquet")


main()
