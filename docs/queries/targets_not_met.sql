-- 各方案中未达标的目标，最差的在前。
-- Targets of the plans that were not met, worst first.
SELECT division_name, indicator, op || ' ' || target::INT AS target, numerator, denominator,
       ROUND(value, 2) AS value, due
FROM 'sample-data/store/current/internal/scorecard/*.parquet'
WHERE verdict = 'not_met' AND unit = 'percent'
ORDER BY value, division_code, indicator
LIMIT 5;
