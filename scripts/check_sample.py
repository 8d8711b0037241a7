"""Runs every example of docs/queries on the sample store and compares it with the result beside it.

    python scripts/check_sample.py

after `cargo run --release -- run --config sample-data/xinhui.toml` in the root of the repository.
Also held: DuckDB, pyarrow and Polars read every published table without options and agree with the
manifest; the README and the pages of docs/ in both languages show the queries, with the comments of
their language, and their results; the findings are those that `sample-data/expected.csv` lists; the
vault opens with the derived key and with no other, and no ID number, phone or student number in it
stands anywhere outside `private/`.

`scripts/refresh.py` writes all of it anew. Needs the packages of `scripts/requirements.txt`.
"""

import base64
import csv
import hashlib
import hmac
import io
import json
import os
import pathlib
import re
import runpy

import duckdb
import polars
import pyarrow.parquet
import pyarrow.parquet.encryption

ROOT = pathlib.Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "docs" / "queries"
SAMPLE = ROOT / "sample-data"
STORE = SAMPLE / "store"
CURRENT = STORE / "current"
CHINESE = ".zh-CN.md"


def pages(lang):
    """The README and the pages of docs/ in a language, `en` or `zh`."""
    found = [ROOT / "README.md", ROOT / ("README" + CHINESE), *sorted((ROOT / "docs").glob("*.md"))]
    return [p for p in found if p.name.endswith(CHINESE) == (lang == "zh")]


def text(value):
    return "" if value is None else str(value)


def result_of(example):
    """Header and rows of an example, as text."""
    if example.suffix == ".sql":
        found = duckdb.sql(example.read_text("utf-8"))
        return [list(found.columns)] + [[text(v) for v in row] for row in found.fetchall()]
    found = runpy.run_path(str(example))["result"]
    rows = found.rows() if hasattr(found, "rows") else found.itertuples(index=False)
    return [list(found.columns)] + [[text(v) for v in row] for row in rows]


def as_csv(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def as_markdown(rows):
    lines = [rows[0], ["---"] * len(rows[0])] + rows[1:]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def all_examples():
    return sorted([*EXAMPLES.glob("*.sql"), *EXAMPLES.glob("*.py")])


def language(example):
    return "sql" if example.suffix == ".sql" else "python"


def body_of(example, lang):
    """What the pages of a language show of an example: of its SQL the comments in that language."""
    body = example.read_text("utf-8")
    if example.suffix == ".py":
        return body.split("if __name__")[0].split('"""\n', 1)[1].strip()
    lines = [line for line in body.strip().split("\n") if language_of_comment(line) in (None, lang)]
    return "\n".join(lines)


def language_of_comment(line):
    """`zh` or `en` of a line of SQL that is a comment."""
    if not line.lstrip().startswith("--"):
        return None
    return "zh" if re.search("[\u4e00-\u9fff]", line) else "en"


def links_to(page, example):
    """Whether a page shows an example; a page of docs/ may name one without showing it."""
    return f"queries/{example.name})" in page


def shown(example, rows, lang):
    return f"```{language(example)}\n{body_of(example, lang)}\n```\n\n{as_markdown(rows)}\n"


def examples():
    texts = {lang: {p.name: p.read_text("utf-8") for p in pages(lang)} for lang in ("en", "zh")}
    for example in all_examples():
        rows = result_of(example)
        expected = example.with_suffix(".csv").read_text("utf-8")
        assert as_csv(rows) == expected, f"{example.name} gives\n{as_csv(rows)}and not\n{expected}"
        for lang, of_language in texts.items():
            places = [name for name, page in of_language.items() if links_to(page, example)]
            assert places, f"no page of {list(of_language)} shows {example.name}"
            for name in places:
                whole = shown(example, rows, lang) in of_language[name]
                assert whole, f"{name} does not show {example.name} and its result as they are"
        print(f"ok  {example.name}: {len(rows) - 1} rows")


def tables():
    manifest = json.loads((CURRENT / "manifest.json").read_text("utf-8"))
    for output in manifest["outputs"]:
        path = CURRENT / output["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == output["sha256"], output["path"]
        counts = {
            duckdb.sql(f"SELECT COUNT(*) FROM '{path}'").fetchall()[0][0],
            pyarrow.parquet.read_table(path).num_rows,
            polars.read_parquet(path).height,
            output["rows"],
        }
        assert len(counts) == 1, f"{output['path']}: {counts}"
        keys = pyarrow.parquet.read_schema(path).metadata or {}
        described = pyarrow.parquet.ParquetFile(path).metadata.metadata
        columns = pyarrow.parquet.read_schema(path).names
        assert all(f"column:{c}".encode() in {**keys, **described} for c in columns), f"{path}: no descriptions"
    published = {str(p.relative_to(CURRENT)) for p in CURRENT.glob("**/*.parquet")}
    assert published == {o["path"] for o in manifest["outputs"]}
    print(f"ok  {len(published)} tables read by DuckDB, pyarrow and Polars")
    return manifest


def findings():
    """`expected.csv` names the header of an unknown column as its field; a finding has no field then."""
    with open(SAMPLE / "expected.csv", encoding="utf-8", newline="") as file:
        expected = sorted(
            (r["file"], r["sheet"], r["row_number"], "" if r["code"] == "unknown-column" else r["field"], r["code"])
            for r in csv.DictReader(file)
        )
    found = duckdb.sql(
        f"SELECT file, sheet, row_number, field, code FROM '{CURRENT}/internal/quality/rejects.parquet'"
    )
    found = sorted(tuple(text(v) for v in row) for row in found.fetchall())
    missing = [e for e in expected if e not in found]
    surplus = [f for f in found if f not in expected]
    assert expected == found, f"missing: {missing[:10]}\nsurplus: {surplus[:10]}"
    print(f"ok  {len(found)} findings, those that were put in on purpose")


def persons():
    """Persons found, and persons that there are."""
    manifest = json.loads((CURRENT / "manifest.json").read_text("utf-8"))
    with open(SAMPLE / "truth.csv", encoding="utf-8", newline="") as file:
        return manifest["persons"], len({row["person"] for row in csv.DictReader(file)})


def rows_of_link_why():
    """Rows that the pages give to `xinhui link why` are there."""
    rows = polars.read_parquet(STORE / "private" / "persons.parquet").select("county", "dataset", "record_key").rows()
    there = {"/".join(row) for row in rows}
    for lang in ("en", "zh"):
        text_of_pages = "".join(page.read_text("utf-8") for page in pages(lang))
        named = re.findall(r"link why (\d{6}/\S+) (\d{6}/\S+)", text_of_pages)
        assert named, f"no page of {lang} shows `link why`"
        gone = {row for pair in named for row in pair} - there
        assert not gone, f"`link why` names rows that are not there: {gone}"
    print("ok  the rows that `link why` is shown with")


def vault(manifest):
    secret = bytes.fromhex((SAMPLE / "xinhui.key").read_text().strip())
    key = hmac.new(secret, b"vault", "sha256").digest()
    properties = pyarrow.parquet.encryption.create_decryption_properties(key)
    files = sorted((STORE / "private" / "identities").glob("*/*.parquet"))
    rows, known = 0, set()
    for file in files:
        table = pyarrow.parquet.read_table(file, decryption_properties=properties)
        rows += table.num_rows
        for column in ("id_number", "phone", "student_no"):
            if column in table.column_names:
                values = table.column(column).to_pylist()
                known.update(part for v in values if v for part in v.split("|") if len(part) >= 8)
    duckdb.sql(f"PRAGMA add_parquet_key('vault', '{base64.b64encode(key).decode()}')")
    config = "encryption_config = {footer_key: 'vault'}"
    seen = duckdb.sql(f"SELECT COUNT(*) FROM read_parquet('{files[0]}', {config})").fetchall()[0][0]
    assert seen == pyarrow.parquet.read_table(files[0], decryption_properties=properties).num_rows
    try:
        pyarrow.parquet.read_table(files[0])
    except Exception:
        pass
    else:
        raise AssertionError("the vault opens without a key")
    outside = [p for p in STORE.glob("snapshots/**/*") if p.is_file()]
    for path in outside:
        clear = path.read_bytes()
        if path.suffix == ".parquet":
            clear = as_csv([[text(v) for v in row] for row in polars.read_parquet(path).rows()]).encode()
        for value in known:
            assert value.encode() not in clear, f"{path} holds a value of the vault"
    assert rows >= manifest["persons"] and known
    print(f"ok  vault: {len(files)} files, {rows} rows; none of {len(known)} numbers in {len(outside)} published files")


def main():
    # Queries name their files from the root of the repository.
    os.chdir(ROOT)
    examples()
    manifest = tables()
    findings()
    found, true = persons()
    for lang, words in (("en", f"{found} found, {true} true"), ("zh", f"识别 {found} 人，实际 {true} 人")):
        assert any(words in page.read_text("utf-8") for page in pages(lang)), f"no page says: {words}"
    rows_of_link_why()
    vault(manifest)


if __name__ == "__main__":
    main()
