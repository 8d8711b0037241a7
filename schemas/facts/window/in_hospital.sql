-- Persons in hospital at the end of the window.
-- zh: 期末时在院的人。
-- by: person
SELECT DISTINCT person_key
FROM visit
WHERE visit_kind = 'inpatient' AND visit_day <= $e_day AND (discharge_day IS NULL OR discharge_day > $e_day)
