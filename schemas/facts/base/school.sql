-- Schools and other educational sites.
-- zh: 学校及其他教育机构。
-- by: county
SELECT s._county, s.school_id, d.village, d.town, d.county, d.city, s.room_day, s.qualified_day, s.feature_day, s.growth_centre_day,
       CASE WHEN s.stage IN ($school_stages) THEN TRUE ELSE FALSE END AS school,
       COALESCE(s.course, FALSE) AS course
FROM $all_school_site AS s
JOIN place AS d ON d.code = s.division_code
