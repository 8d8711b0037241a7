"""Rows that senders must mend go round: each night's workbooks are mended with openpyxl, and again from the start with
LibreOffice, into whose cells the values are typed (where it is given), put back into the inbox, and must make exactly
the mended rows accepted.

    mend_round.py BINARY SAMPLE_DATA SCHEMAS [SOFFICE]
"""

import csv
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq

BINARY, SAMPLE, SCHEMAS = (Path(a).resolve() for a in sys.argv[1:4])
SOFFICE = sys.argv[4] if len(sys.argv) > 4 else None
ERROR, WARNING = "FFFBD09E", "FFFFF3B8"
SOURCES = {"服务站点": "station", "学校": "school", "医疗机构": "hospital", "政法公安": "police"}
# Of rows, by the contract; a column that is missing is told of the file, and rejects its rows.
ERRORS = {"missing-value", "type-error", "constraint-error", "unknown-code", "unknown-division", "orphan", "key-conflict",
          "missing-column"}
TABLES = {t["name"]: t for t in (json.loads(p.read_text()) for p in (SCHEMAS / "tables").glob("*.json"))}
TITLES = {t["title"]: t for t in TABLES.values()}


def fail(message):
    sys.exit(f"mend_round: {message}")


def plain(label):
    return re.sub(r"[\s*★☆:：]|\(.*?\)|（.*?）", "", str(label or "")).lower()


class City:
    """A store with its inbox, in a folder of its own."""

    def __init__(self, root):
        self.root = Path(root)
        shutil.copytree(SAMPLE, self.root, ignore=shutil.ignore_patterns("store"))
        rows = csv.DictReader((self.root / "reference/divisions.csv").open(encoding="utf-8-sig"))
        self.divisions = [r["code"] for r in rows]
        self.add_kinds()

    def add_kinds(self):
        """A key of two people in one file, and a file without a required column: the sample has none whose rows are listed."""
        header = "记录编号,站点编号,姓名,性别,出生日期,服务类型,服务日期"
        site = "ZD37083200005"
        two = [f"TH1,{site},王建国,男,1960-01-02,心理咨询,2023-05-01", f"TH1,{site},李秀英,女,1971-05-06,心理咨询,2023-05-02"]
        folder = self.root / "inbox/370832/station"
        (folder / "同号_20231230.csv").write_text("\n".join([header, *two, ""]))
        lacking = [f"QL{n},{site},王建国,1960-01-02,心理咨询,2023-05-0{n}" for n in range(1, 6)]
        (folder / "缺列_20231229.csv").write_text("\n".join([header.replace(",性别", ""), *lacking, ""]))

    def night(self):
        done = subprocess.run([BINARY, "run", "--config", self.root / "xinhui.toml"], capture_output=True, text=True)
        if done.returncode not in (0, 1):
            fail(done.stderr)
        return done.stdout

    def outbox(self):
        return sorted((self.root / "store/private/outbox").glob("*.xlsx"))

    def accepted(self):
        """(dataset, county, key) of each accepted row, with its content but for where it comes from."""
        rows = {}
        for path in sorted((self.root / "store/private/accepted").glob("*/*.parquet")):
            key = TABLES[path.parent.name]["primaryKey"][0]
            for row in pq.read_table(path).to_pylist():
                place = (path.parent.name, path.stem, row[key])
                rows[place] = {k: v for k, v in row.items() if not k.startswith("_")}
        return rows

    def rejects(self):
        table = pq.read_table(self.root / "store/current/internal/quality/rejects.parquet").to_pylist()
        return [r for r in table if r["state"] == "open"]

    def put_back(self, path, name=None):
        county, source = re.search(r"(\d{6})[^_]*_([^_]+)_", path.name).groups()
        shutil.copy(path, self.root / "inbox" / county / SOURCES[source] / (name or path.name))


def cells_of(book):
    """Every row of rows to mend: sheet, line, field declarations by column, and the columns that are marked."""
    for sheet in book:
        if not str(sheet["A1"].value or "").startswith("心汇待改正"):
            continue
        table = TITLES[re.sub(r" \(\d+\)$", "", sheet.title)]
        words = {}
        for field in table["fields"]:
            names = [field["title"], field["name"], *field.get("xinhui", {}).get("aliases", [])]
            words.update({plain(n): field for n in names})
        header = {c.column: words.get(plain(c.value)) for c in sheet[2]}
        for line in range(3, sheet.max_row + 1):
            marked = {}
            for cell in sheet[line]:
                color = cell.fill.fgColor.rgb if cell.fill.fill_type == "solid" else None
                if color in (ERROR, WARNING) and header.get(cell.column):
                    marked[cell.column] = color == ERROR
            yield sheet, line, table, header, marked


def codes():
    import tomllib

    return tomllib.loads((SCHEMAS / "codes.toml").read_text())


CODES = codes()


def id_number(birth, sex, line):
    """A number of a region that does not exist, for the day and sex of a row; none where the day is not given in full."""
    day = re.fullmatch(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*", str(birth or "").split(" ")[0])
    if not day:
        return None
    odd = str(sex).strip() in ("1", "男", "男性", "男士", "M", "先生")
    digits = f"990101{int(day[1]):04}{int(day[2]):02}{int(day[3]):02}{line % 400 * 2 + 100 + odd:03}"
    total = sum(int(d) * w for d, w in zip(digits, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)))
    return digits + "10X98765432"[total % 11]


def value(city, county, table, header, row, column, field, accepted):
    """A value that is right for a field in its row."""
    extra, text = field.get("xinhui", {}), str(row[column].value or "")
    of = {f["name"]: row[c] for c, f in header.items() if f}
    for fk in table.get("foreignKeys", []):
        if fk["fields"][0] == field["name"]:
            if fk["xinhui"]["severity"] != "error":
                return None
            parents = [k for d, c, k in accepted if d == fk["reference"]["resource"] and c == county]
            return sorted(parents)[0]
    if extra.get("role") == "key":
        return f"GZ{county}{row[column].row:05d}"
    if extra.get("division"):
        if extra.get("role") == "identity.residence_code":
            return county
        levels = extra["division"]["levels"]
        return next(c for c in city.divisions if c.startswith(county) and len(c) in levels)
    if extra.get("codes"):
        return CODES[extra["codes"]]["values"][0]["zh"]
    if extra.get("kind") == "id_number":
        birth, sex = (of[f].value if f in of else None for f in ("birth_date", "sex"))
        return id_number(birth, sex, row[column].row)
    number = str(of["id_number"].value or "") if "id_number" in of else ""
    if extra.get("kind") == "sex":
        return "男" if len(number) == 18 and int(number[16]) % 2 else "女"
    if extra.get("kind") == "birth_date":
        return f"{number[6:10]}-{number[10:12]}-{number[12:14]}" if len(number) == 18 else "1985-03-12"
    if extra.get("kind") == "phone":
        return "16000000000"
    if extra.get("kind") == "icd10":
        return "F20.9"
    if field["type"] == "date":
        required = field.get("constraints", {}).get("required")
        return "2023-06-30" if required or not re.match(r"(0001|1900|2099|9999)", text) else None
    if field["type"] == "datetime":
        return "2023-06-30 10:00:00"
    if field["type"] == "boolean":
        return "否"
    if field["type"] in ("integer", "number"):
        limit = extra.get("maximumField")
        if limit:
            return int(float(of[limit].value or 0))
        under = [of[f["name"]].value for f in table["fields"] if f.get("xinhui", {}).get("maximumField") == field["name"]
                 and f["name"] in of]
        least = int(field.get("constraints", {}).get("minimum", 1))
        return max([least, *(int(float(v)) for v in under if re.fullmatch(r"[\d.]+", str(v or "")))])
    return "某某"


class Hand:
    """Who edits: openpyxl, or LibreOffice, into whose cells the values are typed."""

    def __init__(self, folder, office):
        self.folder, self.office, self.jobs = Path(folder), office, []

    def edit(self, book, path, out, edits, disarranged):
        if self.office:
            job = {"path": str(path), "out": str(out), "edits": edits, "disarrange": disarranged is disarrange}
            self.jobs.append(job)
            if disarranged and disarranged is not disarrange:
                fail("LibreOffice cannot do that")
            return
        if disarranged:
            disarranged(book)
        book.save(out)

    def done(self):
        """Types what was left to type; returns the number of cells."""
        if not self.jobs:
            return 0
        jobs = self.folder / "jobs.json"
        jobs.write_text(json.dumps(self.jobs))
        self.jobs = []
        script = Path(__file__).with_name("libreoffice_edits.py")
        # The system's Python has UNO, the one that runs this may not.
        done = subprocess.run(["/usr/bin/python3", script, self.office, jobs], capture_output=True, text=True, timeout=900)
        if done.returncode != 0:
            fail(done.stdout + done.stderr)
        return int(done.stdout)


def mend(city, path, out, accepted, hand, takes=lambda n: True, before_save=None):
    """Mends the rows that `takes` names by their number; returns (dataset, county, key) of those with errors and of the
    others."""
    edits = []
    book = openpyxl.load_workbook(path)
    county = path.name[:6]
    errors, others = set(), set()
    for n, (sheet, line, table, header, marked) in enumerate(cells_of(book)):
        if not takes(n) or not marked:
            continue
        row = {c.column: c for c in sheet[line]}
        # What is only warned of a key is left: a new key would be another record.
        fields = {c: header[c] for c in marked}
        if any(f.get("xinhui", {}).get("role") == "key" and not marked[c] for c, f in fields.items()):
            continue
        if any(f.get("xinhui", {}).get("kind") == "credit_code" for f in fields.values()):
            continue
        order = sorted(fields, key=lambda c: fields[c].get("xinhui", {}).get("kind") != "id_number")
        for column in order:
            mended = value(city, county, table, header, row, column, fields[column], accepted)
            row[column].value = mended
            edits.append([sheet.title, line, column, None if mended is None else str(mended)])
        key = next(row[c].value for c, f in header.items() if f and f["name"] == table["primaryKey"][0])
        (errors if any(marked.values()) else others).add((table["name"], county, str(key)))
    hand.edit(book, path, out, edits, before_save)
    return errors, others


def expect(city, before, errors, others, what):
    """The mended rows, and those that waited for them, are accepted; all else is as it was."""
    after = city.accepted()
    new, gone = set(after) - set(before), set(before) - set(after)
    if gone:
        fail(f"{what}: {len(gone)} accepted rows are gone, {sorted(gone)[:3]}")
    if missing := errors - set(after):
        open_ = [r for r in city.rejects() if r["record_key"] in {k for *_, k in missing}]
        told = [(r["file"], r["row_number"], r["field"], r["message_en"]) for r in open_[:5]]
        fail(f"{what}: {len(missing)} mended rows are not accepted: {sorted(missing)[:3]}\n{told}")
    parents = {k for *_, k in errors}
    # Where one of two people under one key is given a key of its own, the other is right as it is.
    conflict = {("station_service", "370832", "TH1")} if any(k.startswith("GZ") for *_, k in errors) else set()
    for place in new - errors - conflict:
        row = after[place]
        fks = [fk["fields"][0] for fk in TABLES[place[0]].get("foreignKeys", [])]
        if not any(row.get(f) in parents for f in fks):
            fail(f"{what}: a row that nobody mended is accepted: {place}")
    changed = {p for p in set(before) & set(after) if before[p] != after[p]} - others - errors
    if changed:
        fail(f"{what}: rows that nobody mended changed: {sorted(changed)[:3]}")
    return len(new)


def asked(city):
    rows = 0
    for path in city.outbox():
        rows += sum(1 for _ in cells_of(openpyxl.load_workbook(path)))
    return rows


def disarrange(book):
    """Sorts the rows the other way round, hides columns and filters: nothing that changes a row."""
    for sheet in book:
        if not str(sheet["A1"].value or "").startswith("心汇待改正"):
            continue
        rows = [[(c.value, c.number_format) for c in sheet[line]] for line in range(3, sheet.max_row + 1)]
        for line, cells in enumerate(reversed(rows), 3):
            for column, (value, number_format) in enumerate(cells, 1):
                sheet.cell(line, column).value = value
                sheet.cell(line, column).number_format = number_format
        sheet.column_dimensions["E"].hidden = True
        sheet.row_dimensions[3].hidden = True


def kinds_of(city, keys):
    """Kinds of errors of rows that are rejected, by the findings of the night."""
    kinds = {r["code"] for r in city.rejects() if r["severity"] == "error" and r["record_key"] in keys}
    if any(key.startswith("QL") for key in keys):
        kinds.add("missing-column")
    return kinds


def whole(folder, office):
    """Everything that is asked for is mended at once."""
    city, hand = City(folder / "whole"), Hand(folder, office)
    city.night()
    before, open_before, asked_before = city.accepted(), len(city.rejects()), asked(city)
    errors, others, kinds = set(), set(), set()
    mended = []
    for path in city.outbox():
        mended.append(folder / path.name)
        e, o = mend(city, path, mended[-1], before, hand)
        errors |= e
        others |= o
    typed = hand.done()
    # Rows of one key are told apart by new keys; all others keep theirs.
    kinds = kinds_of(city, {k for *_, k in errors} | {"TH1"})
    if missing := ERRORS - kinds:
        fail(f"no row of these kinds was mended: {sorted(missing)}")
    for path in mended:
        city.put_back(path)
    city.night()
    new = expect(city, before, errors, others, "all")
    by = f"{typed} cells typed into LibreOffice" if office else "openpyxl"
    print(f"all at once ({by}): {len(errors)} rejected rows mended, of {len(kinds)} kinds, {new} rows newly accepted, "
          f"{len(others)} warned rows mended; {asked_before} rows asked for, then {asked(city)}; {open_before} findings "
          f"open, then {len(city.rejects())}")
    if len(errors) < 60 or asked(city) > asked_before - len(errors) - len(others):
        fail("too little was mended, or it is asked for again")
    again, left = city.accepted(), asked(city)
    city.night()
    if city.accepted() != again or asked(city) != left:
        fail("a night later it is another store")


def half(folder, office):
    """Half of the rows, disarranged; then the whole of it under another name."""
    city, hand = City(folder / "half"), Hand(folder, office)
    city.night()
    before = city.accepted()
    first, sent = {}, []
    errors, others = set(), set()
    for path in city.outbox():
        first[path.name] = folder / f"first-{path.name}"
        shutil.copy(path, first[path.name])
        out = folder / f"half-{path.name}"
        e, o = mend(city, path, out, before, hand, lambda n: n % 2 == 0, disarrange)
        errors |= e
        others |= o
        sent.append((out, path.name))
    hand.done()
    for out, name in sent:
        city.put_back(out, name)
    city.night()
    new = expect(city, before, errors, others, "half")
    print(f"half of them, sorted, filtered, with hidden columns: {len(errors)} mended, {new} newly accepted")
    more, more_others, sent = set(), set(), []
    for name, path in first.items():
        (folder / "again").mkdir(exist_ok=True)
        named = folder / "again" / name
        path.rename(named)
        out = folder / name
        e, o = mend(city, named, out, before, hand)
        more |= e
        more_others |= o
        sent.append((out, f"again-{name}"))
    hand.done()
    for out, name in sent:
        city.put_back(out, name)
    city.night()
    new = expect(city, before, more, others | more_others, "the same workbook again, whole")
    print(f"the same workbooks again, whole, under other names: {len(more)} mended, {new} newly accepted")


def cut(folder):
    """Rows are deleted: what is left out stays as it is."""
    city, hand = City(folder / "cut"), Hand(folder, None)
    city.night()
    before, asked_before = city.accepted(), asked(city)

    def delete(book):
        for sheet in book:
            if str(sheet["A1"].value or "").startswith("心汇待改正"):
                sheet.delete_rows(3, max(0, sheet.max_row - 3))

    for path in city.outbox():
        out = folder / path.name
        mend(city, path, out, before, hand, lambda n: False, delete)
        city.put_back(out)
    city.night()
    if expect(city, before, set(), set(), "nothing mended and most rows deleted") or asked(city) != asked_before:
        fail("rows that were deleted are not as they were")
    print(f"most rows deleted, none mended: nothing changed, {asked_before} rows are asked for")


def found_right(folder, office):
    """Warned rows are found right, and nobody asks for them again."""
    city, hand = City(folder / "right"), Hand(folder, office)
    city.night()
    before, asked_before = city.accepted(), asked(city)
    sent, warned = [], 0
    for path in city.outbox():
        book = openpyxl.load_workbook(path)
        edits = []
        for sheet, line, _, _, marked in cells_of(book):
            if "【请核对】" in str(sheet.cell(line, 1).value) and "【必须改】" not in str(sheet.cell(line, 1).value):
                edits.append([sheet.title, line, 2, "核对无误"])
                sheet.cell(line, 2).value = "核对无误"
        warned += len(edits)
        out = folder / path.name
        hand.edit(book, path, out, edits, None)
        sent.append(out)
    hand.done()
    for out in sent:
        city.put_back(out)
    city.night()
    if city.accepted() != before or asked(city) != asked_before - warned:
        fail(f"{warned} rows were found right of {asked_before}, and {asked(city)} are asked for")
    print(f"{warned} warned rows found right: {asked_before} rows were asked for, then {asked(city)}")


def main():
    for office in [None, *([SOFFICE] if SOFFICE else [])]:
        for part in (whole, half, found_right):
            with tempfile.TemporaryDirectory() as folder:
                part(Path(folder), office)
    with tempfile.TemporaryDirectory() as folder:
        cut(Path(folder))


main()
