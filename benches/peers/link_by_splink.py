"""Second step of the night by hand: the identities of the first step to persons, by Splink.

    python benches/peers/link_by_splink.py OUT

Reads OUT/people.csv and writes OUT/clusters.parquet (id, cluster), at the match weight of Splink's own examples.
"""

import logging
import sys
import tempfile
from pathlib import Path

import duckdb
import splink
from splink import DuckDBAPI, Linker

from outcome import Clock, write

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "linkage"))
from splink_people import DEFAULT, prepare, settings, train  # noqa: E402


def main():
    out, clock = Path(sys.argv[1]), Clock()
    logging.getLogger("splink").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.parquet"
        prepare(out / "people.csv").to_parquet(prepared, index=False)
        db = duckdb.connect()
        db.execute(f"CREATE TABLE people AS SELECT * FROM read_parquet('{prepared}')")
    linker = Linker(DuckDBAPI(db).register("people"), settings())
    train(linker, 1, 1e6)
    pairs = linker.inference.predict(threshold_match_weight=DEFAULT)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_weight=DEFAULT)
    db.execute(f"COPY (SELECT unique_id::UBIGINT AS id, cluster_id::UBIGINT AS cluster FROM {clusters.physical_name}) TO '{out}/clusters.parquet'")
    persons = db.execute(f"SELECT count(DISTINCT cluster) FROM '{out}/clusters.parquet'").fetchone()[0]
    write(out, **clock.told(), persons=persons, versions={"Splink": splink.__version__, "DuckDB of Splink": duckdb.__version__})


main()
