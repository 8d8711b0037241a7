-- Station contacts that state a warning level in their order: by date, then record_id.
-- day: service_day
-- by: person
SELECT person_key, village, town, county, city, service_day, warning_level,
       ROW_NUMBER() OVER (ORDER BY service_day, record_id, _county) AS seq
FROM station_warning
