"""Patients managed to the standard in 2023, town by town, with Polars."""

import polars as pl

indicators = pl.scan_parquet("sample-data/store/current/internal/indicators/year.parquet")
result = (
    indicators.filter(
        pl.col("indicator") == "smi_standard_management_rate",
        pl.col("level") == "town",
        pl.col("period") == "2023",
    )
    .sort("division_code")
    .select("division_name", "numerator", "denominator", pl.col("value").round(1).alias("percent"), "status")
    .collect()
)

if __name__ == "__main__":
    print(result)
