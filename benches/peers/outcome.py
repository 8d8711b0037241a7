"""How a program of a peer says what it did: `outcome.json` in its folder."""

import json
from pathlib import Path


def write(folder, **values):
    (Path(folder) / "outcome.json").write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")


def read(folder):
    return json.loads((Path(folder) / "outcome.json").read_text("utf-8"))
