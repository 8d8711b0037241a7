-- Extreme incidents with a factor other than none, of the period and of the same days one year before.
-- zh: 有心理因素的极端案（事）件，本期的和上年同期的。
SELECT village, town, county, city,
       CASE WHEN incident_day >= $s_day AND incident_day <= $e_day THEN TRUE ELSE FALSE END AS this_year,
       CASE WHEN incident_day >= $s_before_day AND incident_day <= $e_before_day THEN TRUE ELSE FALSE END AS year_before
FROM incident
WHERE severity = 'extreme' AND factor <> 'none' AND factor <> 'unknown'
