-- Days on which a person was referred and that a visit followed within $referral_days days.
-- zh: 某人被转介、且在 $referral_days 天内就诊的日期。
-- ahead: visit
-- by: person
SELECT DISTINCT q.person_key, q.referral_day
FROM (SELECT person_key, service_day AS referral_day FROM service
      WHERE referral AND service_day >= $t12m_day AND service_day <= $e_day
      UNION ALL
      SELECT person_key, service_day AS referral_day FROM counselling
      WHERE referral AND service_day >= $t12m_day AND service_day <= $e_day) AS q
JOIN visit AS v ON v.person_key = q.person_key
WHERE v.visit_day >= q.referral_day AND v.visit_day - q.referral_day <= $referral_days
