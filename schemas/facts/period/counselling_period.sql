-- Rows of `counselling` dated in the period.
-- zh: 本期内的学生心理辅导（`counselling`）。
-- by: person
SELECT person_key, village, town, county, city, issue, crisis, sex
FROM counselling WHERE service_day >= $s_day AND service_day <= $e_day
