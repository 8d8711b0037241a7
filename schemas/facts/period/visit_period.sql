-- Rows of `visit` dated in the period.
-- zh: 本期内的就诊（`visit`）。
-- by: person
SELECT person_key, village, town, county, city, visit_kind, diagnosis_group, sex, age_group
FROM visit WHERE visit_day >= $s_day AND visit_day <= $e_day
