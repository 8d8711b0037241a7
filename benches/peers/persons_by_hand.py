"""Third step of the night by hand: the accepted rows with the number of their person, as the step of the numbers reads them.

    python benches/peers/persons_by_hand.py CITY OUT

Reads OUT/accepted and OUT/clusters.parquet, writes OUT/tables.
"""

import sys
from pathlib import Path

import duckdb

from declared import IDENTITY, ORDER
from outcome import Clock, write

# Sites whose division others take.
PLACES = {"station_site": ["site_id"], "school_site": ["school_id", "stage"], "hospital_site": ["org_id"]}
# When something happened with a person, for the newest of equally frequent values.
EVENT = {"station_service": "service_date", "school_screening": "screening_date", "school_counselling": "service_date", "hospital_patient": "registered_date",
         "hospital_visit": "visit_date", "police_person": "start_date"}


class Tables:
    def __init__(self, db, city, out):
        self.db, self.city, self.out = db, city, out

    def columns(self, name):
        return {column: kind for column, kind, *_ in self.db.execute(f"DESCRIBE SELECT * FROM '{self.out}/accepted/{name}.parquet'").fetchall()}

    def write(self, name, sql):
        self.db.execute(f"COPY ({sql}) TO '{self.out}/tables/{name}.parquet'")

    def places(self):
        """Each division with those above it."""
        self.write("place", "SELECT code, CASE WHEN length(code) = 12 THEN code END AS village, CASE WHEN length(code) >= 9 THEN code[:9] END AS town,"
                            " CASE WHEN length(code) >= 6 THEN code[:6] END AS county, CASE WHEN length(code) >= 4 THEN code[:4] END AS city"
                            f" FROM read_csv('{self.city}/reference/divisions.csv', all_varchar = true, header = true) WHERE length(code) >= 4")
        for name, columns in PLACES.items():
            self.write(f"{name}_place", f"SELECT county AS _county, {', '.join(columns)}, division_code FROM '{self.out}/accepted/{name}.parquet'")

    def linked(self):
        """Rows about people with the number of their person."""
        for name in EVENT:
            has = self.columns(name)
            said = ", ".join(["r.county", *(f"r.{c}::VARCHAR" if c in has else "NULL::VARCHAR" for c in IDENTITY)])
            self.db.execute(f"CREATE TABLE {name} AS SELECT r.*, (hash(k.cluster) >> 1)::BIGINT AS person_key FROM '{self.out}/accepted/{name}.parquet' AS r"
                            f" JOIN '{self.out}/clusters.parquet' AS k ON k.id = hash({said})")
        self.db.execute("CREATE TABLE patient_of AS SELECT id_number, any_value(person_key) AS related_key FROM hospital_patient"
                        " WHERE id_number IS NOT NULL GROUP BY id_number")

    def persons(self):
        """Sex and birth of each person: what most of their rows say, the newest of equals."""
        rows = " UNION ALL ".join(f"SELECT person_key, sex, birth_date, {day} AS day FROM {name}" for name, day in EVENT.items())
        self.db.execute(f"CREATE TABLE said AS {rows}")
        most = "SELECT person_key, arg_max({0}, (n, day)) AS {0} FROM (SELECT person_key, {0}, count(*) AS n, max(day) AS day FROM said WHERE {0} IS NOT NULL GROUP BY ALL) GROUP BY 1"
        self.write("person", f"SELECT s.person_key, s.sex, year(b.birth_date)::INTEGER AS birth_year, (month(b.birth_date) * 100 + day(b.birth_date))::INTEGER AS birth_mmdd"
                             f" FROM ({most.format('sex')}) AS s LEFT JOIN ({most.format('birth_date')}) AS b USING (person_key)")

    def rows(self):
        for name in ORDER:
            has = self.columns(name)
            kept = []
            for column, kind in has.items():
                if column == "county":
                    kept.append("r.county AS _county")
                elif kind == "DATE" and column != "birth_date":
                    kept.append(f"(r.{column} - DATE '1970-01-01')::INTEGER AS {column.removesuffix('_date')}_day")
                elif column not in (*IDENTITY, "file", "void", "entered_at", "related_id_number") or (column == "sex" and name not in EVENT):
                    kept.append(f"r.{column}")
            source = f"{name} AS r" if name in EVENT else f"'{self.out}/accepted/{name}.parquet' AS r"
            if name in EVENT:
                kept.append("r.person_key")
            if "related_id_number" in has:
                kept.append("q.related_key")
                source += " LEFT JOIN patient_of AS q ON q.id_number = r.related_id_number"
            self.write(name, f"SELECT {', '.join(kept)} FROM {source}")
        self.write("police_person_category", "SELECT county AS _county, record_id, unnest(string_split(category, '|')) AS category FROM police_person")


def main():
    city, out, clock = Path(sys.argv[1]), Path(sys.argv[2]), Clock()
    (out / "tables").mkdir()
    db = duckdb.connect()
    db.execute("SET preserve_insertion_order = false")
    tables = Tables(db, city, out)
    tables.places()
    tables.linked()
    tables.persons()
    tables.rows()
    write(out, **clock.told(), versions={"DuckDB": duckdb.__version__})


main()
