-- Referrals of the twelve months, each with whether a visit of the person closes it.
-- zh: 十二个月内的转介，带其后该人是否就诊。
-- by: person
-- rows: station_service, school_counselling
SELECT r.dataset, r._county, r.record_id, r.village, r.town, r.county, r.city,
       CASE WHEN v.referral_day IS NULL THEN FALSE ELSE TRUE END AS closed
FROM (SELECT 'station_service' AS dataset, person_key, _county, record_id, village, town, county, city,
             service_day AS referral_day
      FROM service
      WHERE referral AND service_day >= $t12m_day AND service_day <= $e_day
      UNION ALL
      SELECT 'school_counselling' AS dataset, person_key, _county, record_id, village, town, county, city,
             service_day AS referral_day
      FROM counselling
      WHERE referral AND service_day >= $t12m_day AND service_day <= $e_day) AS r
LEFT JOIN closed_referral AS v ON v.person_key = r.person_key AND v.referral_day = r.referral_day
