"""Whether the numbers of a peer are the published ones, cell by cell.

    python benches/peers/compare_numbers.py SNAPSHOT FOUND [--other-persons]

FOUND holds `indicators.parquet` and `rollup_NAME.parquet` for each rollup; dimensions that a row is not broken down by
are null there. Cells that are not found are zero. A `scorecard.parquet` is compared too. Prints differences, and ends with exit code 1 where there are any. `--other-persons` is for
a pipeline that links people in its own way: indicators that count nobody must be equal all the same; of the others and
of rollups it prints how many differ.
"""

import sys
import tomllib
from pathlib import Path

import duckdb

import declared

snapshot, found = Path(sys.argv[1]) / "internal", Path(sys.argv[2])
db = duckdb.connect()
other_persons = "--other-persons" in sys.argv
wrong, cells, rows, differ = [], 0, 0, {}


def of_nobody():
    """Indicators whose numerator and denominator count nobody."""
    for path in (declared.SCHEMAS / "indicators").glob("*.toml"):
        for indicator in tomllib.loads(path.read_text("utf-8"))["indicator"]:
            if {indicator[part]["counts"] for part in ("numerator", "denominator") if part in indicator} == {"nobody"}:
                yield indicator["id"]


def differences(name, sql):
    if other_persons:
        differ[name] = db.execute(f"SELECT count(*) FROM ({sql})").fetchone()[0]
        if name != "indicator":
            return
        sql = f"SELECT * FROM ({sql}) AS d WHERE indicator IN ({', '.join(map(repr, of_nobody()))})"
    for row in db.execute(f"SELECT * FROM ({sql}) LIMIT 10").fetchall():
        wrong.append(f"{name}: {row}")


# A count has no denominator; residents stand beside the SQL.
db.execute(f"CREATE TABLE published AS SELECT indicator, period, division_code, numerator,"
           f" CASE WHEN unit NOT IN ('count', 'permille') THEN denominator END AS denominator FROM '{snapshot}/indicators/*.parquet'")
db.execute(f"CREATE TABLE found AS SELECT indicator, period, division_code, numerator, denominator FROM '{found}/indicators.parquet'")
cells = db.execute("SELECT count(*) FROM published").fetchone()[0]
differences("indicator", """
    SELECT indicator, period, division_code, p.numerator, p.denominator, f.numerator, f.denominator
    FROM published AS p FULL JOIN found AS f USING (indicator, period, division_code)
    WHERE p.indicator IS NULL OR p.numerator <> coalesce(f.numerator, 0)
       OR (p.denominator IS NOT NULL AND p.denominator <> coalesce(f.denominator, 0))""")
for folder in sorted((snapshot / "rollups").iterdir()):
    name = folder.name
    published = f"'{folder}/{name}.parquet'"
    head = ["level", "division_name", "period_kind", "complete"]
    described = [(c, t) for c, t, *_ in db.execute(f"DESCRIBE SELECT * FROM {published}").fetchall() if c not in head]
    measures = [c for c, t in described if t == "BIGINT"]
    keys = [c for c, t in described if t != "BIGINT"]
    dimensions = [c for c in keys if c not in ("division_code", "period")]
    has = {c for c, *_ in db.execute(f"DESCRIBE SELECT * FROM '{found}/rollup_{name}.parquet'").fetchall()}
    values = ", ".join(f"coalesce(CAST({d} AS VARCHAR), '_all') AS {d}" if d in has else f"'_all' AS {d}" for d in dimensions)
    numbers = ", ".join(f"coalesce(CAST({m} AS BIGINT), 0) AS {m}" for m in measures)
    db.execute(f"CREATE OR REPLACE TABLE f AS SELECT division_code, period, {values}, {numbers} FROM '{found}/rollup_{name}.parquet'")
    db.execute(f"CREATE OR REPLACE TABLE p AS SELECT {', '.join(keys + measures)} FROM {published}")
    rows += db.execute("SELECT count(*) FROM p").fetchone()[0]
    one, other = (", ".join(f"{t}.{m}" for m in measures) for t in "pf")
    differences(name, f"SELECT {', '.join(keys)}, {one}, {other} FROM p FULL JOIN f USING ({', '.join(keys)})"
                      f" WHERE p.{measures[0]} IS NULL OR f.{measures[0]} IS NULL OR ({one}) <> ({other})")
scores, scorecard = 0, found / "scorecard.parquet"
if scorecard.exists():
    db.execute(f"""CREATE TABLE score AS
        SELECT p.profile, p.indicator, p.division_code, p.due, p.unit, p.status, p.verdict, p.numerator, p.denominator, f.numerator AS n, f.denominator AS q,
               CASE p.op WHEN '>=' THEN f.reached >= f.needed WHEN '>' THEN f.reached > f.needed WHEN '<=' THEN f.reached <= f.needed
                    WHEN '<' THEN f.reached < f.needed ELSE f.reached = f.needed END AS met
        FROM '{snapshot}/scorecard/*.parquet' AS p LEFT JOIN '{scorecard}' AS f ON f.profile = p.profile AND f.indicator = p.indicator
            AND f.division_code = p.division_code AND CAST(f.due AS DATE) = CAST(p.due AS DATE) AND f.op = p.op AND f.target = p.target""")
    scores = db.execute("SELECT count(*) FROM score").fetchone()[0]
    differences("scorecard", "SELECT * FROM score WHERE numerator <> coalesce(n, 0) OR (unit <> 'count' AND denominator <> coalesce(q, 0))"
                             " OR (status = 'ok' AND verdict IN ('met', 'not_met') AND coalesce(met, false) <> (verdict = 'met'))")
if wrong:
    sys.exit("\n".join(wrong))
print(cells, rows, scores, *([differ["indicator"], sum(n for name, n in differ.items() if name not in ("indicator", "scorecard"))] if other_persons else []))
