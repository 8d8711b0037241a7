-- Persons with a rehabilitation contact of their own in the twelve months.
-- zh: 十二个月内本人接受过康复服务的人。
-- by: person
SELECT DISTINCT person_key
FROM service
WHERE own AND service_kind IN ($rehab_kinds) AND service_day >= $t12m_day AND service_day <= $e_day
