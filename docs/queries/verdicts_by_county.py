"""Targets of each plan by verdict in the counties, with pandas."""

import pandas as pd

scorecard = pd.read_parquet("sample-data/store/current/internal/scorecard")
counties = scorecard[scorecard["level"] == "county"]
result = (
    counties.groupby(["division_code", "division_name", "verdict"], observed=True)
    .size()
    .unstack(fill_value=0)
    .sort_index()
    .reset_index("division_name")
    .rename_axis(columns=None)
    .reset_index(drop=True)
)

if __name__ == "__main__":
    print(result)
