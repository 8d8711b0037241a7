-- Persons with an individual plan in the twelve months.
-- by: person
SELECT DISTINCT person_key
FROM service
WHERE own AND planned AND service_day >= $t12m_day AND service_day <= $e_day
