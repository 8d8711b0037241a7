"""Splink 5 on the tables of slips.py and on fake1000 of public_data.py, at its best threshold, which only who has the truth knows.

    python benches/linkage/splink_tables.py DIR [--only NAME] --out splink.json

All columns, fuzzy levels, term frequencies, many blocking rules, learned without labels; the truth is only read for the scores.
"""

import argparse
import json
import logging
import pathlib

import duckdb
import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from scores import scores, truth_of

THRESHOLDS = [t / 2 for t in range(-10, 41)]


def name(column):
    return cl.JaroWinklerAtThresholds(column, [0.92, 0.8]).configure(term_frequency_adjustments=True)


def dates(column):
    return cl.DateOfBirthComparison(column, input_is_string=False, datetime_thresholds=[1, 1, 10], datetime_metrics=["month", "year", "year"])


def near(column):
    return cl.DamerauLevenshteinAtThresholds(column, [1, 2]).configure(term_frequency_adjustments=True)


CHAIN = (
    [name("given_name"), name("surname"), near("date_of_birth"), name("suburb"), near("postcode"), near("state")],
    [
        block_on("date_of_birth"), block_on("given_name", "surname"), block_on("given_name", "postcode"), block_on("surname", "postcode"),
        block_on("suburb", "postcode"), block_on("given_name", "suburb"), block_on("surname", "suburb"),
        block_on("substr(given_name,1,3)", "substr(surname,1,3)"), block_on("substr(given_name,1,3)", "substr(date_of_birth,1,6)"),
        block_on("substr(surname,1,3)", "substr(date_of_birth,1,6)"), block_on("substr(surname,1,3)", "substr(postcode,1,3)"),
        block_on("substr(given_name,1,3)", "substr(postcode,1,3)"), block_on("substr(given_name,1,3)", "substr(date_of_birth,5,4)"),
        block_on("substr(surname,1,3)", "substr(date_of_birth,5,4)"),
    ],
    [block_on("date_of_birth"), block_on("given_name", "surname"), block_on("suburb", "postcode")],
    [block_on("given_name", "surname", "date_of_birth"), block_on("surname", "postcode", "suburb")],
)
EMAIL = (
    [name("first_name"), name("surname"), dates("dob"), cl.JaroWinklerAtThresholds("city", [0.88]).configure(term_frequency_adjustments=True),
     cl.EmailComparison("email").configure(term_frequency_adjustments=True)],
    [
        block_on("first_name", "surname"), block_on("surname"), block_on("first_name", "city"), block_on("dob"), block_on("email"),
        block_on("substr(email,1,5)"), block_on("substr(first_name,1,2)", "substr(surname,1,2)"),
        "l.first_name = r.surname and l.surname = r.first_name", block_on("substr(cast(dob as varchar),1,7)", "city"),
    ],
    [block_on("first_name", "surname"), block_on("dob"), block_on("email")],
    [block_on("first_name", "surname", "dob"), block_on("email")],
)
# The one with the best F1 of six that were tried: one row in five has the names in each other's column.
FAKE_1000 = (
    [cl.ForenameSurnameComparison("first_name", "surname"), cl.DateOfBirthComparison("dob", input_is_string=False), near("city"),
     cl.JaroWinklerAtThresholds("email", [0.92, 0.85]).configure(term_frequency_adjustments=True)],
    [
        *EMAIL[1], block_on("first_name"), block_on("city", "substr(email,1,3)"), "l.surname = r.first_name and l.dob = r.dob",
        "l.first_name = r.surname and l.dob = r.dob",
    ],
    [block_on("dob"), block_on("email"), block_on("first_name", "surname")],
    EMAIL[3],
)
FIGURES = (
    [name("first_name"), name("surname"), dates("dob"), name("birth_place"), cl.PostcodeComparison("postcode_fake"), cl.ExactMatch("gender"),
     cl.ExactMatch("occupation").configure(term_frequency_adjustments=True)],
    [
        block_on("first_name", "surname"), block_on("surname", "dob"), block_on("first_name", "dob"), block_on("postcode_fake", "first_name"),
        block_on("postcode_fake", "surname"), block_on("dob", "birth_place"), block_on("substr(postcode_fake,1,4)", "dob"),
        block_on("surname", "birth_place"), block_on("substr(surname,1,3)", "substr(first_name,1,3)", "substr(cast(dob as varchar),1,4)"),
        block_on("substr(postcode_fake,1,4)", "substr(surname,1,3)"), block_on("first_name", "birth_place", "substr(cast(dob as varchar),1,4)"),
        block_on("postcode_fake", "dob"), block_on("birth_place", "substr(surname,1,3)"),
    ],
    [block_on("first_name", "surname"), block_on("dob"), block_on("postcode_fake")],
    [block_on("first_name", "surname", "dob"), block_on("substr(first_name,1,3)", "surname", "postcode_fake")],
)
KINDS = {"chains": CHAIN, "pair": CHAIN, "email": EMAIL, "figures": FIGURES, "fake1000": FAKE_1000}


def run(folder, name):
    comparisons, rules, sessions, certain = KINDS[name.split("-")[0]]
    two = name.startswith("pair")
    frames = []
    for part in ("a", "b") if two else ("",):
        frame = pd.read_csv(folder / f"{name}{part}.csv", dtype=str, keep_default_na=False).rename(columns={"id": "unique_id"})
        frame = frame.apply(lambda c: c.str.strip() if c.name != "unique_id" else c).replace("", None)
        if "dob" in frame:
            frame["dob"] = pd.to_datetime(frame["dob"], errors="coerce").astype("datetime64[us]")
        frames.append(frame)
    connection = duckdb.connect()
    api = DuckDBAPI(connection)
    tables = []
    for part, frame in zip("ab", frames):
        connection.register(f"raw_{part}", frame)
        connection.execute(f"CREATE TABLE t_{part} AS SELECT * {'REPLACE (CAST(dob AS DATE) AS dob)' if 'dob' in frame else ''} FROM raw_{part}")
        tables.append(api.register(f"t_{part}"))
    settings = SettingsCreator(
        link_type="link_only" if two else "dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=rules,
        em_convergence=0.0005, max_iterations=50,
    )
    linker = Linker(tables if two else tables[0], settings)
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in sessions:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        except Exception as error:  # noqa: BLE001 - a session may leave a level without pairs
            logging.warning("%s: %s", name, error)
    predictions = linker.inference.predict(threshold_match_weight=min(THRESHOLDS))
    truth = truth_of(folder / f"{name}_truth.csv")
    best = None
    for threshold in THRESHOLDS:
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold_match_weight=threshold)
        frame = connection.execute(f"SELECT unique_id, cluster_id FROM {found.physical_name}").df()
        at = {"threshold": threshold, **scores(frame["cluster_id"], frame["unique_id"].map(truth))}
        best = at if best is None or at["f1"] > best["f1"] else best
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)
    results = json.loads(options.out.read_text()) if options.out.exists() else {}
    for truth in sorted(options.folder.glob("*_truth.csv")):
        table = truth.name.removesuffix("_truth.csv")
        if table.split("-")[0] not in KINDS or (options.only and options.only not in table):
            continue
        results[table] = run(options.folder, table)
        print(table, results[table], flush=True)
        options.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
