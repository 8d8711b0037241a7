-- 一个数字有多可靠：状态、所报数据退回了多少、数据距今几天、什么从未报送，以及人员关联对该区县行数可能得出的
-- 最少和最多人数。
-- How sure a number is: its state, how much of what was sent for it was rejected, how old it is, what was never sent, and
-- how few or many persons the linkage could have made of the county's rows.
SELECT n.division_name, n.numerator || '/' || n.denominator AS number, n.status, n.complete,
       COALESCE(SUM(r.read), 0)::BIGINT AS read, COALESCE(SUM(r.rejected), 0)::BIGINT AS rejected,
       -- 从未报送或报送后无一可用的，没有距今天数。
       -- What was never sent, or not usably, has no age.
       CASE WHEN bool_and(d.newest IS NOT NULL) THEN MAX(d.age_days) END AS oldest_days,
       string_agg(d.title_zh, '; ' ORDER BY d.dataset) FILTER (WHERE d.newest IS NULL) AS nothing_usable,
       MIN(p.low) AS persons_low, MIN(p.chosen) AS persons, MIN(p.high) AS persons_high
FROM 'sample-data/store/current/internal/indicators/year.parquet' AS n
JOIN 'sample-data/store/current/internal/labels/indicator_datasets.parquet' AS i USING (indicator)
JOIN 'sample-data/store/current/internal/labels/datasets.parquet' AS d
  ON d.dataset = i.dataset AND d.county = n.division_code
LEFT JOIN (SELECT county, dataset, SUM(read) AS read, SUM(rejected) AS rejected
           FROM 'sample-data/store/current/internal/quality/reconciliation.parquet' GROUP BY county, dataset) AS r
  ON r.county = d.county AND r.dataset = d.dataset
LEFT JOIN (SELECT UNNEST(person_ranges, recursive := true)
           FROM read_json('sample-data/store/current/manifest.json')) AS p
  ON p.level = 'county' AND p.division = n.division_code
WHERE n.indicator = 'smi_treatment_rate' AND n.level = 'county' AND n.period = '2023'
GROUP BY n.division_code, n.division_name, n.numerator, n.denominator, n.status, n.complete
ORDER BY n.division_code;
