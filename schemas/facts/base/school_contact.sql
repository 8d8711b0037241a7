-- Schools with the day of their counselling room, the counselling and screening contacts they had, and the last one.
-- zh: 各学校的心理辅导室建成日，以及历来的辅导、测评人次和最近一次。
-- by: county
SELECT s._county, s.school_id, s.stage, s.division_code, s.room_day, COALESCE(c.contacts, 0) AS contacts,
       c.last_contact_day
FROM $all_school_site AS s
JOIN place AS d ON d.code = s.division_code
LEFT JOIN (SELECT _county, school_id, COUNT(*) AS contacts, MAX(day) AS last_contact_day
           FROM (SELECT _county, school_id, service_day AS day FROM school_counselling
                 UNION ALL
                 SELECT _county, school_id, screening_day AS day FROM school_screening) AS q
           GROUP BY _county, school_id) AS c ON c._county = s._county AND c.school_id = s.school_id
