-- Rows of `pupil_screening` dated in the period.
-- zh: 本期内的学生心理测评（`pupil_screening`）。
-- by: person
SELECT person_key, village, town, county, city, scale, result, stage, sex
FROM pupil_screening WHERE screening_day >= $s_day AND screening_day <= $e_day
