-- Station contacts once for each population that the person served belongs to.
-- zh: 站点服务记录，服务对象属于几类人群就列几行。
-- day: service_day
-- by: county
SELECT s.person_key, s.village, s.town, s.county, s.city, s.service_day,
       COALESCE(p.population, 'unknown') AS population
FROM service AS s
LEFT JOIN station_service_population AS p ON p._county = s._county AND p.record_id = s.record_id
