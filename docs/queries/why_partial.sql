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
  -- 每个原因先中文后英文。
  -- Each reason in Chinese and in English.
  SELECT n.*,
         CASE WHEN s.state = 'unusable'
              THEN [s.county_name || '报送的' || s.title_zh || '无一行可用', s.county || ' sent nothing usable of ' || s.dataset]
              WHEN s.newest IS NULL
              THEN [s.county_name || '从未报送' || s.title_zh, s.county || ' never sent ' || s.dataset]
              WHEN s.newest + s.expected_days::INT < LEAST(n.period_end, s.as_of)
              THEN [s.county_name || s.title_zh || '最近报送截至 ' || s.newest, s.county || ' sent ' || s.dataset || ' last of ' || s.newest]
         END AS of_county,
         CASE WHEN w."window" <> 'at' AND s.data_from >
                   CASE WHEN w."window" = 't12m' THEN LEAST(n.period_end, s.as_of) + 1 - INTERVAL 1 YEAR
                        WHEN w.unit = 'percent_change' THEN n.period_start - INTERVAL 1 YEAR
                        ELSE n.period_start END
              THEN ['各县业务数据自 ' || s.data_from || ' 起报送', 'counties send events from ' || s.data_from] END AS of_window
  FROM numbers AS n
  JOIN window_of AS w USING (indicator)
  JOIN sent AS s ON s.indicator = n.indicator AND starts_with(s.county, n.division_code)
), causes AS (
  SELECT indicator, division_code, division_name, period, status, denominator,
         MIN(of_window) AS of_window, list_sort(list_distinct(list(of_county) FILTER (of_county IS NOT NULL))) AS of_counties
  FROM reasons
  GROUP BY ALL
), told AS (
  -- 没有报送的、报送得不够早的排在前面：缺了它们，计得为零说明不了什么。
  -- What was not sent, or not far enough back, comes first: without it a count of nothing says nothing.
  SELECT *,
         [['没有人口数', 'no population'] FOR one IN [1] IF denominator IS NULL AND status = 'no_data']
         || [of_window FOR one IN [1] IF of_window IS NOT NULL]
         || coalesce(of_counties, [])
         || [['应报送的均已报送，其中没有要计的对象', 'all was sent, and nothing in it is to be counted']
             FOR one IN [1] IF denominator = 0 AND of_window IS NULL AND coalesce(len(of_counties), 0) = 0] AS causes
  FROM causes
)
SELECT indicator, division_name, period, status,
       array_to_string([cause[1] FOR cause IN causes], '；') AS 原因,
       array_to_string([cause[2] FOR cause IN causes], '; ') AS because
FROM told
ORDER BY period DESC, indicator, division_code
LIMIT 8;
