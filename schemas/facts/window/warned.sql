-- Each person's latest station contact of the twelve months that states a warning level.
-- zh: 十二个月内每人最近一次写明预警等级的站点服务。
-- by: person
-- rows: station_service
SELECT q.person_key, q._county, q.record_id, q.village, q.town, q.county, q.city, q.warning_level,
       CASE WHEN q.warning_level IN ($warning_levels) THEN TRUE ELSE FALSE END AS warned,
       CASE WHEN n.person_key IS NULL THEN FALSE ELSE TRUE END AS planned
FROM warning AS q
JOIN (SELECT MAX(seq) AS seq
      FROM warning
      WHERE service_day >= $t12m_day AND service_day <= $e_day
      GROUP BY person_key) AS l ON l.seq = q.seq
LEFT JOIN planned AS n ON n.person_key = q.person_key
