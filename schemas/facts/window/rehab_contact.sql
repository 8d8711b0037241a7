-- Persons with a rehabilitation contact of their own in the twelve months.
-- by: person
SELECT DISTINCT person_key
FROM service
WHERE own AND service_kind IN ($rehab_kinds) AND service_day >= $t12m_day AND service_day <= $e_day
