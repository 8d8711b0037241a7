-- Persons supported in the twelve months, themselves or through a relative.
-- zh: 十二个月内本人或经亲属得到支持的人。
-- by: person
SELECT person_key
FROM service
WHERE own AND service_kind IN ($counselling_kinds) AND service_day >= $t12m_day AND service_day <= $e_day
UNION
SELECT related_key AS person_key
FROM service
WHERE NOT own AND related_key IS NOT NULL AND service_kind IN ($family_counselling_kinds)
  AND service_day >= $t12m_day AND service_day <= $e_day
