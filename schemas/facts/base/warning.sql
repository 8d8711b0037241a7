-- Station contacts of each person that state a warning level in their order: by date, then record_id.
-- day: service_day
-- by: person
SELECT person_key, village, town, county, city, service_day, warning_level,
       ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY service_day, record_id, _county) AS seq
FROM station_warning
