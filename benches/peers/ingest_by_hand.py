"""First step of the night by hand: all datasets read, judged and cut to their standing rows, by SQL made from the declarations.

    python benches/peers/ingest_by_hand.py CITY AS_OF OUT

OUT gets `accepted/DATASET.parquet`, `rejects.parquet` and `people.csv`, the distinct identities that Splink links.
"""

import csv
import sys
import time
from pathlib import Path

import duckdb

import declared
from outcome import Clock, write

TYPES = {"date": "DATE", "datetime": "TIMESTAMP", "integer": "BIGINT", "number": "DOUBLE", "string": "VARCHAR"}
PLACEHOLDERS = "(DATE '0001-01-01', DATE '1900-01-01', DATE '2099-12-31', DATE '9999-12-31')"
MACROS = (Path(__file__).parent / "validate_by_hand.sql").read_text("utf-8").split("CREATE TABLE checked")[0]


def text(value):
    return "'" + str(value).replace("'", "''") + "'"


def texts(values):
    return ", ".join(map(text, values))


class Dataset:
    """The SQL of one dataset."""

    def __init__(self, name, city, as_of):
        self.table = declared.table(name)
        self.name, self.city, self.as_of = name, city, as_of
        self.files = sorted(city.glob(f"inbox/*/*/{name}_*.*"))
        self.key = self.table["primaryKey"]
        # Faults, as (severity, code, field, condition), a bit each.
        self.rules = []
        self.joins = []
        # Whether ID numbers are right, worked out once.
        self.numbers = []

    def sources(self):
        """All cells as text, from CSV and Parquet alike."""
        titles, parts = declared.titles(self.name), []
        tables = [path for path in self.files if path.suffix == ".csv"]
        self.present = []
        if tables:
            with open(tables[0], encoding="utf-8-sig", newline="") as file:
                self.present = [titles[title] for title in next(csv.reader(file))]
            columns = ", ".join(f"'{c}': 'VARCHAR'" for c in self.present)
            parts.append(f"SELECT * FROM read_csv([{texts(tables)}], header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"',"
                         f" columns = {{{columns}}}, filename = true, nullstr = [{texts(declared.null_words())}])")
        tables = [path for path in self.files if path.suffix == ".parquet"]
        if tables:
            parts.append(f"SELECT COLUMNS(* EXCLUDE (filename))::VARCHAR, filename FROM read_parquet([{texts(tables)}], union_by_name = true, filename = true)")
        return " UNION ALL BY NAME ".join(parts)

    def fields(self, has):
        return [field for field in self.table["fields"] if field["name"] in has]

    def rule(self, severity, code, field, condition):
        self.rules.append((severity, code, field, condition))

    def typed(self, field):
        """The value of a field, and the rules that look at it alone."""
        name, kind, own, limits = field["name"], field["type"], field.get("xinhui", {}), field.get("constraints", {})
        cell, value = f"c.{name}", f"v_{name}"
        if codes := own.get("codes"):
            alias = f"w_{name}"
            self.joins.append(f"LEFT JOIN word AS {alias} ON {alias}.list = {text(codes)} AND {alias}.word = {cell}")
            sql = f"{alias}.code"
            if own.get("many"):
                known = f"(SELECT map(list(word), list(code)) FROM word WHERE list = {text(codes)})"
                self.joins.append(f"CROSS JOIN (SELECT {known} AS m_{name})")
                parts = f"list_transform(string_split_regex({cell}, '[、,;|/]'), lambda x: coalesce(m_{name}[trim(x)], '?'))"
                sql = f"coalesce({alias}.code, CASE WHEN {cell} IS NOT NULL AND {alias}.code IS NULL THEN array_to_string({parts}, '|') END)"
                self.rule("error", "unknown-code", name, f"contains({value}, '?')")
            else:
                self.rule("error", "unknown-code", name, f"{name} IS NOT NULL AND {value} IS NULL")
        elif kind == "boolean":
            sql = f"CASE WHEN {cell} IN ({texts(field['trueValues'])}) THEN true WHEN {cell} IN ({texts(field['falseValues'])}) THEN false END"
            self.rule("error", "type-error", name, f"{name} IS NOT NULL AND {value} IS NULL")
        elif own.get("kind") == "id_number":
            sql = f"long_number(upper(replace({cell}, ' ', '')))"
        elif kind == "string":
            sql = cell
        else:
            sql = f"try_cast({cell} AS {TYPES[kind]})"
            partial = f" AND NOT regexp_full_match({name}, '\\d{{4}}(-\\d{{2}})?')" if own.get("partial") else ""
            self.rule("error", "type-error", name, f"{name} IS NOT NULL AND {value} IS NULL{partial}")
        if kind == "date":
            self.rule("warning", "placeholder-date", name, f"{value} IN {PLACEHOLDERS}")
        self.limits(name, value, kind, own, limits)
        return f"{sql} AS {value}"

    def limits(self, name, value, kind, own, limits):
        if limits.get("required"):
            self.rule("error", "missing-value", name, f"{name} IS NULL")
        quote = text if kind == "date" else str
        for bound, sign in (("minimum", "<"), ("maximum", ">")):
            if bound in limits:
                self.rule("error", "constraint-error", name, f"{value} {sign} {'DATE ' if kind == 'date' else ''}{quote(limits[bound])}")
        if "maxLength" in limits:
            self.rule("error", "constraint-error", name, f"length({value}) > {limits['maxLength']}")
        if "pattern" in limits:
            known = f" AND k_{name}.code IS NULL" if own.get("division") else ""
            self.rule("error", "constraint-error", name, f"NOT regexp_full_match({'upper(' + value + ')' if own.get('kind') == 'icd10' else value}, {text(limits['pattern'])}){known}")
        if own.get("notAfter") == "as_of":
            self.rule("error", "constraint-error", name, f"{value} > DATE '{self.as_of}'")
        if "notBefore" in own:
            self.rule("error", "constraint-error", name, f"{value} < v_{own['notBefore']}")
        if "maximumField" in own:
            self.rule("error", "constraint-error", name, f"{value} > v_{own['maximumField']}")
        if "rangeBy" in own:
            self.joins.append(f"LEFT JOIN scale AS r_{name} ON r_{name}.code = c.{own['rangeBy']}")
            self.rule("error", "constraint-error", name, f"{value} NOT BETWEEN least_{name} AND most_{name}")
        if when := own.get("requiredWhen"):
            condition = f"v_{when['field']} = {text(when['equals'])}" if "equals" in when else f"v_{when['field']} IS NOT NULL"
            self.rule("error", "missing-value", name, f"{condition} AND {name} IS NULL")
        if division := own.get("division"):
            self.joins.append(f"LEFT JOIN known_division AS k_{name} ON k_{name}.code = c.{name}")
            outside = f" OR {value}[:6] <> county" if division["insideCounty"] else ""
            level = f" OR length({value}) NOT IN ({', '.join(map(str, division['levels']))})"
            self.rule(division["severity"], "unknown-division", name, f"{name} IS NOT NULL AND (k_{name} IS NULL{outside}{level})")
        if own.get("kind") == "phone":
            self.rule("warning", "phone-format", name, f"NOT regexp_full_match({value}, '1\\d{{10}}|0[1-9]\\d{{1,2}}-?\\d{{7,8}}')")

    def number(self, name, resident):
        right = f"ok_{name}"
        self.numbers.append(f"is_right(v_{name}) AS {right}")
        self.rule("warning", "id-number-checksum", name, f"{resident} AND NOT {right} AND NOT is_damaged(v_{name})")
        self.rule("warning", "id-number-damaged", name, f"{resident} AND NOT {right} AND is_damaged(v_{name})")
        return right

    def sql(self):
        """What makes the table `checked_NAME` and what it needs."""
        source = self.sources()
        absent = [f["name"] for f in self.table["fields"] if f["name"] not in self.present]
        fields = self.fields(self.present)
        values = [self.typed(field) for field in fields]
        for key in self.table.get("foreignKeys", ()):
            own, parent = key["fields"][0], key["reference"]
            if own not in self.present:
                continue
            county = f" AND f_{own}.county = c.county" if key["xinhui"]["scope"] == "county" else ""
            columns = "county, k" if county else "k"
            self.joins.append(f"LEFT JOIN (SELECT DISTINCT {columns} FROM known_{parent['resource']}) AS f_{own} ON f_{own}.k = c.{own}{county}")
            self.rule(key["xinhui"]["severity"], "orphan", own, f"{own} IS NOT NULL AND f_{own} IS NULL")
        if "id_number" in self.present:
            right = self.number("id_number", "(id_type IS NULL OR v_id_type = '01')")
            both = f"(id_type IS NULL OR v_id_type = '01') AND {right}"
            self.rule("warning", "id-number-mismatch", "birth_date", f"{both} AND v_birth_date NOT IN {PLACEHOLDERS} AND v_id_number[7:14] <> strftime(v_birth_date, '%Y%m%d')")
            self.rule("warning", "id-number-mismatch", "sex", f"{both} AND v_sex IN ('1', '2') AND (v_sex = '1') <> (try_cast(v_id_number[17:17] AS INTEGER) % 2 = 1)")
        if "related_id_number" in self.present:
            self.number("related_id_number", "true")
        helpers = [f"{join.split(' AS ')[1].split(' ON ')[0]}" for join in self.joins if " AS k_" in join or " AS f_" in join]
        scales = [f"r_{f['name']}.least AS least_{f['name']}, r_{f['name']}.most AS most_{f['name']}" for f in fields if f.get("xinhui", {}).get("rangeBy")]
        known = [f"{h}.{'code' if h.startswith('k_') else 'k'} AS {h}" for h in helpers]
        rules = [(s, c, f, condition.replace(f"k_{f}.code", f"k_{f}")) for s, c, f, condition in self.rules]
        cells = ", ".join(f"nullif(trim({f['name']}), '') AS {f['name']}" for f in fields)
        faults = " + ".join(f"CASE WHEN {condition} THEN {1 << bit} ELSE 0 END" for bit, (*_, condition) in enumerate(rules))
        void = "CASE WHEN v_void THEN 0 ELSE " if "void" in self.present else ""
        out = ", ".join(f"v_{f['name']} AS {f['name']}" for f in fields)
        self.bits = rules
        self.absent = absent
        joins = "\n".join(self.joins)
        return f"""CREATE TABLE checked_{self.name} AS
WITH cell AS (SELECT split_part(filename, '/', -3) AS county, split_part(filename, '/', -1) AS file, {cells} FROM ({source})),
typed AS (SELECT c.*, {', '.join([*values, *known, *scales])} FROM cell AS c
{joins}),
judged AS (SELECT {', '.join(['*', *self.numbers])} FROM typed)
SELECT county, file, {out}, {void}{faults}{' END' if void else ''} AS faults FROM judged"""

    def standing(self):
        """The newest version of each key, without rows that are void or wrong."""
        errors = sum(1 << bit for bit, (severity, *_) in enumerate(self.bits) if severity == "error")
        order = "entered_at DESC NULLS LAST, file DESC" if "entered_at" in self.present else "file DESC"
        void = " AND NOT coalesce(void, false)" if "void" in self.present else ""
        return (f"CREATE TABLE {self.name} AS SELECT * EXCLUDE (faults) FROM (SELECT * FROM checked_{self.name} WHERE faults & {errors} = 0"
                f" QUALIFY row_number() OVER (PARTITION BY county, {', '.join(self.key)} ORDER BY {order}) = 1) WHERE true{void}")


def prepare(db, city):
    for statement in MACROS.replace("\\d", "\\d").split(";\n"):
        statement = "\n".join(line for line in statement.splitlines() if not line.startswith("--"))
        if statement.strip() and "CREATE MACRO given" not in statement:
            db.execute(statement)
    words = [(codes, *pair) for codes in declared.code_lists() for pair in declared.words(codes).items()]
    db.execute("CREATE TABLE word AS SELECT * FROM (VALUES " + ", ".join(f"({texts(row)})" for row in words) + ") AS w (list, word, code)")
    scales = ", ".join(f"({text(code)}, {least}, {most})" for code, least, most in declared.scales())
    db.execute(f"CREATE TABLE scale AS SELECT * FROM (VALUES {scales}) AS s (code, least, most)")
    db.execute(f"CREATE TABLE known_division AS SELECT DISTINCT substr(code, 1, n) AS code FROM read_csv('{city}/reference/divisions.csv',"
               " all_varchar = true, header = true), (SELECT unnest([2, 4, 6, 9, 12]) AS n) WHERE length(code) >= n")


def people(db, out):
    """Distinct identities, and which row states which: the number of an identity is a hash of all that it says."""
    parts = []
    for name in declared.ORDER:
        has = [c for c, *_ in db.execute(f"DESCRIBE {name}").fetchall()]
        if "id_number" in has:
            columns = ", ".join(f"{c}::VARCHAR AS {c}" if c in has else f"NULL::VARCHAR AS {c}" for c in declared.IDENTITY)
            parts.append(f"SELECT county, {columns} FROM {name}")
    said = ", ".join(["county", *declared.IDENTITY])
    db.execute(f"CREATE TABLE people AS SELECT DISTINCT hash({said}) AS id, * FROM ({' UNION ALL '.join(parts)})")
    db.execute(f"COPY (SELECT id, county, coalesce(name, '') AS name, * EXCLUDE (id, county, name, id_type) FROM people) TO '{out}/people.csv' (HEADER)")


def main():
    city, as_of, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    clock = Clock()
    db = duckdb.connect()
    db.execute("SET preserve_insertion_order = false")
    db.execute("SET disabled_optimizers = 'build_side_probe_side'")
    prepare(db, city)
    (out / "accepted").mkdir()
    rejects, rows, accepted, stages = [], 0, 0, {}
    for name in declared.ORDER:
        since = time.perf_counter()
        dataset = Dataset(name, city, as_of)
        db.execute(dataset.sql())
        db.execute(dataset.standing())
        db.execute(f"CREATE VIEW known_{name} AS SELECT county, {dataset.key[0]} AS k FROM {name}")
        faults = ", ".join(f"({bit}, {texts(rule[:3])})" for bit, rule in enumerate(dataset.bits))
        rejects.append(f"SELECT {text(name)} AS dataset, c.county, c.file, c.{dataset.key[0]} AS record_key, r.severity, r.code, r.field"
                       f" FROM checked_{name} AS c JOIN (VALUES {faults}) AS r (bit, severity, code, field) ON c.faults & (1::BIGINT << r.bit) <> 0")
        rows += db.execute(f"SELECT count(*) FROM checked_{name}").fetchone()[0]
        accepted += db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        db.execute(f"COPY {name} TO '{out}/accepted/{name}.parquet'")
        stages[name] = time.perf_counter() - since
    db.execute(f"COPY ({' UNION ALL '.join(rejects)}) TO '{out}/rejects.parquet'")
    people(db, out)
    took = clock.told()
    counts = db.execute(f"SELECT dataset || ' ' || severity || ' ' || code || ' ' || field, count(*) FROM '{out}/rejects.parquet' GROUP BY ALL").fetchall()
    write(out, **took, stages=stages, rows=rows, accepted=accepted, counts=dict(counts), versions={"DuckDB": duckdb.__version__})


main()
