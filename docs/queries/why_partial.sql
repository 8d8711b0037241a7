-- 某年的哪些数字为 no_data 或 partial，原因是什么。
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
       -- 没有报送的、报送得不够早的排在前面：缺了它们，计得为零说明不了什么。
       -- What was not sent, or not far enough back, comes first: without it a count of nothing says nothing.
       concat_ws('; ',
                 CASE WHEN denominator IS NULL AND status = 'no_data' THEN 'no population' END,
                 MIN(of_window),
                 string_agg(DISTINCT of_county, '; ' ORDER BY of_county),
                 CASE WHEN denominator = 0 AND MIN(of_window) IS NULL AND MIN(of_county) IS NULL
                      THEN 'all was sent, and nothing in it is to be counted' END) AS because
FROM reasons
GROUP BY indicator, division_code, division_name, period, status, denominator
ORDER BY period DESC, indicator, division_code
LIMIT 8;
