"""Work A by Frictionless: the table schemas of `schemas/tables`, with the code lists as enumerations and what a table
schema cannot say as checks of our own; a process for each core, which takes county after county.

    python benches/peers/validate_frictionless.py FOLDER AS_OF OUT
"""

import csv
import datetime
import multiprocessing
import os
import re
import sys
from collections import Counter
from pathlib import Path

import frictionless
from frictionless import Check, Checklist, Detector, Package, Resource, Schema, errors, system

import declared
from outcome import Clock, write
from service_rows import check_digit

DAMAGED = re.compile(r"\d{15}000|\d+(\.\d+)?E\+?\d+")
PHONE = re.compile(r"1\d{10}|0[1-9]\d{1,2}-?\d{7,8}")
SHAPE = re.compile(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}")
BETWEEN = re.compile(r"[、,;|/]")
NOWHEN = {datetime.date(1, 1, 1), datetime.date(1900, 1, 1), datetime.date(2099, 12, 31), datetime.date(9999, 12, 31)}


class Fault(errors.RowError):
    type = "declared-rule"
    title = "Declared rule"
    description = "A rule that a table schema cannot say"
    template = "{note}"


def birth_inside(number):
    try:
        return datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def read_number(text):
    """The long form, the day inside if the number is right, and whether it is damaged."""
    number = text.upper().replace(" ", "")
    if len(number) == 15 and number.isdigit():
        number = number[:6] + "19" + number[6:]
        number += check_digit(number)
    if len(number) == 18 and number[:17].isdigit() and number[17] == check_digit(number[:17]):
        if day := birth_inside(number):
            return number, day, False
    return number, None, DAMAGED.fullmatch(number) is not None


class Rules(Check):
    """What a table schema cannot say: severity, code and field of each fault stand in its note."""

    type = "declared-rules"
    Errors = [Fault]

    def __init__(self, divisions):
        super().__init__()
        self.divisions = divisions
        self.population = set(declared.words("population"))
        self.sexes, self.types = declared.words("sex"), declared.words("id_type")
        self.families = {word for word, code in declared.words("beneficiary").items() if code == "family"}

    def validate_row(self, row):
        if row["void"]:
            return
        for note in self.faults(row):
            yield Fault.from_row(row, note=note)

    def faults(self, row):
        group = row["population"]
        if group and group not in self.population and any(part.strip() not in self.population for part in BETWEEN.split(group)):
            yield "error unknown-code population"
        related = row["related_id_number"]
        if not related:
            if row["beneficiary"] in self.families:
                yield "error missing-value related_id_number"
        else:
            _, day, damaged = read_number(related)
            if not day:
                yield f"warning id-number-{'damaged' if damaged else 'checksum'} related_id_number"
        born = row["birth_date"]
        if born in NOWHEN:
            yield "warning placeholder-date birth_date"
            born = None
        if row["service_date"] in NOWHEN:
            yield "warning placeholder-date service_date"
        written = row.cells[declared.COLUMNS.index("id_type")]
        resident = self.types.get(row["id_type"]) == "01" if row["id_type"] else not written
        if row["id_number"] and resident:
            yield from self.faults_of_number(row, born)
        if row["phone"] and not PHONE.fullmatch(row["phone"]):
            yield "warning phone-format phone"
        residence = row["residence_code"]
        if residence and residence not in self.divisions and SHAPE.fullmatch(residence):
            yield "warning unknown-division residence_code"

    def faults_of_number(self, row, born):
        number, day, damaged = read_number(row["id_number"])
        if not day:
            yield f"warning id-number-{'damaged' if damaged else 'checksum'} id_number"
            return
        # A date that lies before the first one allowed is none to Frictionless, though it can be read.
        born = born or early_day(row.cells[declared.COLUMNS.index("birth_date")])
        if born and born != day:
            yield "warning id-number-mismatch birth_date"
        sex = self.sexes.get(row["sex"])
        if sex in ("1", "2") and (sex == "1") != (int(number[16]) % 2 == 1):
            yield "warning id-number-mismatch sex"


def early_day(cell):
    try:
        day = datetime.date.fromisoformat(cell)
    except (TypeError, ValueError):
        return None
    return None if day in NOWHEN else day


def schema(as_of):
    descriptor = declared.table()
    for field in descriptor["fields"]:
        constraints = field.setdefault("constraints", {})
        if codes := declared.CODED.get(field["name"]):
            if field["name"] != "population":
                constraints["enum"] = list(declared.words(codes))
        if field["name"] in ("birth_date", "service_date"):
            constraints["maximum"] = as_of
    return Schema.from_descriptor(descriptor)


def known_divisions(folder):
    with open(folder / "reference/divisions.csv", encoding="utf-8-sig", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    return {code[:n] for code in codes for n in (2, 4, 6, 9, 12) if len(code) >= n}


def with_names(source, target, name):
    """A copy with field names for titles: Frictionless knows a column by its name alone."""
    titles = declared.titles(name)
    with open(source, encoding="utf-8-sig", newline="") as old, open(target, "a", encoding="utf-8", newline="") as new:
        head, body = old.readline(), old.read()
        if new.tell() == 0:
            new.write(",".join(titles[title] for title in head.strip().split(",")) + "\n")
        new.write(body)
    return target


def judge(county):
    """Faults of the contacts of one county."""
    folder, as_of, out, service = county
    system.trusted = True
    place = out / service.parts[-3]
    place.mkdir(exist_ok=True)
    site = next((folder / "inbox" / service.parts[-3] / "station").glob("station_site_*.csv"))
    files = {"station_service": with_names(service, place / "service.csv", "station_service"),
             "station_site": with_names(site, place / "site.csv", "station_site"), "hospital_site": out / "hospital_site.csv"}
    schemas = {"station_service": schema(as_of)} | {n: Schema.from_descriptor(declared.table(n)) for n in ("station_site", "hospital_site")}
    for parent in ("station_site", "hospital_site"):
        schemas[parent].foreign_keys = []
    package = Package(resources=[Resource(name=name, path=str(path), schema=schemas[name], detector=Detector(schema_sync=True))
                                 for name, path in files.items()])
    report = package.get_resource("station_service").validate(Checklist(checks=[Rules(known_divisions(folder))]), limit_errors=10**9)
    task, = report.tasks
    rejects = [(service.name, error.row_number, *told(error)) for error in task.errors]
    return task.stats["rows"], rejects


def told(error):
    """Severity, code and field."""
    if isinstance(error, Fault):
        return error.note.split(" ")
    if isinstance(error, errors.ForeignKeyError):
        field, = error.field_names
        return ["error" if field == "site_id" else "warning", "orphan", field]
    if isinstance(error, errors.PrimaryKeyError):
        return ["", "repeated", "record_id"]
    kind = re.search(r'constraint "(\w+)"', error.note)
    code = {"required": "missing-value", "enum": "unknown-code"}.get(kind[1], "constraint-error") if kind else error.type
    return ["error", code, error.field_name]


def main():
    folder, as_of, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    clock = Clock()
    for path in sorted((folder / "inbox").glob("*/hospital/hospital_site_*.csv")):
        with_names(path, out / "hospital_site.csv", "hospital_site")
    counties = [(folder, as_of, out, service) for service in declared.service_files(folder / "inbox")]
    counts, rows = Counter(), 0
    with multiprocessing.Pool(os.cpu_count()) as pool, open(out / "rejects.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for n, rejects in pool.imap_unordered(judge, counties):
            rows += n
            writer.writerows(rejects)
            counts.update(f"{severity} {code}".strip() for _, _, severity, code, _ in rejects)
    took = clock.told()
    write(out, **took, rows=rows, repeated=counts.pop("repeated", 0), counts=counts, versions={"Frictionless": frictionless.__version__})


if __name__ == "__main__":
    main()
