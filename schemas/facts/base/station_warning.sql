-- Station contacts that state a warning level.
-- zh: 写明预警等级的站点服务记录。
-- day: service_day
-- by: county
SELECT person_key, _county, record_id, village, town, county, city, service_day, warning_level
FROM service
WHERE warning_level IS NOT NULL
