"""Makes sample-data and everything that the READMEs show of it anew.

    python docs/refresh.py XINHUI_BINARY

Run it after a change of `synth`, of a message or of a number, and look at the difference that it makes.
Needs the packages of docs/queries/requirements.txt.
"""

import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample-data"
sys.path.insert(0, str(ROOT / "docs" / "queries"))
import check  # noqa: E402

SYNTH = (
    "--city 3708 --counties 370832,370811 --persons 2000 --towns 3 --seed 1 --dirt light "
    "--formats csv,xlsx,xls,jsonl,parquet,zip --out sample-data"
).split()
EXPLAIN = "explain smi_treatment_rate --config sample-data/xinhui.toml --division 370832 --period 2023".split()
VALIDATE = ["validate", "sample-data/inbox/370811/station/宣传活动_缺列.csv"]


def output(binary, *words):
    done = subprocess.run([binary, *words], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.strip("\n")


def put(text, pattern, new):
    found = re.findall(pattern, text, re.S)
    assert len(found) == 1, f"{pattern}: {len(found)} places"
    return re.sub(pattern, lambda _: new, text, flags=re.S)


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    for old in SAMPLE.iterdir():
        if old.name != "README.md":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    output(binary, "synth", *SYNTH)
    texts = {}
    for lang, name, first in (("zh", "README.zh-CN.md", "已发布快照"), ("en", "README.md", "published snapshot")):
        shutil.rmtree(SAMPLE / "store", ignore_errors=True)
        summary = output(binary, "--lang", lang, "run", "--config", "sample-data/xinhui.toml")
        text = (ROOT / name).read_text("utf-8")
        text = put(text, rf"```text\n{first}.*?\n```", f"```text\n{summary}\n```")
        tried = output(binary, "--lang", lang, *VALIDATE)
        text = put(text, r"```text\nsample-data/inbox/.*?\n```", f"```text\n{tried}\n```")
        shown = output(binary, "--lang", lang, *EXPLAIN)
        cell = re.search(r"^梁山县.*?(?=\n  (?:snapshot|快照))", shown, re.S | re.M).group(0)
        text = put(text, r"```text\n梁山县.*?\n```", f"```text\n{cell}\n```")
        texts[name] = text
    check.os.chdir(ROOT)
    for example in check.all_examples():
        rows = check.result_of(example)
        example.with_suffix(".csv").write_text(check.as_csv(rows), "utf-8")
        for name, text in texts.items():
            if example.name in text:
                shown = re.escape(f"```{check.language(example)}\n{check.body_of(example)}\n```\n\n")
                new = f"```{check.language(example)}\n{check.body_of(example)}\n```\n\n{check.as_markdown(rows)}\n"
                texts[name] = put(text, shown + r"(?:\|[^\n]*\n)+", new)
    found, true = check.persons()
    texts["README.md"] = put(texts["README.md"], r"[\d,]+ found, [\d,]+ true", f"{found} found, {true} true")
    texts["README.zh-CN.md"] = put(texts["README.zh-CN.md"], r"识别 \d+ 人，实际 \d+ 人", f"识别 {found} 人，实际 {true} 人")
    for name, text in texts.items():
        (ROOT / name).write_text(text, "utf-8")
    five = re.search(r"published[^\n]*\n((?:[^\n]*\n){5})", texts["README.md"]).group(1)
    text = (SAMPLE / "README.md").read_text("utf-8")
    text = put(text, r"```text\n  files.*?```", f"```text\n{five}```")
    text = put(text, r"\d+ persons are found where `truth.csv` has \d+", f"{found} persons are found where `truth.csv` has {true}")
    (SAMPLE / "README.md").write_text(text, "utf-8")
    check.main()


if __name__ == "__main__":
    main()
