-- Rows of `screening` dated in the period.
SELECT person_key, village, town, county, city, scale, result, stage, sex
FROM screening WHERE screening_day >= $s_day AND screening_day <= $e_day
