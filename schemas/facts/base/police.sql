-- The special-population register at its divisions, with the person's sex and birth.
-- zh: 特殊人群服务管理名册，带区划以及本人的性别和出生日期。
-- by: county
SELECT v.person_key, v._county, v.record_id, d.village, d.town, d.county, d.city, v.start_day, v.end_day,
       COALESCE(n.sex, 'unknown') AS sex, n.birth_year, n.birth_mmdd
FROM police_person AS v
JOIN place AS d ON d.code = v.division_code
LEFT JOIN person AS n ON n.person_key = v.person_key
