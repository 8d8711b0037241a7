"""Work A by hand for DuckDB: `validate_by_hand.sql` over an inbox.

    python benches/peers/validate_by_hand.py FOLDER AS_OF OUT
"""

import re
import sys
from pathlib import Path

import duckdb

import declared
from outcome import Clock, write

# By the bit of `faults`.
RULES = [
    *(("error", "missing-value", f) for f in ("record_id", "site_id", "name", "sex", "service_kind", "service_date", "related_id_number")),
    *(("error", "type-error", f) for f in ("birth_date", "service_date", "entered_at", "void")),
    *(("error", "constraint-error", f) for f in ("name", "birth_date", "service_date", "residence_code")),
    *(("error", "unknown-code", f) for f in ("id_type", "sex", "beneficiary", "service_kind", "channel", "warning_level", "population")),
    ("error", "orphan", "site_id"),
    *(("warning", "id-number-checksum", f) for f in ("id_number", "related_id_number")),
    *(("warning", "id-number-damaged", f) for f in ("id_number", "related_id_number")),
    *(("warning", "id-number-mismatch", f) for f in ("birth_date", "sex")),
    ("warning", "phone-format", "phone"),
    *(("warning", "placeholder-date", f) for f in ("birth_date", "service_date")),
    ("warning", "unknown-division", "residence_code"),
    ("warning", "orphan", "referred_to"),
]


def texts(values):
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def rows(tuples):
    return ", ".join("(" + ", ".join(str(v) if isinstance(v, int) else texts([v]) for v in row) + ")" for row in tuples)


def prepare(db, folder):
    words = [(codes, *pair) for codes in sorted(set(declared.CODED.values())) for pair in declared.words(codes).items()]
    db.execute(f"CREATE TABLE word AS SELECT * FROM (VALUES {rows(words)}) AS w (list, word, code)")
    rules = rows((bit, *rule) for bit, rule in enumerate(RULES))
    db.execute(f"CREATE TABLE rule AS SELECT * FROM (VALUES {rules}) AS r (bit, severity, code, field)")
    db.execute(f"CREATE TABLE known_division AS SELECT DISTINCT substr(code, 1, n) AS code FROM read_csv('{folder}/reference/divisions.csv',"
               " all_varchar = true, header = true), (SELECT unnest([2, 4, 6, 9, 12]) AS n) WHERE length(code) >= n")
    read = "read_csv('{}', all_varchar = true, header = true, filename = true)"
    sites = read.format(f"{folder}/inbox/*/station/station_site_*.csv")
    db.execute(f"CREATE TABLE known_site AS SELECT DISTINCT split_part(filename, '/', -3) AS county, \"站点编号\" AS site_id FROM {sites}")
    hospitals = read.format(f"{folder}/inbox/*/hospital/hospital_site_*.csv")
    db.execute(f"CREATE TABLE known_hospital AS SELECT DISTINCT \"机构代码\" AS org_id FROM {hospitals}")


def filled(folder, as_of, out):
    void = next(f for f in declared.table()["fields"] if f["name"] == "void")
    values = {
        "files": texts(map(str, declared.service_files(folder / "inbox"))),
        "columns": ", ".join(f"'{c}': 'VARCHAR'" for c in declared.COLUMNS),
        "null_words": texts(declared.null_words()),
        "true_words": texts(void["trueValues"]),
        "false_words": texts(void["falseValues"]),
        "as_of": as_of,
        "folder": str(out),
    }
    text = Path(__file__).with_suffix(".sql").read_text("utf-8")
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], "\n".join(l for l in text.splitlines() if not l.startswith("--")))


def main():
    folder, as_of, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    clock = Clock()
    db = duckdb.connect()
    # Nobody asks for the order of rows; and the small table is always the one to the right, which the number of rows in a
    # CSV file, unknown beforehand, leads DuckDB to doubt: it took half as long again.
    db.execute("SET preserve_insertion_order = false")
    db.execute("SET disabled_optimizers = 'build_side_probe_side'")
    prepare(db, folder)
    db.execute(filled(folder, as_of, out))
    took = clock.told()
    counts = db.execute(f"SELECT severity, code, count(*) FROM '{out}/rejects.parquet' GROUP BY ALL").fetchall()
    rows, repeated = db.execute("SELECT (SELECT count(*) FROM checked), (SELECT count(*) FROM repeated)").fetchone()
    write(out, **took, rows=rows, repeated=repeated, counts={f"{s} {c}": n for s, c, n in counts},
          versions={"DuckDB": duckdb.__version__})


main()
