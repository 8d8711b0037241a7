-- Rows of `survey` dated in the period.
-- zh: 本期内的问卷答卷（`survey`）。
SELECT village, town, county, city, sex, age_group, items_correct, items_total
FROM survey WHERE survey_day >= $s_day AND survey_day <= $e_day
