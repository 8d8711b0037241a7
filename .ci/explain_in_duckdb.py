"""The SQL that `xinhui explain` prints gives the published numbers in DuckDB too, unchanged.

    python .ci/explain_in_duckdb.py BINARY CONFIG [DIVISION PERIOD]

Loads the accepted rows of a store with their persons, runs every indicator's steps as printed, and
compares numerator and denominator with the published ones.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb

binary, config = sys.argv[1], Path(sys.argv[2])
division, period = sys.argv[3:5] if len(sys.argv) > 4 else ("370832", "2023-Q4")
settings = tomllib.loads(config.read_text(encoding="utf-8"))
store = config.parent / settings["store"]
reference = config.parent / settings["reference"]
tables = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in Path("schemas/tables").glob("*.json")}


def last_month():
    """The number of the period's last month."""
    part = period[5:]
    if not part:
        return 12
    return int(part[1:]) * {"Q": 3, "H": 6}[part[0]] if part[0] in "QH" else int(part)


def load(db):
    """Tables that facts read: accepted rows with person keys, and what the engine provides."""
    db.execute(f"CREATE TABLE persons AS SELECT * FROM '{store}/private/persons.parquet'")
    for name, table in tables.items():
        files = list((store / "private/accepted" / name).glob("*.parquet"))
        if not files:
            continue
        key = table["primaryKey"][0]
        rows = f"read_parquet('{store}/private/accepted/{name}/*.parquet', filename = true)"
        person, join = "", ""
        if table["xinhui"]["personBearing"]:
            person = ", p.person_key, NULL::VARCHAR AS related_key"
            join = f"LEFT JOIN persons p ON p.dataset = '{name}' AND p.county = t._county AND p.record_key = t.{key}"
        db.execute(
            f"CREATE TABLE {name} AS SELECT t.*{person} FROM (SELECT *, regexp_extract(filename, '(\\d+).parquet', 1)"
            f" AS _county FROM {rows}) t {join}"
        )
        for field in table["fields"]:
            if field.get("xinhui", {}).get("many"):
                db.execute(
                    f"CREATE TABLE {name}_{field['name']} AS SELECT _county, {key},"
                    f" unnest(string_split({field['name']}, '|')) AS {field['name']} FROM {name}"
                    f" WHERE {field['name']} IS NOT NULL"
                )
        if table["xinhui"]["role"] == "site":
            columns = ", ".join(["_county", key, f"{table['xinhui']['divisionField']} AS division_code"]
                                + table["xinhui"].get("placeFields", []))
            db.execute(f"CREATE TABLE {name}_place AS SELECT {columns} FROM {name}")
    codes = f"SELECT column0 AS code FROM read_csv('{reference}/division*.csv', all_varchar = true, header = false)"
    db.execute(
        "CREATE TABLE place AS SELECT code, CASE WHEN length(code) = 12 THEN code END AS village,"
        " CASE WHEN length(code) >= 9 THEN code[:9] END AS town, CASE WHEN length(code) >= 6 THEN code[:6] END AS county,"
        f" code[:4] AS city FROM ({codes}) WHERE code LIKE '{settings['city']}%'"
    )
    db.execute(
        "CREATE TABLE calendar AS SELECT d AS day, year(t) AS year, year(t) * 12 + month(t) - 1 AS month,"
        " month(t) * 100 + day(t) AS mmdd FROM (SELECT r::INT AS d, DATE '1970-01-01' + r::INT AS t"
        f" FROM range(-25567, 1 + (DATE '{settings['as_of']}' - DATE '1970-01-01')) x(r))"
    )
    db.execute(
        "CREATE TABLE months AS SELECT month, max(day) AS last_day FROM calendar"
        f" WHERE year = {period[:4]} AND month <= {period[:4]} * 12 + {last_month()} - 1 GROUP BY month"
    )
    db.execute("CREATE TABLE person AS SELECT DISTINCT person_key, 'unknown' AS sex, NULL::INT AS birth_year,"
               " NULL::INT AS birth_mmdd FROM persons")


def explained(indicator):
    return subprocess.run(
        [binary, "explain", indicator, "--division", division, "--period", period, "--config", str(config), "--lang", "en"],
        capture_output=True, text=True, encoding="utf-8", check=True,
    ).stdout


def main():
    listed = subprocess.run([binary, "explain", "--lang", "en"], capture_output=True, text=True, encoding="utf-8", check=True)
    wrong, compared = [], 0
    for line in listed.stdout.splitlines():
        indicator = line.split()[0]
        text = explained(indicator)
        # Whose relative was served is known to the link alone, and a population stands beside the SQL.
        if indicator == "smi_home_counselling_rate" or "population of the year" in text:
            continue
        number = lambda name: (m := re.search(rf"^  {name}: (\d+)$", text, re.M)) and int(m[1])
        expected = [number("numerator")] + ([number("denominator")] if number("denominator") is not None else [])
        db = duckdb.connect()
        load(db)
        statements = [s for s in text[text.index("-- SQL"):].split(";\n") if "SELECT" in s]
        for statement in statements[:-1]:
            db.execute(statement)
        found = [list(row[1:]) for row in db.execute(statements[-1]).fetchall() if row[0] == division]
        got = found[0] if found else [0] * len(expected)
        compared += 1
        if [int(n) for n in got] != expected:
            wrong.append(f"{indicator}: published {expected}, DuckDB {got}")
    if wrong or compared < 50:
        sys.exit("\n".join(wrong) or f"only {compared} indicators were compared")
    print(f"ok  the printed SQL of {compared} indicators gives the published numbers in DuckDB")


main()
