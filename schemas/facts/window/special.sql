-- The special-population register as it runs at the end of the window.
-- zh: 期末时在管的特殊人群服务管理名册。
-- by: person
-- rows: police_person
SELECT p.person_key, p._county, p.record_id, p.village, p.town, p.county, p.city,
       CASE WHEN k.correction = 1 THEN TRUE ELSE FALSE END AS correction,
       CASE WHEN k.detox = 1 THEN TRUE ELSE FALSE END AS detox,
       CASE WHEN k.violent_risk = 1 THEN TRUE ELSE FALSE END AS violent_risk,
       CASE WHEN n.person_key IS NULL THEN FALSE ELSE TRUE END AS planned,
       p.sex,
       $age_group AS age_group
FROM (SELECT person_key, _county, record_id, village, town, county, city, sex,
             $e_year - birth_year - CASE WHEN $e_mmdd < birth_mmdd THEN 1 ELSE 0 END AS age
      FROM police
      WHERE start_day <= $e_day AND (end_day IS NULL OR end_day > $e_day)) AS p
LEFT JOIN (SELECT _county, record_id,
                  MAX(CASE WHEN category = 'correction' THEN 1 ELSE 0 END) AS correction,
                  MAX(CASE WHEN category IN ($detox_categories) THEN 1 ELSE 0 END) AS detox,
                  MAX(CASE WHEN category = 'violent_risk' THEN 1 ELSE 0 END) AS violent_risk
           FROM police_category
           GROUP BY _county, record_id) AS k ON k._county = p._county AND k.record_id = p.record_id
LEFT JOIN planned AS n ON n.person_key = p.person_key
