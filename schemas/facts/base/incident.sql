-- Extreme and other incidents; no identities.
-- zh: 极端案（事）件及其他案（事）件；不含身份信息。
-- day: incident_day
-- by: county
SELECT d.village, d.town, d.county, d.city, i.incident_day, i.severity, COALESCE(i.factor, 'unknown') AS factor
FROM police_incident AS i
JOIN place AS d ON d.code = i.division_code
