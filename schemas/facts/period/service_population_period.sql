-- Rows of `service_population` dated in the period.
-- zh: 本期内按人群展开的站点服务（`service_population`）。
-- by: person
SELECT person_key, village, town, county, city, population
FROM service_population WHERE service_day >= $s_day AND service_day <= $e_day
