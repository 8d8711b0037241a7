-- Months of the year so far in which a station or room is expected to report, with whether it did.
-- zh: 当年以来各站（室）应当报送的月份，带是否报送。
-- rows: station_site
SELECT x._county, x.dataset, x.site_id, x.village, x.town, x.county, x.city,
       CASE WHEN r.site_id IS NULL THEN FALSE ELSE TRUE END AS reported
FROM (SELECT s._county, s.dataset, s.site_id, s.village, s.town, s.county, s.city, m.month
      FROM site AS s
      CROSS JOIN months AS m
      WHERE s.site_kind IN ('town_station', 'village_room')
        AND s.built_day <= m.last_day AND (s.closed_day IS NULL OR s.closed_day > m.last_day)) AS x
LEFT JOIN reported_month AS r ON r._county = x._county AND r.site_id = x.site_id AND r.month = x.month
