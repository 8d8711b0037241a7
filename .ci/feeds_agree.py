"""Packages of feeds, read back by programs that we did not write: the same numbers and the same states.

    python .ci/feeds_agree.py XINHUI_BINARY CONFIG

The snapshot of the config is sent twice: its exact tables to the superior office, and an edition in which cells of 1 to
4 are hidden to the public. Needs frictionless, pysdmx, fhir.resources, lxml, openpyxl, pyarrow, pyrage, sqlglot; `openssl`, and
`minisign` where it is installed.
"""

import csv
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyrage
import sqlglot
from fhir.resources.R4B.location import Location
from fhir.resources.R4B.measure import Measure
from fhir.resources.R4B.measurereport import MeasureReport
from frictionless import Package, system
from lxml import etree
from pysdmx.io import get_datasets, read_sdmx

HERE = pathlib.Path(__file__).resolve().parent
TABLES = ["indicators/year", "scorecard", "rollups/incidents", "rollups/warnings"]
ALL = ["parquet", "csv", "sdmx", "dhis2", "fhir", "adx", "xlsx"]
MEASURES = {"numerator", "denominator", "value", "verdict", "persons", "planned_persons", "incidents"}
UID = re.compile(r"[A-Za-z][A-Za-z0-9]{10}")
# Periods of DHIS2: months, quarters, half-years, years.
DHIS2_PERIOD = re.compile(r"\d{4}(0[1-9]|1[0-2]|Q[1-4]|S[12])?")


def hide(table):
    """The public form of a table: cells of 1 to 4 are hidden, and the status says so."""
    names = table.column_names
    small = pa.array([False] * table.num_rows)
    for name in ("numerator", "persons", "incidents"):
        if name in names:
            small = pc.or_(small, pc.fill_null(pc.and_(pc.greater(table[name], 0), pc.less(table[name], 5)), False))
    small = small.combine_chunks() if isinstance(small, pa.ChunkedArray) else small
    columns, fields = [], []
    for name in names:
        column, nullable = table[name], table.schema.field(name).nullable
        if name in MEASURES:
            column, nullable = pc.if_else(small, pa.scalar(None, column.type), column), True
        if name == "status":
            column = pc.if_else(small, "suppressed", column)
        columns.append(column)
        fields.append(pa.field(name, table.schema.field(name).type, nullable))
    if "status" not in names:
        columns.append(pc.if_else(small, "suppressed", "ok"))
        fields.append(pa.field("status", pa.string(), False))
    return pa.table(columns, schema=pa.schema(fields)), pc.sum(small).as_py()


def prepare(config, work):
    """A store with the snapshot of a config in it, and a public edition beside the exact one."""
    root = pathlib.Path(config).resolve().parent
    snapshot = (root / "store" / "current").resolve()
    target = work / "store" / "snapshots" / snapshot.name
    shutil.copytree(snapshot, target)
    (work / "store" / "current").symlink_to(pathlib.Path("snapshots") / snapshot.name)
    manifest = json.loads((target / "manifest.json").read_text())
    manifest["outputs"] = [o for o in manifest["outputs"] if not o["path"].startswith("public/")]
    hidden = 0
    for output in list(manifest["outputs"]):
        below = output["path"].removeprefix("internal/")
        if below.startswith("quality/"):
            continue
        table, cells = hide(pq.read_table(target / output["path"]))
        hidden += cells
        path = target / "public" / below
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        manifest["outputs"].append({"path": f"public/{below}", "sha256": digest, "rows": table.num_rows})
    (target / "manifest.json").write_text(json.dumps(manifest))
    assert hidden > 100, "too few hidden cells to tell anything"
    shutil.copytree(root / "reference", work / "reference")
    (work / "inbox").mkdir()
    shutil.copy(root / "xinhui.key", work / "xinhui.key")
    feeds = [("exact", "superior", ALL, ""), ("shown", "public", ALL, ""), ("gb", "public", ["csv"], 'encoding = "gb18030"'),
             ("packed", "public", ["csv"], 'package = "zip"'),
             ("closed", "superior", ["csv"], 'package = "zip"\nencrypt_to = "receivers.txt"'), ("national", "superior", ["oracle", "dameng"], "")]
    lines = ['store = "store"', 'inbox = "inbox"', 'reference = "reference"', 'city = "3708"', 'as_of = "2023-12-31"',
             "[identity]", 'key_file = "xinhui.key"']
    for name, audience, formats, more in feeds:
        lines += [f"[feeds.{name}]", f'audience = "{audience}"', f"formats = {json.dumps(formats)}",
                  f'key = "{"sm2" if name == "national" else "feed"}.key"',
                  f"tables = {json.dumps(TABLES)}", more]
    (work / "xinhui.toml").write_text("\n".join(lines) + "\n")
    return target


def expected(folder):
    """Each table of an edition as rows of values."""
    files = {"indicators/year": "indicators/year.parquet", "scorecard": "scorecard/scorecard.parquet"}
    files |= {f"rollups/{name}": f"rollups/{name}/{name}.parquet" for name in ("incidents", "warnings")}
    return {name: pq.read_table(folder / path).to_pylist() for name, path in files.items()}


def text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def tables(package, rows, encoding):
    described = Package(str(package / "datapackage.json"))
    # Frictionless reads Parquet through pandas, where a whole number beside a null is none: pyarrow reads those below.
    for resource in list(described.resources):
        if resource.format == "parquet":
            table = pq.read_table(package / resource.path)
            assert table.column_names == [field.name for field in resource.schema.fields]
            [lines] = [lines for name, lines in rows.items() if resource.name.startswith(name.replace("/", "_"))]
            assert table.to_pylist() == lines
            described.remove_resource(resource.name)
    report = described.validate()
    for task in report.tasks:
        for error in task.errors[:5]:
            print(f"{task.name}: {error.message}")
    assert report.valid, "frictionless finds errors"
    for name, lines in rows.items():
        with open(package / "tables" / f"{name.replace('/', '_')}.csv", encoding=encoding, newline="") as file:
            read = list(csv.reader(file))
        assert read[0] == list(lines[0]), name
        assert len(read) == len(lines) + 1, name
        for got, line in zip(read[1:], lines):
            assert got == [text(v) for v in line.values()], (name, got, line)


def sdmx(package, rows, public):
    structure = package / "sdmx" / "structure.xml"
    message = read_sdmx(str(structure), validate=True)
    assert message.get_data_structure_definitions() and message.get_codelists() and message.get_dataflows()
    # The constraints name what the data hold.
    assert len(message.get_data_constraints()) == 3
    codes = {c.id: {i.id for i in c.items} for c in message.get_codelists()}
    for name, lines in rows.items():
        if name == "scorecard":
            continue
        flow = "MH_INDICATORS" if name.startswith("indicators") else f"MH_{name.split('/')[1].upper()}"
        [dataset] = get_datasets(str(package / "sdmx" / f"{flow}.csv"), str(structure))
        definition = dataset.structure
        listed = {c.id: {i.id for i in c.enumeration.items} for c in definition.components if c.enumeration is not None}
        frame = dataset.data.astype(object)
        frame = frame.where(frame.notna(), "").astype(str)
        for column, allowed in listed.items():
            assert set(frame[column]) <= allowed, (flow, column, set(frame[column]) - allowed)
        records = frame.to_dict("records")
        if flow == "MH_INDICATORS":
            assert len(records) == len(lines)
            for got, line in zip(records, lines):
                key = (got["REF_AREA"], got["INDICATOR"], got["TIME_PERIOD"], got["FREQ"])
                assert key == (line["division_code"], line["indicator"], line["period"], "A"), (got, line)
                check_value(got["OBS_VALUE"], line["value"])
                check_value(got["NUMERATOR"], line["numerator"])
                check_value(got["DENOMINATOR"], line["denominator"])
                assert got["STATUS"] == line["status"]
                hidden = line["status"] == "suppressed"
                assert (got["OBS_STATUS"] == "Q") == hidden
                assert got["CONF_STATUS"] == ("C" if hidden else "F" if public else "N")
            continue
        measures = [m for m in ("persons", "planned_persons", "incidents") if m in lines[0]]
        assert len(records) == len(lines) * len(measures)
        for nth, got in enumerate(records):
            line, measure = lines[nth // len(measures)], measures[nth % len(measures)]
            assert (got["REF_AREA"], got["MEASURE"]) == (line["division_code"], measure)
            check_value(got["OBS_VALUE"], line[measure])
            assert (got["OBS_STATUS"] == "Q") == (line[measure] is None)
    assert "_T" in codes["CL_WARNING_LEVEL"]


def check_value(got, value):
    if value is None:
        assert got in ("", "nan", "None"), (got, value)
    else:
        assert float(got) == float(value), (got, value)


def dhis2(package, lines):
    folder = package / "dhis2"
    metadata = json.loads((folder / "metadata.json").read_text())
    elements = {e["id"]: e["code"] for e in metadata["dataElements"]}
    units = {u["id"]: u["code"] for u in metadata["organisationUnits"]}
    names = set()
    for element in metadata["dataElements"]:
        assert UID.fullmatch(element["id"]) and len(element["shortName"]) <= 50 and len(element["name"]) <= 230
        assert element["name"] not in names and element["valueType"] == "INTEGER"
        names.add(element["name"])
    for unit in metadata["organisationUnits"]:
        assert UID.fullmatch(unit["id"]) and len(unit["shortName"]) <= 50
        assert ("parent" in unit) == (unit["code"] != "3708") and unit.get("parent", {"id": unit["id"]})["id"] in units
    for indicator in metadata["indicators"]:
        for part in ("numerator", "denominator"):
            assert all(uid in elements for uid in re.findall(r"#\{(\w+)\}", indicator[part])), indicator
    for data_set in metadata["dataSets"]:
        assert all(e["dataElement"]["id"] in elements for e in data_set["dataSetElements"])
    got = {}
    for value in json.loads((folder / "dataValueSets.json").read_text())["dataValues"]:
        assert DHIS2_PERIOD.fullmatch(value["period"]) and re.fullmatch(r"0|-?[1-9]\d*", value["value"])
        key = (elements[value["dataElement"]], units[value["orgUnit"]], value["period"])
        assert key not in got
        got[key] = int(value["value"])
    assert got == values_of(lines)


def values_of(lines):
    found = {}
    for line in lines:
        for side in ("numerator", "denominator"):
            if line[side] is not None:
                code = f"{line['indicator']}_Y_{side[0].upper()}"
                found[code, line["division_code"], line["period"]] = line[side]
    return found


def adx(package, lines):
    schema = etree.XMLSchema(etree.parse(str(HERE / "adx.xsd")))
    document = etree.parse(str(package / "adx" / "data.xml"))
    schema.assertValid(document)
    got = {}
    for group in document.getroot():
        for value in group:
            key = (value.get("dataElement"), group.get("orgUnit"), group.get("period").split("-")[0])
            assert group.get("period").endswith("-01-01/P1Y") and key not in got
            got[key] = int(value.get("value"))
    assert got == values_of(lines)


def fhir(package, lines):
    def resources(kind, model, every=1):
        found = [json.loads(line) for line in (package / "fhir" / f"{kind}.ndjson").read_text().splitlines()]
        for resource in found[::every]:
            model.model_validate(resource)
        return found

    measures = {m["url"]: m for m in resources("Measure", Measure)}
    places = {p["id"] for p in resources("Location", Location)}
    reports = resources("MeasureReport", MeasureReport, every=7)
    assert len(reports) == len(lines) and len({r["id"] for r in reports}) == len(reports)
    for report, line in zip(reports, lines):
        assert measures[report["measure"]]["name"] == line["indicator"]
        place = report["subject"]["reference"].removeprefix("Location/")
        assert place == line["division_code"] and place in places
        assert report["extension"][0]["valueCode"] == line["status"]
        [group] = report["group"]
        counts = {p["code"]["coding"][0]["code"]: p for p in group["population"]}
        numerator = counts.get("numerator", counts.get("initial-population"))
        pairs = [(numerator, "count", "_count", line["numerator"]), (group["measureScore"], "value", None, line["value"])]
        if "denominator" in counts:
            pairs.append((counts["denominator"], "count", "_count", line["denominator"]))
        for part, name, beside, value in pairs:
            assert part.get(name) == value, (report, line)
            if value is None:
                said = (part[beside] if beside else part)["extension"][0]["valueCode"]
                assert (said == "masked") == (line["status"] == "suppressed")


def workbook(package, rows, name):
    book = openpyxl.load_workbook(package / f"{name}.xlsx", read_only=True)
    for table, lines in rows.items():
        sheet = list(book[table.replace("/", "_")].iter_rows(values_only=True))
        assert list(sheet[0]) == list(lines[0]) and len(sheet) == len(lines) + 1
        for got, line in zip(sheet[1:], lines):
            for value, expected_value in zip(got, line.values()):
                if isinstance(expected_value, (int, float)) or expected_value is None:
                    assert value == expected_value, (table, got, line)
                else:
                    assert value == str(expected_value), (table, got, line)


def signature(package, work):
    program = shutil.which("minisign")
    if program is None:
        print("    (no minisign on this machine)")
        return
    command = [program, "-Vm", str(package / "manifest.json"), "-p", str(work / "feed.key.pub")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    manifest = package / "manifest.json"
    whole = manifest.read_bytes()
    manifest.write_bytes(whole.replace(b'"rows": ', b'"rows":  ', 1))
    assert subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0
    manifest.write_bytes(whole)


def signature_by_sm2(package, work):
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-pubin",
               "-inkey", str(work / "sm2.key.pub"), "-sigfile", str(package / "manifest.json.sm2"), "-in"]
    subprocess.run([*command, str(package / "manifest.json")], check=True, stdout=subprocess.DEVNULL)
    other = work / "other.json"
    other.write_bytes((package / "manifest.json").read_bytes() + b" ")
    assert subprocess.run([*command, str(other)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0


def load_files(package, rows):
    for name in ("oracle", "dameng"):
        folder = package / name
        made = sqlglot.parse((folder / "create.sql").read_text(), read="oracle")
        tables = {c.find(sqlglot.exp.Table).name: [d.name for d in c.find_all(sqlglot.exp.ColumnDef)] for c in made if c}
        apply = (folder / "apply.sql").read_text()
        statements = sqlglot.parse(apply.split("WHENEVER SQLERROR EXIT ROLLBACK")[1], read="oracle")
        merged = {s.this.name for s in statements if isinstance(s, sqlglot.exp.Merge)}
        assert isinstance(statements[0], sqlglot.exp.Insert) and statements[0].find(sqlglot.exp.Table).name == "XINHUI_BATCH"
        for table, lines in rows.items():
            stem = table.replace("/", "_")
            columns = [column.upper() for column in lines[0]]
            assert tables[f"XINHUI_{stem}".upper()] == [*columns, "BATCH", "BATCH_ACTION"]
            assert tables[f"XINHUI_{stem}_STAGING".upper()] == ["ACTION", *columns]
            assert f"XINHUI_{stem}".upper() in merged
            with open(folder / f"{stem}.csv", encoding="utf-8", newline="") as file:
                read = list(csv.reader(file))
            flags = {True: "1", False: "0"}
            for got, line in zip(read, lines, strict=True):
                assert got == [flags[v] if isinstance(v, bool) else text(v) for v in line.values()], (got, line)


def opened(sealed, receivers, work):
    """Each receiver opens the package, nobody else does, and no byte of it can be changed."""
    assert sealed.name.endswith(".zip.age"), sealed
    whole = sealed.read_bytes()
    [first, second] = [pyrage.decrypt(whole, [r]) for r in receivers[:2]]
    assert first == second and len(first) > 3 * 65536, "more than a few chunks"

    def refused(content, receiver):
        try:
            pyrage.decrypt(content, [receiver])
        except pyrage.DecryptError:
            return True
        return False

    assert refused(whole, receivers[2])
    for at in range(len(whole) - 1, 0, -len(whole) // 40):
        changed = bytearray(whole)
        changed[at] ^= 1
        assert refused(bytes(changed), receivers[0]), at
    assert refused(whole[: -16 - len(first) % 65536], receivers[0]), "cut off between chunks"
    path = work / sealed.name.removesuffix(".age")
    path.write_bytes(first)
    return path


def workbooks_of_senders(binary, config, work):
    """Workbooks of rows to mend are encrypted to their senders: each opens its own."""
    night = work / "night"
    shutil.copytree(config.parent, night, ignore=shutil.ignore_patterns("store"))
    settings = night / config.name
    counties = sorted(p.name for p in (night / "inbox").iterdir() if p.is_dir() and p.name.isdigit())
    senders = {county: pyrage.x25519.Identity.generate() for county in counties}
    (night / "senders").mkdir()
    for county, identity in senders.items():
        (night / "senders" / f"{county}.txt").write_text(f"{identity.to_public()}\n")
    plain = settings.read_text()
    outbox = night / "store" / "private" / "outbox"
    books = []
    for line in ("", 'outbox_encrypt_to = "senders"\n'):
        settings.write_text(line + plain)
        subprocess.run([binary, "run", "--config", settings], stdout=subprocess.DEVNULL)
        books.append({path.name: path.read_bytes() for path in outbox.iterdir() if not path.name.startswith(".")})
    clear, closed = books
    assert clear and sorted(closed) == sorted(f"{name}.age" for name in clear), (sorted(clear), sorted(closed))
    for name, book in clear.items():
        own = senders[name[:6]]
        assert pyrage.decrypt(closed[f"{name}.age"], [own]) == book, name
        for other in senders.values():
            if other is not own:
                try:
                    pyrage.decrypt(closed[f"{name}.age"], [other])
                except pyrage.DecryptError:
                    continue
                raise AssertionError(f"{name} is open to another county")


def main():
    binary, config = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder, system.use_context(trusted=True):
        work = pathlib.Path(folder)
        snapshot = prepare(config, work)

        def xinhui(*words):
            subprocess.run([binary, "feed", *words], check=True, cwd=work, stdout=subprocess.DEVNULL)

        receivers = [pyrage.x25519.Identity.generate() for _ in range(3)]
        (work / "receivers.txt").write_text("# the city\n" + "\n".join(str(r.to_public()) for r in receivers[:2]) + "\n")
        xinhui("key", "--out", "feed.key")
        xinhui("key", "--sm2", "--out", "sm2.key")
        packages = {}
        for name in ("exact", "shown", "gb", "packed", "closed", "national"):
            xinhui("build", name, "--out", f"out/{name}")
            [packages[name]] = (work / "out" / name).iterdir()
            if name == "closed":
                packages[name] = opened(packages[name], receivers, work)
            key = "sm2.key.pub" if name == "national" else "feed.key.pub"
            xinhui("verify", "--key", key, str(packages[name]))
        for name, edition in (("exact", "internal"), ("shown", "public")):
            package, rows = packages[name], expected(snapshot / edition)
            years = rows["indicators/year"]
            checks = {
                "tables": lambda: tables(package, rows, "utf-8"),
                "SDMX": lambda: sdmx(package, rows, name == "shown"),
                "DHIS2": lambda: dhis2(package, years),
                "ADX": lambda: adx(package, years),
                "FHIR": lambda: fhir(package, years),
                "spreadsheet": lambda: workbook(package, rows, name),
                "signature": lambda: signature(package, work),
            }
            for what, check in checks.items():
                check()
                print(f"ok  {edition}: {what}")
        tables(packages["gb"], expected(snapshot / "public"), "gb18030")
        print("ok  public: tables in GB18030")
        with zipfile.ZipFile(packages["packed"]) as packed:
            assert packed.testzip() is None
            packed.extractall(work / "unpacked")
        tables(work / "unpacked", expected(snapshot / "public"), "utf-8")
        print("ok  public: tables in a zip")
        with zipfile.ZipFile(packages["closed"]) as packed:
            packed.extractall(work / "opened")
        tables(work / "opened", expected(snapshot / "internal"), "utf-8")
        print("ok  internal: tables in an encrypted zip")
        load_files(packages["national"], expected(snapshot / "internal"))
        print("ok  internal: load files for Oracle and Dameng")
        signature_by_sm2(packages["national"], work)
        print("ok  internal: signature by SM2")
        workbooks_of_senders(binary, config, work)
        print("ok  private: workbooks of rows to mend, each for its sender alone")


if __name__ == "__main__":
    main()
