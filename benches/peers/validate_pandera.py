"""Work A by Pandera on Polars: each declared rule is a check over the whole table; faults go to a Parquet file.

    python benches/peers/validate_pandera.py FOLDER AS_OF OUT

Words are put in their normal form by Polars before, as Pandera's parsers would do it, since a check sees columns only.
"""

import datetime
import sys
import warnings
from pathlib import Path

import pandera
import pandera.polars as pa
import polars as pl

import declared
from outcome import Clock, write

PLACEHOLDERS = [datetime.date(1, 1, 1), datetime.date(1900, 1, 1), datetime.date(2099, 12, 31), datetime.date(9999, 12, 31)]
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def read(folder):
    frames = []
    titles = declared.titles()
    for path in declared.service_files(folder / "inbox"):
        frame = pl.scan_csv(path, infer_schema=False, null_values=declared.null_words())
        frames.append(frame.rename(titles, strict=False).with_columns(county=pl.lit(declared.county_of(path)), file=pl.lit(path.name),
                                                                      row_number=pl.int_range(2, pl.len() + 2)))
    return frames


def parents(folder, pattern, key, name):
    frames = [pl.scan_csv(path, infer_schema=False).select(pl.col(key).alias(name), county=pl.lit(declared.county_of(path)))
              for path in sorted((folder / "inbox").glob(pattern))]
    return pl.concat(frames).unique()


def check_digit(number):
    total = pl.lit(0, dtype=pl.Int64)
    for place, weight in enumerate(WEIGHTS):
        total = total + number // 10 ** (16 - place) % 10 * weight
    return (total % 11).replace_strict(list(range(11)), list("10X98765432"), return_dtype=pl.String)


def with_number(frame, column, prefix):
    """The long form of a number, the day inside, whether it is right and whether it is damaged, step by step."""
    number, digits = f"{prefix}number", pl.col(f"{prefix}number").str.slice(0, 17).cast(pl.Int64, strict=False)
    long = pl.concat_str(pl.col(number).str.slice(0, 6), pl.lit("19"), pl.col(number).str.slice(6))
    frame = frame.with_columns(pl.col(column).str.to_uppercase().str.replace_all(" ", "", literal=True).alias(number))
    short = frame.select(pl.col(number).str.contains(r"^\d{15}$").any()).item()
    if short:
        longer = long + check_digit(long.str.slice(0, 17).cast(pl.Int64, strict=False))
        frame = frame.with_columns(pl.when(pl.col(number).str.contains(r"^\d{15}$")).then(longer).otherwise(pl.col(number)).alias(number))
    frame = frame.with_columns(
        pl.col(number).str.slice(6, 8).str.to_date("%Y%m%d", strict=False).alias(f"{prefix}number_day"),
        check_digit(digits).alias("check"),
        pl.col(number).str.contains(r"^(\d{15}000|\d+(\.\d+)?E\+?\d+)$").fill_null(False).alias(f"{prefix}number_damaged"),
    )
    right = (pl.col(number).str.len_chars() == 18) & (pl.col(number).str.slice(17) == pl.col("check")) & pl.col(f"{prefix}number_day").is_not_null()
    return frame.with_columns(right.fill_null(False).alias(f"{prefix}number_right")).drop("check")


def code(column, codes):
    words = declared.words(codes)
    return pl.col(column).replace_strict(list(words), list(words.values()), default=None, return_dtype=pl.String)


def prepared(folder, as_of):
    table = declared.table()
    void = next(f for f in table["fields"] if f["name"] == "void")
    divisions = pl.read_csv(folder / "reference/divisions.csv", infer_schema=False)["code"]
    known = pl.concat([divisions.str.slice(0, n) for n in (2, 4, 6, 9, 12)]).unique()
    population = declared.words("population")
    parts = pl.col("population").str.replace_all("[、,;/]", "|").str.split("|").list.eval(
        pl.element().str.strip_chars().is_in(list(population))).list.all()
    resident = pl.col("id_type").is_null() | (pl.col("id_type_code") == "01")
    named = {"sex_code": ("sex", "sex"), "id_type_code": ("id_type", "id_type"), "beneficiary_code": ("beneficiary", "beneficiary"),
             "kind_code": ("service_kind", "service_kind"), "channel_code": ("channel", "channel"), "warning_code": ("warning_level", "warning")}
    frame = pl.concat(read(folder)).collect()
    frame = frame.with_columns(pl.col(declared.COLUMNS).str.strip_chars().replace("", None))
    frame = with_number(with_number(frame, "id_number", ""), "related_id_number", "related_")
    groups = frame.select(pl.col("population").unique()).with_columns(population_known=parts)
    sites = parents(folder, "*/station/station_site_*.csv", "站点编号", "site_id").with_columns(site_known=pl.lit(True))
    hospitals = parents(folder, "*/hospital/hospital_site_*.csv", "机构代码", "referred_to").select("referred_to").unique()
    return (
        frame.lazy()
        .with_columns(
            *(code(*pair).alias(name) for name, pair in named.items()),
            born=pl.col("birth_date").str.to_date("%Y-%m-%d", strict=False),
            served=pl.col("service_date").str.to_date("%Y-%m-%d", strict=False),
            entered=pl.col("entered_at").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False),
            void_known=pl.col("void").is_in([*void["trueValues"], *void["falseValues"]]),
            is_void=pl.col("void").is_in(void["trueValues"]).fill_null(False),
            residence_known=pl.col("residence_code").is_in(known.implode()),
        )
        .with_columns(resident=resident & pl.col("id_number").is_not_null(), born_nowhen=pl.col("born").is_in(PLACEHOLDERS).fill_null(False),
                      served_nowhen=pl.col("served").is_in(PLACEHOLDERS).fill_null(False))
        .join(groups.lazy(), on="population", how="left", maintain_order="left")
        .join(sites, on=["county", "site_id"], how="left", maintain_order="left")
        .join(hospitals.with_columns(hospital_known=pl.lit(True)), on="referred_to", how="left", maintain_order="left")
        .collect()
    )


def rules(as_of):
    """Each rule as what must hold: severity, code, field, expression."""
    c = pl.col
    shape = c("residence_code").str.contains(r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$")
    yield from (("error", "missing-value", f, c(f).is_not_null()) for f in ("record_id", "site_id", "name", "sex", "service_kind"))
    yield "error", "missing-value", "service_date", c("service_date").is_not_null() & ~c("served_nowhen")
    yield "error", "missing-value", "related_id_number", (c("beneficiary_code") != "family") | c("related_id_number").is_not_null()
    year_or_month = c("birth_date").str.contains(r"^\d{4}(-\d{2})?$")
    yield "error", "type-error", "birth_date", c("birth_date").is_null() | c("born").is_not_null() | year_or_month
    yield "error", "type-error", "service_date", c("service_date").is_null() | c("served").is_not_null()
    yield "error", "type-error", "entered_at", c("entered_at").is_null() | c("entered").is_not_null()
    yield "error", "type-error", "void", c("void_known")
    yield "error", "constraint-error", "name", c("name").str.len_chars() <= 50
    yield "error", "constraint-error", "birth_date", c("born_nowhen") | c("born").is_between(datetime.date(1900, 1, 1), as_of)
    yield "error", "constraint-error", "service_date", c("served_nowhen") | (c("served") <= as_of)
    yield "error", "constraint-error", "residence_code", shape
    for field, coded in (("id_type", "id_type_code"), ("sex", "sex_code"), ("beneficiary", "beneficiary_code"),
                         ("service_kind", "kind_code"), ("channel", "channel_code"), ("warning_level", "warning_code")):
        yield "error", "unknown-code", field, c(field).is_null() | c(coded).is_not_null()
    yield "error", "unknown-code", "population", c("population_known")
    yield "error", "orphan", "site_id", c("site_id").is_null() | c("site_known").is_not_null()
    yield "warning", "id-number-checksum", "id_number", ~c("resident") | c("number_right") | c("number_damaged")
    related = c("related_id_number").is_null() | c("related_number_right")
    yield "warning", "id-number-checksum", "related_id_number", related | c("related_number_damaged")
    yield "warning", "id-number-damaged", "id_number", ~c("resident") | c("number_right") | ~c("number_damaged")
    yield "warning", "id-number-damaged", "related_id_number", related | ~c("related_number_damaged")
    right = c("resident") & c("number_right")
    yield "warning", "id-number-mismatch", "birth_date", ~right | c("born_nowhen") | (c("born") == c("number_day"))
    male = c("number").str.slice(16, 1).cast(pl.Int8, strict=False) % 2 == 1
    yield "warning", "id-number-mismatch", "sex", ~right | ~c("sex_code").is_in(["1", "2"]) | ((c("sex_code") == "1") == male)
    yield "warning", "phone-format", "phone", c("phone").str.contains(r"^(1\d{10}|0[1-9]\d{1,2}-?\d{7,8})$")
    yield "warning", "placeholder-date", "birth_date", ~c("born_nowhen")
    yield "warning", "placeholder-date", "service_date", ~c("served_nowhen")
    yield "warning", "unknown-division", "residence_code", ~shape | c("residence_known")
    yield "warning", "orphan", "referred_to", c("referred_to").is_null() | c("hospital_known").is_not_null()


def schema(as_of):
    def check(severity, code, field, holds):
        # What is not given is nobody's fault.
        holds = (pl.col("is_void") | holds).fill_null(True)
        return pa.Check(lambda data: data.lazyframe.select(holds), name=f"{severity} {code} {field}")

    return pa.DataFrameSchema(checks=[check(*rule) for rule in rules(as_of)], unique=["county", "record_id"])


def main():
    folder, as_of, out = Path(sys.argv[1]), datetime.date.fromisoformat(sys.argv[2]), Path(sys.argv[3])
    clock = Clock()
    frame = prepared(folder, as_of)
    faults = pl.DataFrame(schema={"check": pl.String, "index": pl.Int32})
    try:
        schema(as_of).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        faults = errors.failure_cases.select("check", "index")
    repeated = faults.filter(~pl.col("check").str.contains(" ")).height
    parts = pl.col("check").str.split(" ")
    rejects = (faults.filter(pl.col("check").str.contains(" "))
               .with_columns(severity=parts.list.get(0), code=parts.list.get(1), field=parts.list.get(2))
               .join(frame.select("county", "file", "row_number", "record_id").with_row_index("index").cast({"index": pl.Int32}), on="index"))
    rejects.drop("check", "index").write_parquet(out / "rejects.parquet")
    took = clock.told()
    counts = {f"{severity} {code}": n for severity, code, n in rejects.group_by("severity", "code").len().rows()}
    write(out, **took, rows=frame.height, repeated=repeated, counts=counts,
          versions={"Pandera": pandera.__version__, "Polars": pl.__version__})


warnings.simplefilter("ignore")
main()
