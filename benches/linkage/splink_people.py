"""Splink 5 (DuckDB) on the table of Chinese people that `xinhui synth --identities N` writes.

    python benches/linkage/splink_people.py people.csv truth.csv [--out result.json]

Splink gets what it lacks: toneless pinyin of the name, the surname and the given name, since DuckDB's string
distances count UTF-8 bytes and mean nothing on Chinese characters; dates and numbers without separators; 15-digit
id numbers in their 18-digit form, and the id number inside a student number where there is none else. Values that
stand for nothing (111111..., 张三, a number on very many rows) are emptied. That is prepared before the clock starts. Training is without labels; the truth
is only read for the scores. `seconds` is load, train, predict and the clustering at one threshold.
"""

import argparse
import functools
import json
import logging
import pathlib
import re
import resource
import tempfile
import time

import duckdb
import pandas as pd
import pypinyin
import splink
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from scores import scores, truth_of

COMPOUND = set("欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯 司徒 长孙 宇文 轩辕 端木 独孤 南宫 申屠 呼延 百里 东郭 西门".split())
SURNAME_SOUND = {
    "单": "shan", "仇": "qiu", "解": "xie", "曾": "zeng", "盖": "ge", "查": "zha", "区": "ou", "朴": "piao", "任": "ren", "华": "hua",
    "尉迟": "yuchi", "洗": "xian", "冼": "xian", "翟": "zhai", "乐": "yue", "召": "shao", "宁": "ning", "员": "yun", "万": "wan",
}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
THRESHOLDS = (-5, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24)
# The match weight that Splink's own examples cluster at: a probability of 0.95.
DEFAULT = 4.25
NOBODY = set("张三 李四 测试 某某 无名氏 佚名 不详 未知".split())
# An id number or a phone on more rows than this belongs to nobody.
SHARED = 50


@functools.lru_cache(maxsize=1 << 20)
def sound(text):
    return "".join(pypinyin.lazy_pinyin(text))


def prepare(people):
    frame = pd.read_csv(people, dtype=str, keep_default_na=False)
    name = frame["name"].str.replace(r"[\s·•・.]", "", regex=True)
    name = name.where(~name.isin(NOBODY), "")
    surname = [n[:2] if n[:2] in COMPOUND and len(n) > 2 else n[:1] for n in name]
    given = [n[len(s):] for n, s in zip(name, surname)]
    surname_py = [SURNAME_SOUND.get(s) or sound(s) for s in surname]
    given_py = [sound(g) for g in given]
    dob = frame["birth_date"].str.replace(r"\D", "", regex=True)
    day = dob.where(dob.str.len() == 8, "")
    student_no = frame["student_no"].str.upper()
    inside = student_no.where(student_no.str.fullmatch(r"G\d{17}[\dX]"), "").str[1:]
    number = unshared(frame["id_number"].str.upper().map(full_number))
    # A number with a birth year far from the person's is somebody else's: a parent's, typed for the child.
    years = number.where(number.str.fullmatch(r"\d{17}[\dX]"), "").str[6:10]
    other = (pd.to_numeric(years, errors="coerce") - pd.to_numeric(dob.str[:4], errors="coerce")).abs() >= 12
    number = number.where(~other, "")
    number = inside.where(inside != "", number)
    out = pd.DataFrame({
        "unique_id": frame["id"],
        "name": name,
        "name_py": [a + " " + b if a else "" for a, b in zip(surname_py, given_py)],
        "surname_py": surname_py,
        "given_py": given_py,
        "sex": frame["sex"],
        "dob": day,
        "dob_y": dob.str[:4],
        "dob_md": day.str[4:],
        "id_number": number,
        "id_head": number.where(number.str.len() == 18, "").str[:9],
        "id_tail": number.where(number.str.len() == 18, "").str[9:],
        "phone": unshared(frame["phone"].str.replace(r"\D", "", regex=True)),
        "county": frame["county"],
        "residence": frame["residence_code"],
        "town": frame["residence_code"].str[:9],
        "address": frame["address"],
        # One with an id number in it says nothing that the id number does not.
        "student_no": student_no.where(inside == "", ""),
        "guardian": frame["guardian_name"].str.replace(r"[\s·•・.]", "", regex=True),
        "guardian_py": [sound(g) for g in frame["guardian_name"]],
        "guardian_phone": frame["guardian_phone"].str.replace(r"\D", "", regex=True),
    })
    return out.replace("", None)


def unshared(values):
    counts = values.value_counts()
    return values.where(~values.isin(set(counts[counts > SHARED].index)), "")


def full_number(number):
    if re.fullmatch(r"\d{15}", number):
        body = number[:6] + "19" + number[6:]
        return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS)) % 11]
    return number


def level(sql, label, tf=None, weight=1.0):
    made = {"sql_condition": sql, "label_for_charts": label}
    if tf:
        made |= {"tf_adjustment_column": tf, "tf_adjustment_weight": weight, "disable_tf_exact_match_detection": True}
    return made


def null(*columns):
    sql = " OR ".join(f"{c}_l IS NULL OR {c}_r IS NULL" for c in columns)
    return {"sql_condition": sql, "label_for_charts": "null", "is_null_level": True}


def comparison(name, *levels):
    return {"output_column_name": name, "comparison_levels": [*levels, {"sql_condition": "ELSE", "label_for_charts": "else"}]}


def same(column):
    return f"{column}_l = {column}_r"


def settings():
    comparisons = [
        comparison(
            "name", null("name"),
            level(same("name"), "same", "name"),
            level(same("name_py"), "same sound", "name_py"),
            level("surname_py_l = surname_py_r AND damerau_levenshtein(given_py_l, given_py_r) <= 1", "given name one letter"),
            level("damerau_levenshtein(name_py_l, name_py_r) <= 2", "two letters"),
            level("jaro_winkler_similarity(name_py_l, name_py_r) >= 0.92", "near"),
            level(same("given_py"), "given name", "given_py"),
            level("surname_py_l = surname_py_r AND jaro_winkler_similarity(given_py_l, given_py_r) >= 0.8", "surname, given name alike"),
            level(same("surname_py"), "surname", "surname_py"),
        ),
        comparison(
            "id_number", null("id_number"),
            level(same("id_number"), "same"),
            level("damerau_levenshtein(id_number_l, id_number_r) <= 1", "one digit"),
            level("damerau_levenshtein(id_number_l, id_number_r) <= 2", "two digits"),
            level("id_head_l = id_head_r OR id_tail_l = id_tail_r", "one half"),
        ),
        comparison(
            "dob", null("dob"),
            level(same("dob"), "same", "dob"),
            level("dob_y_l = dob_y_r AND substr(dob_md_l, 1, 2) = substr(dob_md_r, 3, 2) AND substr(dob_md_l, 3, 2) = substr(dob_md_r, 1, 2)", "swapped"),
            level("damerau_levenshtein(dob_l, dob_r) <= 1", "one digit"),
            level("dob_md_l = dob_md_r OR substr(dob_l, 1, 6) = substr(dob_r, 1, 6) OR "
                  "(dob_y_l = dob_y_r AND substr(dob_md_l, 3, 2) = substr(dob_md_r, 3, 2))", "two parts"),
            level("abs(cast(dob_y_l AS int) - cast(dob_y_r AS int)) <= 1", "year"),
        ),
        comparison("sex", null("sex"), level(same("sex"), "same")),
        comparison(
            "phone",
            {"sql_condition": "coalesce(phone_l, guardian_phone_l) IS NULL OR coalesce(phone_r, guardian_phone_r) IS NULL",
             "label_for_charts": "null", "is_null_level": True},
            level(same("phone"), "same", "phone"),
            level(same("guardian_phone"), "guardian's", "guardian_phone"),
            level("phone_l = guardian_phone_r OR guardian_phone_l = phone_r", "own and guardian's"),
            level("damerau_levenshtein(phone_l, phone_r) <= 1", "one digit"),
        ),
        comparison(
            "guardian", null("guardian"),
            level(same("guardian"), "same", "guardian"),
            level(same("guardian_py"), "same sound", "guardian_py"),
            level("jaro_winkler_similarity(guardian_py_l, guardian_py_r) >= 0.9", "near"),
        ),
        comparison(
            "place",
            {"sql_condition": "coalesce(residence_l, county_l) IS NULL OR coalesce(residence_r, county_r) IS NULL",
             "label_for_charts": "null", "is_null_level": True},
            level("address_l = address_r AND residence_l = residence_r", "house", "address"),
            level(same("address"), "address", "address"),
            level(same("residence"), "village", "residence"),
            level(same("town"), "town", "town"),
            level(same("county"), "county", "county"),
        ),
        comparison(
            "student_no", null("student_no"),
            level(same("student_no"), "same"),
            level("damerau_levenshtein(student_no_l, student_no_r) <= 1", "one sign"),
        ),
    ]
    blocking = [
        block_on("id_number"),
        block_on("id_head", "surname_py"),
        block_on("id_tail", "surname_py"),
        block_on("name_py", "dob"),
        block_on("surname_py", "dob", "county"),
        block_on("given_py", "dob"),
        block_on("name_py", "dob_y", "county"),
        block_on("name_py", "dob_md"),
        block_on("name_py", "town"),
        block_on("name_py", "phone"),
        block_on("name_py", "guardian_phone"),
        "l.name_py = r.name_py AND l.phone = r.guardian_phone",
        block_on("student_no"),
        block_on("phone", "dob_y"),
        block_on("guardian_phone", "dob_y"),
        block_on("dob", "address", "town"),
        block_on("dob", "guardian"),
    ]
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=blocking,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        em_convergence=0.0005,
        max_iterations=50,
    )


def train(linker, seed, u_pairs):
    certain = [block_on("id_number", "name"), block_on("student_no", "name"), block_on("name", "dob", "phone"), block_on("name", "dob", "town")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=u_pairs, seed=seed)
    # Each session leaves out what it blocks on; together they cover every comparison.
    for rule in (block_on("id_number"), block_on("name", "dob"), block_on("phone", "dob_y"), block_on("student_no")):
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=5e6)
        except Exception as error:  # noqa: BLE001 - a table without student numbers has no such pairs
            logging.warning("training session %s: %s", rule, error)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("people", type=pathlib.Path)
    parser.add_argument("truth", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, help="write the JSON here too")
    parser.add_argument("--clusters", type=pathlib.Path, help="write id,cluster at the default threshold as Parquet")
    parser.add_argument("--threshold", type=float, default=DEFAULT, help="match weight whose clustering is timed")
    parser.add_argument("--u-pairs", type=float, default=1e6, help="random pairs for u; 1e6 is Splink's own default")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        prepared = pathlib.Path(folder) / "prepared.parquet"
        prepare(options.people).to_parquet(prepared, index=False)
        preparation = time.perf_counter() - began

        seconds = {}
        clock, processor = time.perf_counter(), time.process_time()

        def lap(name):
            nonlocal clock
            seconds[name] = round(time.perf_counter() - clock, 3)
            clock = time.perf_counter()

        connection = duckdb.connect()
        connection.execute(f"CREATE TABLE people AS SELECT * FROM read_parquet('{prepared}')")
        api = DuckDBAPI(connection)
        linker = Linker(api.register("people"), settings())
        records = connection.execute("SELECT count(*) FROM people").fetchone()[0]
        lap("load")
        train(linker, options.seed, options.u_pairs)
        lap("train")
        predictions = linker.inference.predict(threshold_match_weight=min(THRESHOLDS))
        lap("predict")
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predictions, threshold_match_weight=options.threshold
        )
        kept = connection.execute(f"SELECT unique_id, cluster_id FROM {clusters.physical_name}").df()
        lap("cluster")
        processor = time.process_time() - processor
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

        pairs = connection.execute(f"SELECT count(*) FROM {predictions.physical_name}").fetchone()[0]
        person = truth_of(options.truth)
        at = {f"{options.threshold:g}": scores(kept["cluster_id"], kept["unique_id"].map(person))}
        for threshold in THRESHOLDS:
            found = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold_match_weight=threshold)
            frame = connection.execute(f"SELECT unique_id, cluster_id FROM {found.physical_name}").df()
            at[f"{threshold:g}"] = scores(frame["cluster_id"], frame["unique_id"].map(person))
        if options.clusters:
            kept.rename(columns={"unique_id": "id", "cluster_id": "cluster"}).to_parquet(options.clusters, index=False)

    best = max(at, key=lambda threshold: at[threshold]["f1"])
    result = {
        "splink": splink.__version__,
        "duckdb": duckdb.__version__,
        "records": records,
        "preparation_seconds": round(preparation, 3),
        "seconds": round(sum(seconds.values()), 3),
        "processor_seconds": round(processor, 3),
        "steps": seconds,
        "peak_rss_bytes": peak,
        "pairs_kept": pairs,
        "default": {"threshold": options.threshold, **at[f"{options.threshold:g}"]},
        "best": {"threshold": float(best), **at[best]},
        "thresholds": at,
    }
    text = json.dumps(result, ensure_ascii=False, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
