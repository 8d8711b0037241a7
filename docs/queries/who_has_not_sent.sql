-- 谁没有报送什么、迟了多久：从未报送的在前，其次是报送后无一可用的、逾期最久的。
-- Who has not sent what, and how late: what was never sent first, then what nothing could be used of, then the longest overdue.
SELECT county_name, title_zh, state, last_export, newest, age_days, late_days
FROM 'sample-data/store/current/internal/labels/datasets.parquet'
ORDER BY CASE state WHEN 'never' THEN 1 WHEN 'unusable' THEN 2 WHEN 'late' THEN 3 ELSE 4 END,
         late_days DESC, age_days DESC, county, dataset
LIMIT 6;
