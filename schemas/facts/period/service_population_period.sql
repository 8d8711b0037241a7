-- Rows of `service_population` dated in the period.
-- by: person
SELECT person_key, village, town, county, city, population
FROM service_population WHERE service_day >= $s_day AND service_day <= $e_day
