-- Schools at the end of the window.
-- zh: 期末时的学校。
-- rows: school_site
SELECT _county, school_id, village, town, county, city, school, course,
       CASE WHEN room_day <= $e_day THEN TRUE ELSE FALSE END AS has_room,
       CASE WHEN qualified_day <= $e_day THEN TRUE ELSE FALSE END AS qualified,
       CASE WHEN feature_day <= $e_day THEN TRUE ELSE FALSE END AS feature,
       CASE WHEN growth_centre_day <= $e_day THEN TRUE ELSE FALSE END AS growth_centre
FROM school
