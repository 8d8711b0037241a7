#!/usr/bin/env python3
"""Licences, duplicates and bans of everything that the program is built from; `dependencies.toml` says what may be.

    dependencies.py

From the root of the repository. Looks at what is compiled for Linux, without what tests and benches alone need.
"""

import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

TARGET = "x86_64-unknown-linux-gnu"


def built():
    """Packages that are compiled into the program or run while it is compiled: name, version, licence, source."""
    # `cargo metadata` would also tell what no feature asks for.
    command = ["cargo", "tree", "--locked", "--edges", "normal,build", "--target", TARGET, "--prefix", "none", "--no-dedupe", "--format", "{p}\t{l}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    root, *lines = [line.split("\t") for line in told.splitlines()]
    packages = {}
    for package, licence in lines:
        name, version, *source = package.split()
        # What does not come from the registry has its place behind it.
        places = [place for place in source if place != "(proc-macro)"]
        packages[name, version] = (licence, " ".join(places))
    packages.pop(tuple(root[0].split()[:2]), None)
    return [(name, version.removeprefix("v"), *of) for (name, version), of in sorted(packages.items())]


def satisfied(expression, allowed):
    """Whether an SPDX expression can be met with licences that are allowed. A slash is an old way to write OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def either():
        value = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            value = both() or value
        return value

    def both():
        value = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            value = one() and value
        return value

    def one():
        token = tokens.pop(0)
        if token == "(":
            value = either()
            tokens.pop(0)
            return value
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token += " WITH " + tokens.pop(0)
        return token in allowed

    return either()


def main():
    rules = tomllib.loads((Path(__file__).parent / "dependencies.toml").read_text("utf-8"))
    packages, wrong = built(), []
    versions = defaultdict(set)
    for name, version, licence, place in packages:
        versions[name].add(version)
        if name in rules["banned"]:
            wrong.append(f"{name} is banned: {rules['banned'][name]}")
        if not licence or not satisfied(licence, rules["licences"]):
            wrong.append(f"{name} {version}: licence {licence or 'not stated'} is not among those allowed")
        if place:
            wrong.append(f"{name} {version} comes from {place} and not from the registry")
    twice = {name for name, of in versions.items() if len(of) > 1}
    wrong += [f"{name} is there {len(versions[name])} times: {', '.join(sorted(versions[name]))}" for name in sorted(twice - rules["twice"].keys())]
    wrong += [f"{name} is no more there twice: strike it from dependencies.toml" for name in sorted(rules["twice"].keys() - twice)]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"ok  {len(packages)} packages: licences, {len(twice)} names of two versions, none that is banned")


if __name__ == "__main__":
    main()
