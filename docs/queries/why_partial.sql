-- Which numbers of a year are no_data or partial, and what makes them so.
WITH numbers AS (
  SELECT indicator, level, division_code, division_name, period, period_start, period_end, denominator, status
  FROM 'sample-data/store/current/internal/indicators/year.parquet'
  WHERE status IN ('no_data', 'partial') AND level IN ('city', 'county')
), window_of AS (
  SELECT indicator, unit, "window" FROM 'sample-data/store/current/internal/labels/indicators.parquet'
), sent AS (
  SELECT i.indicator, d.*
  FROM 'sample-data/store/current/internal/labels/indicator_datasets.parquet' AS i
  JOIN 'sample-data/store/current/internal/labels/datasets.parquet' AS d USING (dataset)
), reasons AS (
  SELECT n.*,
         CASE WHEN n.denominator IS NULL THEN 'no population'
              WHEN n.denominator = 0 THEN 'nothing to count'
         END AS no_data,
         CASE WHEN s.state = 'unusable' THEN s.county || ' sent nothing usable of ' || s.dataset
              WHEN s.newest IS NULL THEN s.county || ' never sent ' || s.dataset
              WHEN s.newest + s.expected_days::INT < LEAST(n.period_end, s.as_of)
              THEN s.county || ' sent ' || s.dataset || ' last of ' || s.newest
         END AS of_county,
         CASE WHEN w."window" <> 'at' AND s.data_from >
                   CASE WHEN w."window" = 't12m' THEN LEAST(n.period_end, s.as_of) + 1 - INTERVAL 1 YEAR
                        WHEN w.unit = 'percent_change' THEN n.period_start - INTERVAL 1 YEAR
                        ELSE n.period_start END
              THEN 'counties send events from ' || s.data_from END AS of_window
  FROM numbers AS n
  JOIN window_of AS w USING (indicator)
  JOIN sent AS s ON s.indicator = n.indicator AND starts_with(s.county, n.division_code)
)
SELECT indicator, division_name, period, status,
       COALESCE(MIN(no_data), MIN(of_window), string_agg(DISTINCT of_county, '; ' ORDER BY of_county)) AS because
FROM reasons
GROUP BY indicator, division_code, division_name, period, status
ORDER BY period DESC, indicator, division_code
LIMIT 8;
