"""Makes sample-data anew, and everything that the README and the pages of docs/ show of it.

    python scripts/refresh.py XINHUI_BINARY

Run it after a change of `synth`, of a message or of a number, and look at the difference that it makes.
Needs the packages of scripts/requirements.txt.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import check_sample as check

ROOT = check.ROOT
SAMPLE = check.SAMPLE

SYNTH = (
    "--city 3708 --counties 370832,370811 --persons 2000 --towns 3 --seed 1 --dirt light "
    "--formats csv,xlsx,xls,jsonl,parquet,zip"
).split()
EXPLAIN = "explain smi_treatment_rate --config sample-data/xinhui.toml --division 370832 --period 2023".split()
VALIDATE = ["validate", "sample-data/inbox/370811/station/宣传活动_缺列.csv"]
FIRST_LINE = {"en": "published snapshot", "zh": "已发布快照"}
PERSONS = {"en": (r"\d+ found, \d+ true", "{} found, {} true"), "zh": (r"识别 \d+ 人，实际 \d+ 人", "识别 {} 人，实际 {} 人")}


def output(binary, *words):
    # Pages show lines as they are, not as a terminal breaks them.
    unbroken = {**os.environ, "COLUMNS": "0"}
    done = subprocess.run([binary, *words], cwd=ROOT, env=unbroken, capture_output=True, encoding="utf-8")
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.strip("\n")


class Pages:
    """The pages of a language, as one text in which each thing shown stands in one page or more."""

    def __init__(self, lang):
        self.texts = {p: p.read_text("utf-8") for p in check.pages(lang)}

    def put(self, pattern, new):
        """Puts `new` (or what it makes of a match) in place of every match."""
        make = new if callable(new) else lambda _: new
        places = sum(len(re.findall(pattern, text, re.S)) for text in self.texts.values())
        assert places, f"{pattern}: stands nowhere"
        self.texts = {p: re.sub(pattern, make, text, flags=re.S) for p, text in self.texts.items()}

    def save(self):
        for path, text in self.texts.items():
            path.write_text(text, "utf-8")


def put(text, pattern, new):
    found = re.findall(pattern, text, re.S)
    assert len(found) == 1, f"{pattern}: {len(found)} places"
    return re.sub(pattern, lambda _: new, text, flags=re.S)


def summaries(first, summary):
    """A place that shows the whole summary gets all of it; one that shows its head, the head."""
    head = "\n".join(summary.split("\n")[:6])

    def of(match):
        whole = match.group(0).count("\n") > 7
        return f"```text\n{summary if whole else head}\n```"

    return rf"```text\n{first}.*?\n```", of


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    for old in SAMPLE.iterdir():
        if old.name != "README.md":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    # `synth` writes into no folder that is in use, and the README stays here.
    with tempfile.TemporaryDirectory() as made:
        output(binary, "synth", *SYNTH, "--out", made)
        shutil.copytree(made, SAMPLE, dirs_exist_ok=True)
    pages = {}
    # English last: its store is the one that stays.
    for lang in ("zh", "en"):
        shutil.rmtree(SAMPLE / "store", ignore_errors=True)
        summary = output(binary, "--lang", lang, "run", "--config", "sample-data/xinhui.toml")
        pages[lang] = Pages(lang)
        pages[lang].put(*summaries(FIRST_LINE[lang], summary))
        tried = output(binary, "--lang", lang, *VALIDATE)
        pages[lang].put(r"```text\nsample-data/inbox/.*?\n```", f"```text\n{tried}\n```")
        shown = output(binary, "--lang", lang, *EXPLAIN)
        cell = re.search(r"^梁山县.*?(?=\n  (?:snapshot|快照))", shown, re.S | re.M).group(0)
        pages[lang].put(r"```text\n梁山县.*?\n```", f"```text\n{cell}\n```")
    check.os.chdir(ROOT)
    for example in check.all_examples():
        rows = check.result_of(example)
        example.with_suffix(".csv").write_text(check.as_csv(rows), "utf-8")
        for lang, of_language in pages.items():
            query = re.escape(f"```{check.language(example)}\n{check.body_of(example, lang)}\n```\n\n")
            of_language.put(query + r"(?:\|[^\n]*\n)+", check.shown(example, rows, lang))
    found, true = check.persons()
    for lang, of_language in pages.items():
        pattern, words = PERSONS[lang]
        of_language.put(pattern, words.format(found, true))
        of_language.save()
    text = (SAMPLE / "README.md").read_text("utf-8")
    five = "\n".join(summary.split("\n")[1:6])
    text = put(text, r"```text\n  files.*?```", f"```text\n{five}\n```")
    text = put(text, r"\d+ persons are found where `truth.csv` has \d+", f"{found} persons are found where `truth.csv` has {true}")
    (SAMPLE / "README.md").write_text(text, "utf-8")
    check.main()


if __name__ == "__main__":
    main()
