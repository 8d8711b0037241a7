-- Station contacts at their place, with the sex and age of the person served.
-- zh: 站点服务记录，带所在区划以及服务对象的性别和年龄。
-- day: service_day
-- by: county
SELECT person_key, related_key, _county, record_id, site_id, village, town, county, city, service_kind, channel,
       service_day, service_month, own, planned, warning_level, referral, sex, $age_group AS age_group
FROM (SELECT v.person_key, v.related_key, v._county, v.record_id, v.site_id, s.village, s.town, s.county, s.city,
             v.service_kind, COALESCE(v.channel, 'unknown') AS channel, v.service_day, c.month AS service_month,
             CASE WHEN v.beneficiary IS NULL OR v.beneficiary = 'self' THEN TRUE ELSE FALSE END AS own,
             CASE WHEN v.plan_id IS NULL THEN FALSE ELSE TRUE END AS planned,
             v.warning_level,
             CASE WHEN v.service_kind = 'referral' OR v.referred_to IS NOT NULL THEN TRUE ELSE FALSE END AS referral,
             COALESCE(n.sex, 'unknown') AS sex,
             c.year - n.birth_year - CASE WHEN c.mmdd < n.birth_mmdd THEN 1 ELSE 0 END AS age
      FROM station_service AS v
      JOIN (SELECT p._county, p.site_id, d.village, d.town, d.county, d.city
            FROM station_site_place AS p
            JOIN place AS d ON d.code = p.division_code) AS s ON s._county = v._county AND s.site_id = v.site_id
      JOIN calendar AS c ON c.day = v.service_day
      LEFT JOIN person AS n ON n.person_key = v.person_key) AS q
