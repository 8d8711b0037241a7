#!/usr/bin/env python3
"""Runs the pages' example for Spark on a Spark Connect server, and compares what it prints with what they show.

    spark_example.py

From the root of the repository, after the night of the sample. Needs pysail (the server) and pyspark-client.
"""

import contextlib
import io
import pathlib
import re

from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

PATTERN = r"```python\n(spark\.read[^`]*)```\n\n```text\n([^`]*)```"


def main():
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
    for page in ("docs/queries.md", "docs/queries.zh-CN.md"):
        [(code, shown)] = re.findall(PATTERN, pathlib.Path(page).read_text("utf-8"))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, {"spark": spark})
        assert printed.getvalue().strip() == shown.strip(), f"{page}:\n{printed.getvalue()}"
        print(f"ok  {page}: the example for Spark")
    spark.stop()
    server.stop()


if __name__ == "__main__":
    main()
