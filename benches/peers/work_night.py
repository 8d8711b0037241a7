"""Work D: the whole first night of a city-year, from files to a published snapshot. Ours alone: see `MISSING`."""

import shutil

import city
import measure
from report import Work

RUNS = 3
MISSING = ("The whole first night beside a pipeline of DuckDB and Splink from the same files is not written yet: here stands ours alone, by stage. Its parts"
           " beside peers are the works above.")


def work(bench):
    made = city.make(bench)
    config = made / "first.toml"
    config.write_text((made / "xinhui.toml").read_text("utf-8").replace('store = "store"', 'store = "first"'), encoding="utf-8")

    def ours():
        shutil.rmtree(made / "first", ignore_errors=True)
        return city.night(bench, made, config=config), {}

    series = measure.in_turn({"xinhui": ours}, RUNS)
    stages = [(stage, f"{seconds:.2f}", f"{bench.rows / max(seconds, 0.001):,.0f}") for stage, seconds in series["xinhui"].stages().items()]
    return Work(
        title=f"D. The whole first night of a city-year of {bench.rows:,} rows",
        series=series,
        ours="xinhui",
        goals=[],
        rows=bench.rows,
        text=[MISSING],
        tables=[("Seconds by stage, median", ("stage", "seconds", "rows a second"), stages)],
    )
