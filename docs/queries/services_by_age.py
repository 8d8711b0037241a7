"""Contacts and people of the service sites in 2023 by age group, with Polars."""

import polars as pl

services = pl.scan_parquet("sample-data/store/current/internal/rollups/services/*.parquet")
others = ["service_kind", "channel", "population", "sex"]
result = (
    services.filter(
        pl.col("level") == "city",
        pl.col("period") == "2023",
        pl.col("age_group") != "_all",
        *(pl.col(other) == "_all" for other in others),
    )
    .sort("age_group")
    .select("age_group", "contacts", "persons")
    .collect()
)

if __name__ == "__main__":
    print(result)
