-- Screenings of each pupil in their order: by date, then record_id.
-- day: screening_day
-- by: person
SELECT person_key, village, town, county, city, screening_day, result,
       ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY screening_day, record_id, _county) AS seq
FROM pupil_screening
