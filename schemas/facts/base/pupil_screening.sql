-- Screenings at their school, with the pupil's sex.
-- zh: 学生心理测评记录，带所在学校的区划和学生性别。
-- day: screening_day
-- by: county
SELECT v.person_key, v._county, v.record_id, d.village, d.town, d.county, d.city, v.screening_day, v.scale, v.result,
       COALESCE(s.stage, 'unknown') AS stage, COALESCE(n.sex, 'unknown') AS sex
FROM school_screening AS v
JOIN school_site_place AS s ON s._county = v._county AND s.school_id = v.school_id
JOIN place AS d ON d.code = s.division_code
LEFT JOIN person AS n ON n.person_key = v.person_key
