-- Rows of `service` dated in the period.
-- zh: 本期内的站点服务（`service`）。
-- by: person
SELECT person_key, village, town, county, city, service_kind, channel, sex, age_group
FROM service WHERE service_day >= $s_day AND service_day <= $e_day
