"""Rollups by hand for DuckDB.

Of a rollup, the months in which a person stands in a cell are one bit set, so that persons of months, quarters, halves
and years come from one pass over the rows: a period counts the bit sets that have one of its bits. What adds up over
rows is summed by month, then over the months of a period. All dimensions are grouping sets of one query for each level:
one query for all levels took half as long again, and more memory.
"""

LEVELS = "vtcy"
SEX_AGE = [["sex", "age_group"]]
# Rollup: its fact, dimensions, crossings, and measures that add up over rows; whether persons are counted.
OF_PERIODS = [
    ("services", "service", ["service_kind", "channel", "sex", "age_group"], SEX_AGE, {"contacts": "count(*)"}, True),
    # A row may have several populations: a fact of its own.
    ("services", "service_population", ["population"], [], {"contacts": "count(*)"}, True),
    ("screenings", "screening", ["scale", "result", "stage", "sex"], [], {"tests": "count(*)"}, True),
    ("school_counselling", "counselling", ["issue", "crisis", "sex"], [], {"contacts": "count(*)"}, True),
    ("visits", "visit", ["visit_kind", "diagnosis_group", "sex", "age_group"], SEX_AGE, {"visits": "count(*)"}, True),
    ("activities", "activity", ["activity_kind", "setting"], [], {"activities": "count(*)", "participants": "sum(coalesce(participants, 0))"}, False),
    ("surveys", "survey", ["sex", "age_group"], SEX_AGE,
     {"responses": "count(*)", "items_correct": "sum(items_correct)", "items_total": "sum(items_total)"}, False),
    ("incidents", "incident", ["severity", "factor"], [], {"incidents": "count(*)"}, False),
]
# What stands at the end of a window: its measures count persons, or rows of sites.
PERSONS = {"persons": "count(*)"}
PLANNED = PERSONS | {"planned_persons": "count(*) FILTER (planned)"}
AT_END = [
    ("patients", "patient", ["diagnosis_group", "living", "risk_level", "stability", "sex", "age_group"], SEX_AGE, PERSONS),
    ("special_population", "special", ["sex", "age_group"], SEX_AGE, PLANNED),
    ("special_population", "special_category", ["category"], [], PLANNED),
    ("warnings", "warned", ["warning_level"], [], PLANNED),
]
SITES = {"sites": "count(*)", "staff": "sum(staff)", "counsellors": "sum(counsellors)"}
SERVICE_POPULATION = """
    CREATE TABLE service_population AS
    SELECT p, v, t, c, y, month, unnest(CASE WHEN contains(population, '|') THEN string_split(population, '|') ELSE [coalesce(population, 'unknown')] END) AS population
    FROM service"""


def grouping_sets(level, dimensions, crossings, extra, totals=True):
    groupings = [[]] * totals + [[d] for d in dimensions] + crossings
    return "GROUPING SETS (" + ", ".join(f"({', '.join([level, *g, *extra])})" for g in groupings) + ")"


class Rollups:
    """Makes all rollups in a database that holds the facts."""

    def __init__(self, db, first_month, last_month):
        self.db = db
        self.months = first_month, last_month
        self.made = {}

    def run(self, sql):
        self.db.execute(sql)

    def make(self):
        self.run(SERVICE_POPULATION)
        for rollup in OF_PERIODS:
            self.of_periods(*rollup)
        for rollup in AT_END:
            self.at_end(*rollup)
        self.sites()

    def at_each_level(self, table, columns, select):
        """A table of what `select` gives for each level, with the division as `d` and which dimensions stand in a row as `g`."""
        for n, level in enumerate(LEVELS):
            into = f"INSERT INTO {table}" if n else f"CREATE OR REPLACE TEMP TABLE {table} AS"
            self.run(f"{into} SELECT {', '.join(columns)} FROM ({select(level)}) GROUP BY ALL")

    def of_periods(self, name, fact, dimensions, crossings, measures, persons):
        first, last = self.months
        totals = name not in self.made

        def grouped(level, extra, value):
            head = f"GROUPING({', '.join(dimensions)}) AS g, {level} AS d, {', '.join(dimensions)}, {value}"
            return (f"SELECT {head} FROM {fact} WHERE {level} IS NOT NULL AND month BETWEEN {first} AND {last}"
                    f" GROUP BY {grouping_sets(level, dimensions, crossings, [extra], totals)}")

        keys = ["g", "d", *dimensions]
        counted = ", ".join(f"{sql} AS {m}" for m, sql in measures.items())
        self.at_each_level("by_month", [*keys, "m", *(f"sum({m})::BIGINT AS {m}" for m in measures)],
                           lambda level: grouped(level, "month", f"month - {first} AS m, {counted}"))
        whole = ", ".join(f"sum({m})::BIGINT AS {m}" for m in measures)
        self.run(f"CREATE OR REPLACE TEMP TABLE summed AS SELECT p.name AS period, {', '.join(keys)}, {whole}"
                 " FROM by_month JOIN period AS p ON m BETWEEN p.first AND p.last GROUP BY ALL")
        if not persons:
            self.keep(name, dimensions, "FROM summed AS s", measures)
            return
        self.at_each_level("bit_sets", [*keys, "bits", "count(*) AS people"],
                           lambda level: grouped(level, "p", f"bit_or(1::BIGINT << (month - {first})::INTEGER) AS bits"))
        self.run(f"CREATE OR REPLACE TEMP TABLE people AS SELECT p.name AS period, {', '.join(keys)}, sum(people)::BIGINT AS persons"
                 " FROM bit_sets JOIN period AS p ON bits & p.mask <> 0 GROUP BY ALL")
        same = " AND ".join(f"q.{key} IS NOT DISTINCT FROM s.{key}" for key in dimensions)
        self.keep(name, dimensions, f"FROM summed AS s JOIN people AS q ON q.period = s.period AND q.g = s.g AND q.d = s.d AND {same}", [*measures, "persons"])

    def at_end(self, name, fact, dimensions, crossings, measures):
        totals = name not in self.made
        flags = ", any_value(planned) AS planned" if "planned_persons" in measures else ""
        head = f"GROUPING({', '.join(dimensions)}) AS g, k, {', '.join(dimensions)}, p{flags}"
        self.at_each_level("people", ["g", "d", "k", *dimensions, *(f"{sql} AS {m}" for m, sql in measures.items())],
                           lambda level: f"SELECT {level} AS d, {head} FROM {fact} WHERE {level} IS NOT NULL"
                                         f" GROUP BY {grouping_sets(level, dimensions, crossings, ['k', 'p'], totals)}")
        self.keep(name, dimensions, "FROM (SELECT p.name AS period, n.* FROM people AS n JOIN period AS p ON p.k = n.k) AS s", measures)

    def sites(self):
        self.at_each_level("people", ["d", "k", "site_kind", *(f"sum({m})::BIGINT AS {m}" for m in SITES)],
                           lambda level: f"SELECT {level} AS d, k, site_kind, {', '.join(f'{sql} AS {m}' for m, sql in SITES.items())} FROM standing"
                                         f" WHERE {level} IS NOT NULL GROUP BY {grouping_sets(level, ['site_kind'], [], ['k'])}")
        self.keep("sites", ["site_kind"], "FROM (SELECT p.name AS period, n.* FROM people AS n JOIN period AS p ON p.k = n.k) AS s", SITES)

    def keep(self, name, dimensions, source, measures):
        """Puts rows into the table of a rollup; dimensions of another fact of it stand in rows of their own."""
        fields = ", ".join(f"s.{d}" for d in dimensions)
        sql = f"SELECT s.period, x.code AS division_code, {fields}, {', '.join(measures)} {source} JOIN division AS x ON x.id = s.d"
        self.made.setdefault(name, []).append(f"rollup_{name}_{len(self.made.get(name, []))}")
        self.run(f"CREATE TABLE {self.made[name][-1]} AS {sql}")

    def export(self, out):
        for name, tables in self.made.items():
            whole = " UNION ALL BY NAME ".join(f"SELECT * FROM {table}" for table in tables)
            self.run(f"COPY ({whole}) TO '{out}/rollup_{name}.parquet'")
