-- Screenings at their school, with the pupil's sex, in their order: by date, then record_id.
-- day: screening_day
SELECT v.person_key, d.village, d.town, d.county, d.city, v.screening_day, v.scale, v.result,
       COALESCE(s.stage, 'unknown') AS stage, COALESCE(n.sex, 'unknown') AS sex, v.seq
FROM (SELECT person_key, _county, school_id, screening_day, scale, result,
             ROW_NUMBER() OVER (ORDER BY screening_day, record_id, _county) AS seq
      FROM school_screening) AS v
JOIN school_site_place AS s ON s._county = v._county AND s.school_id = v.school_id
JOIN place AS d ON d.code = s.division_code
LEFT JOIN person AS n ON n.person_key = v.person_key
