-- 哪些目标没有达到，差多少人、学校或村（居）。
-- Which targets are missed, and by how many persons, schools or villages.
SELECT division_name, name_zh, op || ' ' || target::INT AS target, gap, gaps.counted_zh, due
FROM 'sample-data/store/current/internal/gaps/gaps.parquet' AS gaps
JOIN 'sample-data/store/current/internal/labels/indicators.parquet' USING (indicator)
WHERE verdict IN ('not_met', 'behind')
ORDER BY gap DESC, division_code, indicator
LIMIT 8;
