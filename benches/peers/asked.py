"""What numbers are asked for: windows, periods, levels and targets of a store, for the pipeline by hand."""

import datetime
import tomllib

import declared

EPOCH = datetime.date(1970, 1, 1)
KINDS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def day(date):
    return (date - EPOCH).days


def first_of(month):
    return datetime.date(month // 12, month % 12 + 1, 1)


def a_year_before(date):
    """The same day one year earlier; 28 February for the 29th."""
    try:
        return date.replace(year=date.year - 1)
    except ValueError:
        return date.replace(year=date.year - 1, day=28)


def windows(first, last):
    """One for the end of each month: its number, first day of the twelve months, last day, first day of the year."""
    rows = []
    for k, month in enumerate(range(first, last + 1)):
        end = first_of(month + 1) - datetime.timedelta(1)
        rows.append([k, day(first_of(month - 11)), day(end), day(first_of(month // 12 * 12)), month, end.year, end.month * 100 + end.day])
    return {"columns": ["k", "s_day", "e_day", "ytd_day", "e_month", "e_year", "e_mmdd"], "rows": rows}


def name_of(kind, month):
    """The name of the period of a kind that ends with a month."""
    year, number = month // 12, month % 12 // KINDS[kind] + 1
    return {"month": f"{year}-{number:02}", "quarter": f"{year}-Q{number}", "half": f"{year}-H{number}", "year": str(year)}[kind]


def periods(first, last):
    """Periods within whole years: name, window, months from and to as numbers and as bits, days, days one year before."""
    rows = []
    for kind, months in KINDS.items():
        for end in range(first + months - 1, last + 1, months):
            start, k = end - months + 1, end - first
            from_day, to_day = first_of(start), first_of(end + 1) - datetime.timedelta(1)
            rows.append([name_of(kind, end), k, k - months + 1, k, sum(1 << b for b in range(k - months + 1, k + 1)), day(from_day), day(to_day),
                         day(a_year_before(from_day)), day(a_year_before(to_day))])
    return {"columns": ["name", "k", "first", "last", "mask", "s_day", "e_day", "s_before", "e_before"], "rows": rows}


def asked_levels():
    lengths = {"village": 12, "town": 9, "county": 6, "city": 4}
    rows = []
    for path in sorted((declared.SCHEMAS / "indicators").glob("*.toml")):
        for indicator in tomllib.loads(path.read_text("utf-8"))["indicator"]:
            rows += [[indicator["id"], lengths[level]] for level in indicator["levels"]]
    return {"columns": ["indicator", "length"], "rows": rows}


def named_villages():
    rows = []
    for path in sorted((declared.SCHEMAS / "profiles").glob("*.toml")):
        for target in tomllib.loads(path.read_text("utf-8"))["target"]:
            rows += [[code] for code in target.get("villages", ())]
    return {"columns": ["code"], "rows": rows}


def targets(config, as_of):
    """Targets of the profiles that the config lays over divisions, each with the month that ends on its day."""
    rows = []
    for scope in tomllib.loads(config.read_text("utf-8")).get("profile_scope", ()):
        profile = tomllib.loads((declared.SCHEMAS / f"profiles/{scope['profile']}.toml").read_text("utf-8"))
        for target in profile["target"]:
            due = min(datetime.date.fromisoformat(target["due"]), as_of)
            for code in scope["divisions"]:
                if target["level"] == {6: "county", 9: "town", 12: "village", 4: "city"}[len(code)]:
                    rows.append([profile["profile"], target["indicator"], code, target["op"], float(target["target"]), due.isoformat(), f"{due:%Y-%m}"])
    return {"columns": ["profile", "indicator", "division_code", "op", "target", "due", "period"], "rows": rows}


def asked(config, as_of, year):
    first, last = year * 12, year * 12 + 11
    return {"first_month": first, "win": windows(first, last), "period": periods(first, last), "asked_level": asked_levels(),
            "named_village": named_villages(), "target": targets(config, as_of)}
