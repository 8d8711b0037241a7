-- Station contacts that state a warning level in their order: by date, then record_id, numbered as screenings are.
-- zh: 写明预警等级的站点服务记录，按日期、记录编号排序，编号方法与测评相同。
-- day: service_day
-- by: person
SELECT person_key, _county, record_id, village, town, county, city, service_day, warning_level,
       service_day * 4294967296
           + ROW_NUMBER() OVER (PARTITION BY service_day ORDER BY record_id, _county) AS seq
FROM station_warning
