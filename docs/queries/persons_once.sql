-- 在册患者：一人只计一次，所以全市少于各区县之和。
-- Registered patients: a person counts once, so the city is less than the sum of its counties.
SELECT level, division_name, persons
FROM 'sample-data/store/current/internal/rollups/patients/*.parquet'
WHERE period = '2023' AND level IN ('city', 'county')
  AND diagnosis_group = '_all' AND living = '_all' AND risk_level = '_all'
  AND stability = '_all' AND sex = '_all' AND age_group = '_all'
ORDER BY division_code;
