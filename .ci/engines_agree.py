"""Every query of every indicator and rollup gives the published numbers in DuckDB and in DataFusion, unchanged.

    python .ci/engines_agree.py BINARY FOLDER [--change OLD NEW]

Makes an invented city of three counties with dirt in FOLDER (unless it is there), runs a night that writes the tables its queries begin
with (`query_tables`), takes all SQL from `xinhui explain NAME --period PERIOD`, and compares every cell at every
level with what the night published, for one period of each kind; those of managed patients under each rule for them, for a
month. `--change` puts NEW for OLD in the queries first:
then the comparison must fail.
"""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import datafusion
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.append(str(Path(__file__).resolve().parent.parent / "scripts"))

from explained_sql import parsed  # noqa: E402

binary, folder = sys.argv[1], Path(sys.argv[2])
change = sys.argv[4:6] if sys.argv[3:4] == ["--change"] else None
city = folder / "city"
config = city / "xinhui.toml"
current = city / "store/current/internal"
LEVELS = {4: "city", 6: "county", 9: "town", 12: "village"}


def xinhui(*args, codes=(0,)):
    # Lines as they are: a program reads them.
    unbroken = {**os.environ, "COLUMNS": "0"}
    done = subprocess.run([binary, *args], env=unbroken, capture_output=True, text=True, encoding="utf-8")
    if done.returncode not in codes:
        sys.exit(f"xinhui {' '.join(args)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class DuckDB:
    version = f"DuckDB {duckdb.__version__}"

    def __init__(self, tables):
        self.db = duckdb.connect()
        for name, path in tables.items():
            self.db.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{path}')")

    def create(self, name, sql):
        self.db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")

    def query(self, sql):
        return self.db.sql(sql).to_arrow_table()


class DataFusion:
    version = f"DataFusion {datafusion.__version__}"

    def __init__(self, tables):
        self.context = datafusion.SessionContext()
        for name, path in tables.items():
            self.context.register_parquet(name, str(path))

    def create(self, name, sql):
        rows = self.query(sql)
        batches = rows.to_batches() or [pa.RecordBatch.from_pylist([], schema=rows.schema)]
        self.context.deregister_table(name)
        self.context.register_record_batches(name, [batches])

    def query(self, sql):
        return self.context.sql(sql).to_arrow_table()


def changed(text):
    """What an explanation makes and asks, with `--change` made in its SQL."""
    steps, queries = parsed(text)
    if not change:
        return steps, queries
    made = {name: sql.replace(*change) for name, sql in steps.items()}
    return made, [(level, dimensions, sql.replace(*change)) for level, dimensions, sql in queries]


def rows(table):
    return zip(*(table.column(name).to_pylist() for name in table.column_names)) if table.num_rows else []


def published_indicators(kind, period):
    """By indicator and division: numerator and denominator."""
    table = pq.read_table(current / f"indicators/{kind}.parquet", columns=["indicator", "division_code", "period", "numerator", "denominator"])
    return {(i, code): (n, d) for i, code, p, n, d in rows(table) if p == period}


def published_rollup(name, period):
    """Dimensions, measures, and the measures by level, division and value of each dimension."""
    table = pq.read_table(current / f"rollups/{name}/{name}.parquet")
    head = ["level", "division_code", "division_name", "period_kind", "period", "complete"]
    others = [c for c in table.column_names if c not in head]
    measures = [c for c in others if table.schema.field(c).type == pa.int64()]
    dimensions = [c for c in others if c not in measures]
    table = table.select(["level", "division_code", "period", *dimensions, *measures])
    cut = 3 + len(dimensions)
    return dimensions, measures, {(r[0], r[1], *r[3:cut]): r[cut:] for r in rows(table) if r[2] == period}


def differences_of_indicator(engine, name, queries, published):
    expected = {code: cell for (indicator, code), cell in published.items() if indicator == name}
    found = {}
    for _, _, sql in queries:
        result = engine.query(sql)
        for code, *numbers in rows(result):
            found[code] = [int(n or 0) for n in numbers]
        parts = len(result.column_names) - 1
    asked = {level for level, _, _ in queries}
    for code, (numerator, denominator) in expected.items():
        # A population stands beside the SQL; a count has no denominator.
        want = [numerator, denominator] if parts == 2 else [numerator]
        got = found.pop(code, [0] * parts)
        if got != want:
            yield f"{name} {code}: published {want}, found {got}"
    if asked != {LEVELS[len(code)] for code in expected}:
        yield f"{name}: queries of {asked}, not of every published level"
    yield from (f"{name} {code}: not published, found {numbers}" for code, numbers in found.items())


def differences_of_rollup(engine, name, queries, dimensions, measures, expected):
    found = {}
    for level, by, sql in queries:
        result = engine.query(sql)
        if result.column_names != ["division_code", *by, *measures]:
            yield f"{name}: columns {result.column_names}"
        for row in rows(result):
            values = dict(zip(by, row[1:]))
            key = (level, row[0], *(values.get(d, "_all") for d in dimensions))
            found[key] = tuple(int(n or 0) for n in row[1 + len(by):])
    for key in expected.keys() | found.keys():
        if expected.get(key) != found.get(key):
            yield f"{name} {key}: published {expected.get(key)}, found {found.get(key)}"


def check_tables(tables):
    """The written tables are the accepted rows, each with the person of `persons.parquet`."""
    db = duckdb.connect()
    private = city / "store/private"
    pairs = []
    for name in sorted(p.name for p in (private / "accepted").iterdir() if p.name in tables):
        count = lambda path: db.execute(f"SELECT count(*) FROM read_parquet('{path}')").fetchone()[0]
        written, accepted = count(tables[name]), count(private / "accepted" / name / "*.parquet")
        if written != accepted or not written:
            sys.exit(f"{name}: {written} rows written, {accepted} accepted")
        columns = pq.read_schema(tables[name]).names
        key = {"hospital_patient": "patient_no"}.get(name, "record_id")
        if "person_key" in columns and key in columns:
            pairs.append(f"SELECT t.person_key AS number, p.person_key AS key FROM read_parquet('{tables[name]}') t LEFT JOIN"
                         f" read_parquet('{private}/persons.parquet') p ON p.dataset = '{name}' AND p.county = t._county"
                         f" AND p.record_key = t.{key}")
    one = db.execute("SELECT count(*), count(key), count(number), count(DISTINCT key), count(DISTINCT number),"
                     f" count(DISTINCT (key, number)) FROM ({' UNION ALL '.join(pairs)})").fetchone()
    if len(set(one[:3])) != 1 or len(set(one[3:])) != 1:
        sys.exit(f"rows, rows with a key, with a number; keys, numbers, pairs of both: {one}")
    return one


def make_city():
    """A night over an invented city of three counties, with the tables that its queries begin with."""
    xinhui("synth", "--city", "3708", "--counties", "370832,370811,370881", "--towns", "2", "--persons", "1500", "--seed", "7",
           "--dirt", "heavy", "--formats", "csv,xlsx", "--out", str(city))
    config.write_text('query_tables = "tables"\n' + config.read_text(encoding="utf-8"), encoding="utf-8")
    xinhui("run", "--config", str(config), codes=(0, 1))


def compare(names, rollups, tables, kind, pick, done, wrong):
    """Compares the numbers of one period of a kind in both engines; returns what each name's explanation makes and asks."""
    periods = sorted(set(pq.read_table(current / f"indicators/{kind}.parquet", columns=["period"]).column(0).to_pylist()))
    period = periods[min(pick, len(periods) - 1)]
    explain = lambda name: xinhui("explain", name, "--sql", "--period", period, "--config", str(config), "--lang", "en")
    with ThreadPoolExecutor(4) as pool:
        explained = dict(zip(names, map(changed, pool.map(explain, names))))
    published = published_indicators(kind, period)
    of_rollups = {name: published_rollup(name, period) for name in rollups}
    for engine in (DuckDB(tables), DataFusion(tables)):
        made = {}
        for name, (steps, queries) in explained.items():
            for table, sql in steps.items():
                if table not in made:
                    engine.create(table, sql)
                if made.setdefault(table, sql) != sql:
                    sys.exit(f"{table} is one thing for {name} and another elsewhere")
            if name in rollups:
                found = differences_of_rollup(engine, name, queries, *of_rollups[name])
                done["rollup rows"] += len(of_rollups[name][2])
            else:
                found = differences_of_indicator(engine, name, queries, published)
                done["indicator cells"] += sum(1 for i, _ in published if i == name)
            wrong += [f"{engine.version}, {period}: {difference}" for difference in found]
            done["queries"] += len(queries)
    return explained


def compare_norms(explained, rollups, tables, done, wrong):
    """The same under each other rule of managed patients: what reads them asks other facts then."""
    names = [name for name, (steps, _) in explained.items() if "managed" in steps]
    text = config.read_text(encoding="utf-8")
    asked = {name: explained[name][0]["managed"] for name in names}
    for rule in ("prorata", "interval", "visits_and_checkup"):
        others = [line for line in text.splitlines() if not line.startswith("managed_rule")]
        others.insert(others.index("[norms]") + 1, f'managed_rule = "{rule}"')
        config.write_text("\n".join(others) + "\n", encoding="utf-8")
        xinhui("run", "--config", str(config), codes=(0, 1))
        other = compare(names, rollups.intersection(names), tables, "month", 4, done, wrong)
        if not names or any(other[name][0]["managed"] == asked[name] for name in names):
            sys.exit(f"the rule {rule} asks the same fact as month_gap")
    config.write_text(text, encoding="utf-8")


def main():
    if not config.exists():
        make_city()
    tables = {p.stem: p for p in sorted((city / "tables").glob("*.parquet"))}
    accepted, *_, persons, _, _ = check_tables(tables)
    names = [line.split()[0] for line in xinhui("explain", "--lang", "en").splitlines()]
    rollups = {p.name for p in (current / "rollups").iterdir()}
    if not rollups < set(names):
        sys.exit(f"explain does not list {rollups - set(names)}")
    done, wrong = Counter(), []
    for kind, pick in [("quarter", 2), ("half", 0), ("year", -1), ("month", 4)]:
        explained = compare(names, rollups, tables, kind, pick, done, wrong)
    compare_norms(explained, rollups, tables, done, wrong)
    if wrong:
        sys.exit("\n".join([*wrong[:20], f"{len(wrong)} differences"]))
    print(f"ok  {done['queries']} queries over {accepted} rows of {persons} persons in {DuckDB.version} and {DataFusion.version}:"
          f" {done['indicator cells']} cells of {len(names) - len(rollups)} indicators and {done['rollup rows']} rows of"
          f" {len(rollups)} rollups are the published ones")


main()
