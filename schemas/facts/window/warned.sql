-- Each person's latest station contact of the twelve months that states a warning level.
SELECT q.person_key, q.village, q.town, q.county, q.city, q.warning_level,
       CASE WHEN q.warning_level IN ($warning_levels) THEN TRUE ELSE FALSE END AS warned,
       CASE WHEN n.person_key IS NULL THEN FALSE ELSE TRUE END AS planned
FROM (SELECT person_key, village, town, county, city, warning_level,
             ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY service_day DESC, record_id DESC, _county DESC) AS place
      FROM service
      WHERE warning_level IS NOT NULL AND service_day >= $t12m_day AND service_day <= $e_day) AS q
LEFT JOIN planned AS n ON n.person_key = q.person_key
WHERE q.place = 1
