-- 一项指标的各期变化，及与上一期之差。
-- An indicator over time, with its change since the period before.
SELECT division_name, period, numerator, denominator, ROUND(value, 1) AS percent,
       ROUND(value - LAG(value) OVER (PARTITION BY division_code ORDER BY period), 1) AS change
FROM 'sample-data/store/current/internal/indicators/half.parquet'
WHERE indicator = 'smi_treatment_rate' AND level = 'county'
ORDER BY division_code, period;
