"""An outsider attacks the public editions of a store: what he can work out of each small number that is hidden.

    python .ci/attack.py [--weaken] [--schemas DIR] SNAPSHOT...

He sees the files below `public/` of every snapshot given, the policy, the declarations of indicators and rollups, and
what the contract says adds up. By linear programs (HiGHS) he bounds every hidden number, twice: taking all that is
meant to add up as if it did, and by the true inequalities of distinct persons. A judge, who reads `internal/` too,
says which hidden numbers are small, and fails when one of them is left with fewer than t - 1 values. With `--weaken`
one number that only protects another is shown first: then he must succeed.

Where the policy rounds, no number is shown as it is: he knows of each the multiple of the base that it is nearest to,
and bounds all of them. `--weaken` then tells him what the numbers are that stand around one small one.
"""

import datetime
import json
import random
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import highspy
import numpy as np
import pyarrow.parquet as pq

arguments = sys.argv[1:]
weaken = "--weaken" in arguments
schemas = Path(__file__).resolve().parent.parent / "schemas"
if "--schemas" in arguments:
    at = arguments.index("--schemas")
    schemas = Path(arguments.pop(at + 1))
    arguments.pop(at)
snapshots = [Path(a) for a in arguments if a != "--weaken"]
policy = tomllib.loads((schemas / "disclosure.toml").read_text(encoding="utf-8"))
public = next(a for a in policy["audience"] if a["name"] == "public")
T = public["smallest"]
PER_PERSON = {t["indicator"]: t["per_person"] for t in policy.get("things", [])}
# What numbers are rounded to; nothing where they are hidden.
BASE = public.get("base")
INDICATORS = {
    i["id"]: i
    for f in sorted((schemas / "indicators").glob("*.toml"))
    for i in tomllib.loads(f.read_text(encoding="utf-8"))["indicator"]
}
ROLLUPS = {
    r["name"]: r for r in tomllib.loads((schemas / "rollups/rollups.toml").read_text(encoding="utf-8"))["rollup"]
}
CONDITIONS = tomllib.loads((schemas / "rollups/rollups.toml").read_text(encoding="utf-8")).get("condition", [])
# Rollups of periods by the fact that holds the same of twelve months.
TWELVE_MONTHS = {
    t["fact"]: t["rollup"]
    for t in tomllib.loads((schemas / "rollups/rollups.toml").read_text(encoding="utf-8")).get("twelve_months", [])
}
ROOMY = 100_000.0


def rows(path, columns):
    table = pq.read_table(path, columns=columns)
    return zip(*(table[c].to_pylist() for c in columns))


def year_before(period):
    return f"{int(period[:4]) - 1:04}{period[4:]}"


def longer(period):
    """The period that a period is the part of; none of a year."""
    year, rest = period[:4], period[4:]
    if rest.startswith("-Q"):
        return f"{year}-H{(int(rest[2:]) + 1) // 2}"
    if rest.startswith("-H"):
        return year
    if rest.startswith(".."):
        return None
    if rest:
        return f"{year}-Q{(int(rest[1:]) + 2) // 3}"
    return None


def year_until(day, as_of):
    """The period of tables that is the year up to a day; else the day, of which months are the parts."""
    periods = [f"{day.year}", f"{day.year}-H1", f"{day.year}-Q1", f"{day.year}-01"]
    same = next((p for p in periods if day == last_day(p) or (day == as_of and day < last_day(p))), None)
    return at_day(same, str(day)) if same else f"{day.year}..{day}"


def months_of(period):
    """Months that make up the year, or the year before, up to a day, where it is the last of a month."""
    day = datetime.date.fromisoformat(period[6:])
    return [f"{period[:4]}-{m:02}" for m in range(1, day.month + 1)] if (day + datetime.timedelta(days=1)).day == 1 else []


def parts_of(period):
    """The periods that a period of an indicator adds up from; of one that goes on (its name, a space, the day up to which
    it was counted) those that have begun."""
    name, _, day = period.partition(" ")
    year, rest = name[:4], name[4:]
    if not rest:
        parts = [f"{year}-H1", f"{year}-H2"]
    elif rest.startswith("-H"):
        parts = [f"{year}-Q{2 * int(rest[2:]) - n}" for n in (1, 0)]
    elif rest.startswith("-Q"):
        parts = [f"{year}-{3 * int(rest[2:]) - n:02}" for n in (2, 1, 0)]
    else:
        return []
    return [at_day(p, day) for p in parts if not day or first_day(p) <= in_year(day, year)]


def at_day(period, day):
    """A period as it was counted on a day: what an open period has on another day is another number."""
    return f"{period} {day}" if day and in_year(day, period[:4]) < last_day(period) else period


def in_year(day, year):
    """The day in that year, which may be the one before; of the 29th of February the 28th."""
    month, day = int(day[5:7]), int(day[8:])
    return datetime.date(int(year), month, min(day, 28) if month == 2 else day)


def first_day(period):
    year, rest = int(period[:4]), period[4:]
    month = 1 if not rest else 6 * int(rest[2:]) - 5 if "H" in rest else 3 * int(rest[2:]) - 2 if "Q" in rest else int(rest[1:])
    return datetime.date(year, month, 1)


def last_day(period):
    """The last day of a period."""
    year, rest = int(period[:4]), period[4:]
    month = 12 if not rest else 6 * int(rest[2:]) if "H" in rest else 3 * int(rest[2:]) if "Q" in rest else int(rest[1:])
    return datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)


def counts_people(part):
    return isinstance(part, dict) and part.get("counts", "nobody") != "nobody"


def quantity(indicator, part):
    """Numbers of one fact that are counted alike are one number, whichever table shows them."""
    return (indicator["fact"], json.dumps({k: v for k, v in part.items() if k != "counts"}, sort_keys=True))


def as_rows(indicator, part):
    """Rows of rollups that a number of an indicator is: the rollup, its measure, a dimension and the values that count."""
    wanted = (part.get("where") or "").split(" AND ")
    for of in CONDITIONS:
        rollup = ROLLUPS[of["rollup"]]
        rest = [c for c in wanted if c != of["where"]]
        if rollup["fact"] != indicator["fact"] or len(rest) == len(wanted) or "distinct" not in part:
            continue
        sql = part["distinct"] if not rest else f"CASE WHEN {' AND '.join(rest)} THEN {part['distinct']} END"
        for measure, declared in rollup["measures"].items():
            if declared["sql"] == f"COUNT(DISTINCT {sql})":
                yield of["rollup"], measure, of["dimension"], of["values"]


def parents(codes):
    """The nearest division above each, among those given."""
    return {c: next((c[:n] for n in (9, 6, 4) if n < len(c) and c[:n] in codes), None) for c in codes}


class World:
    """Cells by key: numbers that are shown, and the relations between all."""

    def __init__(self):
        self.shown, self.hidden, self.exact = {}, {}, {}
        # What he knows of numbers that are rounded.
        self.rounded = {}
        self.sums, self.at_most, self.covered = [], [], []
        self.watched = []
        # Numbers of twelve months by indicator and division, then by last day and part.
        self.windows = defaultdict(lambda: defaultdict(dict))
        self.in_time, self.in_slot = set(), defaultdict(set)
        # Numbers of indicators that are several rows of a rollup together, with what the rows add up to in truth.
        self.together = {}
        self.faults = []
        self.changed = 0

    def see(self, key, value, least, base=None):
        if base and value is not None:
            if value % base:
                self.faults.append(f"{key}: {value} is not rounded")
            low, high = self.rounded.get(key, (0, ROOMY))
            low, high = max(low, least, value - base // 2), min(high, value + (base - 1) // 2)
            if low > high:
                # It changed from one edition to the next.
                low, high = max(least, value - base // 2), value + (base - 1) // 2
            self.rounded[key] = low, high
            value = None
        if value is None:
            self.hidden[key] = max(least, self.hidden.get(key, 0))
        else:
            self.changed += self.shown.get(key, value) != value
            self.shown[key] = value

    def bounds(self, key):
        if key in self.shown:
            return self.shown[key], self.shown[key]
        low, high = self.rounded.get(key, (0, ROOMY))
        return max(low, self.hidden.get(key, 0)), high


def read(world, snapshot):
    as_of = datetime.date.fromisoformat(json.loads((snapshot / "internal/disclosure/edition.json").read_text())["as_of"])
    exact_dir = snapshot / "internal/disclosure/exact"
    columns = ["indicator", "division_code", "period", "period_end", "complete", "numerator", "denominator"]
    for path in sorted((snapshot / "public/indicators").glob("*.parquet")):
        shown = rows(path, [*columns, "status", "value"])
        exact = {r[:3]: r[5:] for r in rows(exact_dir / "indicators" / path.name, columns)}
        for name, code, period, end, complete, n, d, status, value in shown:
            indicator = INDICATORS[name]
            day = end if complete else as_of
            at = period if complete else f"{period} {as_of}"
            see_indicator(world, indicator, code, at, day, n, d, status, exact[name, code, period])
            if n is None and value is not None:
                world.faults.append(f"{path.name} {name} {code} {period}: a value of a hidden number")
    columns = ["indicator", "division_code", "evaluated_on", "numerator", "denominator"]
    path = "scorecard/scorecard.parquet"
    exact = list(rows(exact_dir / path, columns))
    exact = {r[:3]: r[3:] for r in exact}
    for name, code, day, n, d, status, verdict in rows(snapshot / "public" / path, [*columns, "status", "verdict"]):
        indicator = INDICATORS[name]
        if not "village" in json.dumps(indicator.get("target", "")):
            # Of a number of its period, the year up to the day.
            period = year_until(day, as_of) if indicator["window"] == "period" else None
            see_indicator(world, indicator, code, period, day, n, d, status, exact[name, code, day])
        if n is None and verdict is not None:
            world.faults.append(f"scorecard {name} {code}: a verdict on a hidden number")
    for name, rollup in ROLLUPS.items():
        read_rollup(world, snapshot, exact_dir, name, rollup, as_of)


def see_indicator(world, indicator, code, period, day, n, d, status, exact):
    parts = indicator["numerator"], indicator.get("denominator")
    if indicator["window"] == "t12m" and all(isinstance(p, dict) and p.get("counts") == "of-persons" for p in parts) and not BASE:
        window = world.windows[indicator["id"], code][day]
        window.update({part: v for part, v in (("numerator", n), ("denominator", d)) if v is not None})
        if len(window) == 2:
            window["rest"] = window["denominator"] - window["numerator"]
    base = BASE and status != "suppressed" and BASE * PER_PERSON.get(indicator["id"], 1)
    if BASE and n is not None and counts_people(parts[0]) and status != "rounded":
        world.faults.append(f"{indicator['id']} {code} {period} {day}: {status}, not rounded")
    if not any(counts_people(p) for p in parts) or status == "no_data":
        return
    name = indicator["id"]
    change = indicator["unit"] == "percent_change"
    if indicator["window"] == "period":
        above, below = (name, period, code), (name, year_before(period), code) if change else None
    else:
        above = (*quantity(indicator, parts[0]), day, code)
        below = (*quantity(indicator, parts[1]), day, code) if counts_people(parts[1]) else None
    small = (T - 1) * PER_PERSON.get(name, 1)
    if counts_people(parts[0]) or change:
        # A count of nothing is never hidden; the numerator of a rate may be, for another. All are rounded alike.
        world.see(above, n, int(not below and not BASE), base)
        world.exact[above] = exact[0]
        world.watched.append((name, (above,), exact[0], small))
    if below:
        if d is not None or not base:
            world.see(below, d, 0 if change or BASE else 1, base or (BASE and BASE * PER_PERSON.get(name, 1)))
        world.exact[below] = exact[1]
        world.watched.append((name, (below,), exact[1], small))
        if counts_people(parts[0]):
            world.watched.append((name, (below, above), exact[1] - exact[0], small))
            if not change:
                world.at_most.append((above, below))


def read_rollup(world, snapshot, exact_dir, name, rollup, as_of):
    path = f"rollups/{name}/{name}.parquet"
    people = {m: d for m, d in rollup["measures"].items() if counts_people(d)}
    if not people:
        return
    dimensions = [d if isinstance(d, str) else d["name"] for d in rollup["dimensions"]]
    keys = ["division_code", "period", *dimensions]
    of_days = rollup["fact"].endswith("_period")
    # Rows that are a number of an indicator, and such that are one together.
    one_number, together = {}, {}
    for indicator in INDICATORS.values():
        for part in (indicator["numerator"], indicator.get("denominator")):
            if not counts_people(part) or indicator["window"] == "period" or indicator["fact"] != rollup["fact"]:
                continue
            for measure, declared in people.items():
                counted = f"CASE WHEN {part['where']} THEN person_key END" if "where" in part else "person_key"
                if part.get("distinct") == "person_key" and declared["sql"] == f"COUNT(DISTINCT {counted})":
                    one_number[measure, tuple("_all" for _ in dimensions)] = quantity(indicator, part)
            for of, measure, dimension, taken in as_rows(indicator, part):
                slots = [tuple(v if d == dimension else "_all" for d in dimensions) for v in taken]
                if of == name and len(slots) == 1:
                    one_number[measure, slots[0]] = quantity(indicator, part)
                elif of == name:
                    together[quantity(indicator, part)] = [(measure, slot) for slot in slots]

    def cell_of(measure, code, period, *values):
        end = last_day(period)
        if of_days:
            # What an open period has on another day is another number.
            return (f"rollup {name}", measure, code, period if end <= as_of else f"{period} {as_of}", *values)
        # Persons on a day: the same for every period that ends on it, and for indicators that count them all.
        day = min(end, as_of)
        same = one_number.get((measure, values))
        return (*same, day, code) if same else (f"rollup {name}", measure, code, day, *values)

    exact = {r[: len(keys)]: r[len(keys) :] for r in rows(exact_dir / path, [*keys, *people])}
    for row in rows(snapshot / "public" / path, [*keys, "status", "complete", *people]):
        key, status, numbers = row[: len(keys)], row[len(keys)], row[len(keys) + 2 :]
        for at, (measure, declared) in enumerate(people.items()):
            if (numbers[at] is None) != (status == "suppressed") or status not in ("suppressed", "rounded" if BASE else "ok"):
                world.faults.append(f"{path} {key}: a number beside its state")
            cell = cell_of(measure, *key)
            if of_days and longer(key[1]):
                world.in_time.add((cell_of(measure, key[0], longer(key[1]), *key[2:]), cell))
            for at_value, value in enumerate(key[2:]):
                whole = [*key[2:]]
                whole[at_value] = "_all"
                crossed = sum(v != "_all" for v in key[2:]) == 2
                if value != "_all" and (crossed or isinstance(rollup["dimensions"][at_value], str)):
                    world.in_slot[cell_of(measure, *key[:2], *whole), at_value, crossed].add(cell)
                elif value != "_all":
                    # A field with several values: each is at most the whole.
                    world.at_most.append((cell, cell_of(measure, *key[:2], *whole)))
            for number, slots in together.items():
                if (measure, key[2:]) in slots:
                    day = min(last_day(key[1]), as_of)
                    world.together.setdefault((*number, day, key[0]), set()).add(cell)
            leading = "part_of" not in declared and not measure.startswith("items")
            many = 1 if leading or "part_of" in declared else max(PER_PERSON.values(), default=1)
            world.see(cell, numbers[at], int(leading), BASE and BASE * many)
            world.exact[cell] = exact[key][at]
            world.watched.append((f"{name}.{measure}", (cell,), exact[key][at], T - 1))
            whole = declared.get("part_of") or (None if measure == "persons" else declared.get("of"))
            if declared.get("part_of"):
                other = cell_of(whole, *key)
                world.watched.append((f"{name}.{measure}", (other, cell), exact[key][list(people).index(whole)] - exact[key][at], T - 1))
                world.at_most.append((cell, other))
            elif whole:
                world.at_most.append((cell_of(whole, *key), cell))


def subtract_windows(world):
    """Numbers of twelve months grow by what comes in and shrink by what is a year old. Who knows all of the year before,
    or that there was nothing, knows by subtraction what came in between two that are shown."""
    found = []
    for (name, code), days in world.windows.items():
        first = min(days)
        for part in ("denominator", "numerator", "rest"):
            few = (T - 1) * PER_PERSON.get(name, 1) if part == "denominator" else T - 1
            since = {}
            for day in sorted(days):
                if part not in days[day]:
                    continue
                before = last_of_month(day.year - 1, day.month) if is_month_end(day) else in_year(str(day), day.year - 1)
                if before < first:
                    since[day] = days[day][part]
                elif before in since:
                    since[day] = days[day][part] + since[before]
            known = sorted(since)
            for a, b in zip(known, known[1:]):
                if 1 <= since[b] - since[a] <= few:
                    found.append(f"{name} {code} {part}: {since[b] - since[a]} came in from {a} to {b}")
    print(f"  windows of twelve months: {len(world.windows)} series subtracted; {len(found)} broken")
    return found


def is_month_end(day):
    return (day + datetime.timedelta(days=1)).day == 1


def last_of_month(year, month):
    return datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)


def relate(world):
    """What is meant to add up: (whole, parts, whether it does without fail: things, not persons)."""
    cells = world.shown.keys() | world.hidden.keys()
    groups = defaultdict(set)
    for cell in cells:
        if not cell[0].startswith("rollup "):
            groups[cell[:-1]].add(cell[-1])
    for head, codes in groups.items():
        below = defaultdict(list)
        for code, above in parents(codes).items():
            if above:
                below[above].append((*head, code))
        world.sums += [((*head, above), parts) for above, parts in below.items()]
    for whole, parts in world.together.items():
        # Somebody may be in two of them: what is shown then contradicts the sum.
        if whole in cells:
            world.sums.append((whole, sorted(parts, key=str)))
    changes = {i for i, d in INDICATORS.items() if d["window"] == "period"}
    for cell in cells:
        if cell[0] in changes:
            parts = months_of(cell[1]) if ".." in cell[1] else parts_of(cell[1])
            parts = [(cell[0], part, cell[2]) for part in parts]
            if parts and all(part in cells for part in parts):
                world.sums.append((cell, parts))
    relate_rollups(world, cells)
    relate_months(world, cells)


def relate_months(world, cells):
    """A number of twelve months is that of the months in it, or of persons, of the year that it is."""
    slot = {name: ("_all",) * len(r["dimensions"]) for name, r in ROLLUPS.items()}
    places, months = set(), defaultdict(list)
    for cell in cells:
        if cell[0].startswith("rollup ") and cell[4:] == slot[cell[0][7:]]:
            places.add((cell[0], cell[2]))
            period, _, day = str(cell[3]).partition(" ")
            if len(period) == 7 and period[5] not in "QH":
                last = datetime.date.fromisoformat(day) if day else last_day(period)
                months[cell[:3]].append((first_day(period), last, cell))
    for cell in [c for c in cells if c[0] in TWELVE_MONTHS and isinstance(c[2], datetime.date)]:
        fact, part, day, code = cell
        name, part = TWELVE_MONTHS[fact], json.loads(part)
        sql = f"SUM({part['sum']})" if "sum" in part else f"COUNT(DISTINCT {part['distinct']})" if "distinct" in part else None
        if "where" in part or (f"rollup {name}", code) not in places:
            continue
        for measure in (m for m, d in ROLLUPS[name]["measures"].items() if d["sql"] == sql):
            head = (f"rollup {name}", measure, code)
            if ROLLUPS[name]["measures"][measure]["counts"] == "persons":
                year = (*head, str(day.year), *slot[name])
                if (day.month, day.day) == (12, 31) and year in cells:
                    world.sums.append((cell, [year]))
                continue
            after = in_year(str(day), day.year - 1)
            after = last_of_month(after.year, after.month) if is_month_end(day) else after
            since = min(first for (n, *_), of in months.items() if n == head[0] for first, _, _ in of)
            if since <= after + datetime.timedelta(days=1) and not any(first <= after < last for first, last, _ in months[head]):
                parts = sorted((m for first, last, m in months[head] if first > after and last <= day), key=str)
                world.sums.append((cell, parts))


def relate_rollups(world, cells):
    sums = defaultdict(list)
    codes = defaultdict(set)
    for cell in cells:
        if cell[0].startswith("rollup "):
            codes[cell[0]].add(cell[2])
    above_of = {name: parents(c) for name, c in codes.items()}
    for cell in cells:
        if cell[0].startswith("rollup ") and above_of[cell[0]][cell[2]]:
            sums[(*cell[:2], above_of[cell[0]][cell[2]], *cell[3:]), "tree"].append(cell)
    for (whole, at, crossed), parts in world.in_slot.items():
        sums[whole, f"{at} {crossed}"] = sorted(parts, key=str)
    for whole, part in sorted(world.in_time, key=str):
        # Persons come again from month to month, things do not.
        of_persons = ROLLUPS[part[0][7:]]["measures"][part[1]]["counts"] == "of-persons"
        sums[whole, "time" if of_persons else "time of persons"].append(part)
    for (whole, how), parts in sums.items():
        if whole in cells:
            (world.covered if how == "time of persons" else world.sums).append((whole, parts))


class Program:
    """One component of cells that hang together, as a linear program."""

    def __init__(self, world, cells, sums, at_most, covered, additive):
        self.cells = sorted(cells)
        self.column = {c: at for at, c in enumerate(self.cells)}
        self.low = np.array([float(world.bounds(c)[0]) for c in self.cells])
        self.high = np.array([world.bounds(c)[1] for c in self.cells])
        self.rows = []
        for whole, parts in sums:
            if additive:
                self.add({whole: 1.0, **{p: -1.0 for p in parts}}, 0.0, 0.0, world)
            else:
                self.cover(whole, parts, world)
        for whole, parts in covered:
            self.cover(whole, parts, world)
        for part, whole in at_most:
            self.add({whole: 1.0, part: -1.0}, 0.0, np.inf, world)
        self.solver = None

    def cover(self, whole, parts, world):
        self.add({whole: -1.0, **{p: 1.0 for p in parts}}, 0.0, np.inf, world)
        for part in parts:
            self.add({whole: 1.0, part: -1.0}, 0.0, np.inf, world)

    def add(self, terms, low, high, world):
        """A relation of hidden cells, unless what is shown contradicts it: then it tells nothing."""
        given = sum(c * world.shown[k] for k, c in terms.items() if k in world.shown)
        terms = {self.column[k]: c for k, c in terms.items() if k not in world.shown}
        low, high = low - given, high - given
        least = sum(c * (self.low[k] if c > 0 else self.high[k]) for k, c in terms.items())
        most = sum(c * (self.high[k] if c > 0 else self.low[k]) for k, c in terms.items())
        if terms and least <= high and most >= low:
            self.rows.append((low, high, terms))

    def start(self):
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.cells), len(self.rows)
        lp.col_cost_ = np.zeros(len(self.cells))
        lp.col_lower_, lp.col_upper_ = self.low, self.high
        lp.row_lower_ = np.array([r[0] for r in self.rows])
        lp.row_upper_ = np.array([r[1] for r in self.rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(r[2]) for r in self.rows)])
        lp.a_matrix_.index_ = np.array([k for r in self.rows for k in r[2]], dtype=np.int32)
        lp.a_matrix_.value_ = np.array([c for r in self.rows for c in r[2].values()])
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        self.solver.setOptionValue("parallel", "off")
        self.solver.passModel(lp)

    def solve(self, costs):
        """The cells where `costs` are least; none where the relations contradict each other."""
        self.solver.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self.solver.getSolution().col_value)


class Targets:
    """Small numbers of a component, each a cell or a difference of two, and how far apart they were seen."""

    def __init__(self, world, program, watched):
        self.names, self.keys, values, given = [], [], [], []
        first, second = [], []
        for cells, (name, value) in watched.items():
            columns = [program.column.get(c, -1) for c in cells]
            self.names.append(name)
            self.keys.append(cells)
            values.append(value)
            given.append(sum(world.shown[c] * (1 - 2 * i) for i, c in enumerate(cells) if c in world.shown))
            first.append(columns[0])
            second.append(columns[1] if len(columns) == 2 else -1)
        self.value, self.given = np.array(values), np.array(given, dtype=float)
        self.first, self.second = np.array(first), np.array(second)
        self.low, self.high = np.full(len(values), np.inf), np.full(len(values), -np.inf)
        self.columns = len(program.cells)

    def see(self, point):
        point = np.append(point, 0.0)
        here = point[self.first] - point[self.second] + self.given
        self.low, self.high = np.minimum(self.low, here), np.maximum(self.high, here)

    def narrow(self):
        return np.flatnonzero(np.floor(self.high + 1e-6) - np.ceil(self.low - 1e-6) < T - 2)

    def costs(self, which, signs):
        costs = np.zeros(self.columns + 1)
        np.add.at(costs, self.first[which], signs)
        np.subtract.at(costs, self.second[which], signs)
        return costs[:-1]

    def has_truth(self, one):
        return self.low[one] - 1e-6 <= self.value[one] <= self.high[one] + 1e-6

    def line(self, one):
        places = " - ".join(str(c[-3:]) for c in self.keys[one])
        return f"{self.names[one]} {places} = {self.value[one]}: between {self.low[one]:.0f} and {self.high[one]:.0f}"


def components(world, relations):
    """Hidden cells that hang together, with their relations."""
    up = {c: c for c in world.hidden if c not in world.shown}

    def find(c):
        while up[c] != c:
            up[c] = up[up[c]]
            c = up[c]
        return c

    touched = []
    for kind, relation in relations:
        whole, parts = (relation[0], relation[1]) if kind != "at_most" else (relation[1], [relation[0]])
        hidden = [c for c in (whole, *parts) if c in up]
        touched.append(hidden)
        for c in hidden[1:]:
            up[find(hidden[0])] = find(c)
    found = defaultdict(lambda: {"cells": [], "sums": [], "at_most": [], "covered": []})
    for c in up:
        found[find(c)]["cells"].append(c)
    for (kind, relation), hidden in zip(relations, touched):
        if hidden:
            found[find(hidden[0])][kind].append(relation)
    # In an order that is the same whatever order the files were read in.
    return dict(sorted(found.items(), key=lambda item: str(min(item[1]["cells"], key=str))))


def attack(world, additive, only=None):
    """Small cells that are left with too few values, of all groups or of the one with these cells."""
    relations = [("sums", r) for r in world.sums] + [("at_most", r) for r in set(world.at_most)]
    if not additive:
        relations += [("covered", r) for r in world.covered]
    found = components(world, relations)
    watched = defaultdict(dict)
    of_cell = {c: at for at, part in enumerate(found.values()) for c in part["cells"]}
    for name, cells, value, largest in world.watched:
        hidden = tuple(c for c in cells if c in of_cell)
        if 1 <= value <= largest:
            if not hidden:
                world.faults.append(f"{name} {cells}: {value} is shown, or follows from what is shown")
            else:
                watched[of_cell[hidden[0]]][cells] = (name, value)
    tally = Tally()
    for at, part in enumerate(found.values()):
        if at not in watched or (only and not only & set(part["cells"])):
            continue
        tally.looked += len(watched[at])
        if tally.bound(world, part, watched[at], additive):
            continue
        # What is assumed contradicts what is published somewhere: he tries each sum by itself.
        tally.contradicted += len(watched[at])
        for whole, parts in part["sums"]:
            cells = {c for c in (whole, *parts) if c in of_cell}
            bounds = [(low, high) for low, high in part["at_most"] if (low in cells or high in cells) and not (low in of_cell and high in of_cell)]
            own = {cells_of: w for cells_of, w in watched[at].items() if all(c in cells or c not in of_cell for c in cells_of)}
            if own:
                tally.bound(world, {"cells": cells, "sums": [(whole, parts)], "at_most": bounds, "covered": []}, own, additive)
    how = "sums" if additive else "inequalities of distinct persons"
    print(f"  {how}: {tally.looked} small numbers in {len(watched)} groups, {tally.solved} programs; {tally.contradicted} in groups that "
          f"contradict the assumption, {tally.misled} where it misleads him; {len(tally.broken)} broken")
    return tally.broken


class Tally:
    """What he has tried, and what came of it."""

    def __init__(self):
        self.chance = random.Random(1)
        self.broken = []
        self.solved = self.contradicted = self.misled = self.looked = 0

    def bound(self, world, part, watched, additive):
        """Bounds the watched numbers of a component; false where its relations contradict each other."""
        program = Program(world, part["cells"], part["sums"], part["at_most"], part["covered"], additive)
        program.start()
        targets = Targets(world, program, watched)
        point = program.solve(np.zeros(len(program.cells)))
        self.solved += 1
        if point is None:
            return False
        targets.see(point)
        # Most cells are seen to be open where many others are least or greatest.
        idle = 0
        while idle < 3 and len(targets.narrow()) > 3:
            before = len(targets.narrow())
            signs = [self.chance.choice((-1.0, 1.0)) for _ in targets.narrow()]
            targets.see(program.solve(targets.costs(targets.narrow(), signs)))
            self.solved += 1
            idle = idle + 1 if len(targets.narrow()) == before else 0
        for one in targets.narrow():
            for sign in (1.0, -1.0):
                if one in targets.narrow():
                    targets.see(program.solve(targets.costs([one], [sign])))
                    self.solved += 1
            if one in targets.narrow():
                if targets.has_truth(one):
                    self.broken.append(targets.line(one))
                else:
                    self.misled += 1
        return True


def reveal_around_one(world):
    """Tells him the numbers beside and above one that is small, and in no crossing."""
    small = {cells[0] for _, cells, value, largest in world.watched if len(cells) == 1 and 1 <= value <= largest}
    for whole, parts in sorted(world.sums, key=str):
        ones = [p for p in parts if p in small and p not in world.shown]
        if ones and whole not in world.shown and sum(world.exact.get(p, 0) for p in parts) == world.exact[whole]:
            for cell in {whole, *parts} - {ones[0]}:
                world.shown[cell] = world.exact[cell]
            print(f"weakened: what stands around {ones[0]} is shown")
            return {ones[0]}
    sys.exit("no small number in a sum")


def reveal_one(world):
    """Shows a number that only protects one other: a small child whose parent and other siblings are shown."""
    small = {cells[0] for _, cells, value, largest in world.watched if len(cells) == 1 and 1 <= value <= largest}
    for whole, parts in sorted(world.sums, key=str):
        hidden = [p for p in parts if p not in world.shown]
        if whole in world.shown and len(hidden) == 2 and sum(world.exact[p] for p in parts) == world.exact[whole]:
            for one, other in (hidden, hidden[::-1]):
                if one in small and other not in small:
                    world.shown[other] = world.exact[other]
                    print(f"weakened: {other} is shown")
                    return {one}
    sys.exit("no number that only protects another")


world = World()
for snapshot in snapshots:
    read(world, snapshot)
relate(world)
print(f"{len(snapshots)} editions: {len(world.shown)} numbers shown, {len(world.rounded.keys() - world.shown.keys())} rounded, "
      f"{len(world.hidden.keys() - world.shown.keys() - world.rounded.keys())} hidden, "
      f"{world.changed} shown otherwise later")
if weaken:
    broken = attack(world, True, (reveal_around_one if BASE else reveal_one)(world))
else:
    broken = [*subtract_windows(world), *attack(world, True), *attack(world, False), *world.faults]
for line in broken[:20]:
    print(f"  {line}")
if weaken:
    sys.exit(0 if broken else "the weakened protection was not broken")
sys.exit(f"{len(broken)} small numbers are not safe" if broken else 0)
