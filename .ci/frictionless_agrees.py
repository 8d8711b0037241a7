"""Clean exports, as `xinhui synth --dirt none` writes them, are valid for frictionless-py too.

    python .ci/frictionless_agrees.py SYNTH_FOLDER

All 16 tables are one package, so that its foreign keys are checked as well. The header row is turned
from titles to field names, since Frictionless knows a column by its name alone.
"""

import csv
import json
import pathlib
import sys
import tempfile

from frictionless import Detector, Package, Resource, Schema, system

ROOT = pathlib.Path(__file__).resolve().parents[1]


def resource(declared, folder, out):
    descriptor = json.loads(declared.read_text("utf-8"))
    name = declared.stem
    [source] = [*folder.glob(f"inbox/*/*/{name}_*.csv"), *folder.glob(f"reference/{name}*.csv")]
    names = {field["title"]: field["name"] for field in descriptor["fields"]}
    with open(source, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    rows[0] = [names.get(title, title) for title in rows[0]]
    path = out / f"{name}.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    schema = Schema.from_descriptor(descriptor)
    return Resource(name=name, path=str(path), schema=schema, detector=Detector(schema_sync=True))


def main():
    with tempfile.TemporaryDirectory() as out, system.use_context(trusted=True):
        tables = sorted((ROOT / "schemas" / "tables").glob("*.json"))
        resources = [resource(t, pathlib.Path(sys.argv[1]), pathlib.Path(out)) for t in tables]
        report = Package(resources=resources).validate()
        for task in report.tasks:
            for error in task.errors[:5]:
                print(f"{task.name}: {error.message}")
        assert report.valid, "frictionless finds errors where xinhui finds none"
        print(f"ok  {len(tables)} tables valid for frictionless-py")


if __name__ == "__main__":
    main()
