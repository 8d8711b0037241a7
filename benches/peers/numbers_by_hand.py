"""Work B by hand for DuckDB: `numbers_by_hand.sql` (facts), `count_by_hand.sql` (indicators, scorecard), then rollups.

    python benches/peers/numbers_by_hand.py TABLES ASKED.json OUT

ASKED says which windows, periods, levels and targets there are (`asked.py`).
"""

import json
import re
import sys
import time
from pathlib import Path

import duckdb

from outcome import Clock, write
from rollups_by_hand import Rollups

HERE = Path(__file__).resolve().parent


def values(rows):
    def literal(value):
        return "NULL" if value is None else str(value) if isinstance(value, (int, float)) else "'" + value.replace("'", "''") + "'"
    return "(VALUES " + ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows) + ")"


def statements(name, filled):
    text = "\n".join(line for line in (HERE / name).read_text("utf-8").splitlines() if not line.startswith("--"))
    text = re.sub(r"\$(\w+)", lambda found: str(filled[found[1]]), text)
    return [statement for statement in text.split(";\n") if statement.strip()]


def main():
    tables, asked, out = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")), Path(sys.argv[3])
    clock = Clock()
    db = duckdb.connect()
    db.execute("SET preserve_insertion_order = false")
    for table in ("win", "period", "asked_level", "named_village", "target"):
        columns, rows = asked[table]["columns"], asked[table]["rows"]
        db.execute(f"CREATE TABLE {table} AS SELECT * FROM {values(rows)} AS q ({', '.join(columns)})")
    filled = {"tables": tables, "first_month": asked["first_month"], "windows": len(asked["win"]["rows"])}
    stages = {}
    for stage, name in (("facts", "numbers_by_hand.sql"), ("indicators", "count_by_hand.sql")):
        since = time.perf_counter()
        for statement in statements(name, filled):
            db.execute(statement)
        stages[stage] = time.perf_counter() - since
    since = time.perf_counter()
    rollups = Rollups(db, asked["first_month"], asked["first_month"] + filled["windows"] - 1)
    rollups.make()
    stages["rollups"] = time.perf_counter() - since
    took = clock.told()
    # For the comparison; not timed.
    db.execute(f"COPY indicators TO '{out}/indicators.parquet'")
    db.execute(f"COPY scorecard TO '{out}/scorecard.parquet'")
    rollups.export(out)
    write(out, **took, stages=stages, versions={"DuckDB": duckdb.__version__})


main()
