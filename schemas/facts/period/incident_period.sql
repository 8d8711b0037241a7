-- Rows of `incident` dated in the period.
-- zh: 本期内的案（事）件（`incident`）。
SELECT village, town, county, city, severity, factor
FROM incident WHERE incident_day >= $s_day AND incident_day <= $e_day
