-- Persons with an individual plan in the twelve months.
-- zh: 十二个月内有个性化方案的人。
-- by: person
SELECT DISTINCT person_key
FROM service
WHERE own AND planned AND service_day >= $t12m_day AND service_day <= $e_day
