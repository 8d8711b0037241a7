"""The SQL that `xinhui explain NAME --sql --period PERIOD` prints, taken apart."""

import re


def parsed(text):
    """The tables that an explanation makes, in order, and its last queries: (level, dimensions, SQL)."""
    steps, queries = {}, []
    for statement in text[text.index("-- SQL"):].split(";\n"):
        lines = [line for line in statement.splitlines() if line]
        comments = [line[3:] for line in lines if line.startswith("-- ")]
        sql = "\n".join(line for line in lines if not line.startswith("--"))
        if made := re.match(r"CREATE (?:TEMP TABLE|OR REPLACE TEMP VIEW) (\w+) AS\n(.*)", sql, re.S):
            steps[made[1]] = made[2]
        elif sql:
            level, _, dimensions = comments[-1].partition(": ")
            queries.append((level, dimensions.split(", ") if dimensions else [], sql))
    return steps, queries
