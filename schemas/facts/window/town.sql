-- Every town of the tree, with whether a station stands in it.
-- zh: 每个乡镇（街道），带其中是否有运行中的服务站。
-- rows: division
SELECT p.code, p.town, p.county, p.city, CASE WHEN s.stations >= 1 THEN TRUE ELSE FALSE END AS has_station
FROM place AS p
LEFT JOIN (SELECT town, COUNT(*) AS stations FROM standing WHERE site_kind = 'town_station' GROUP BY town) AS s
       ON s.town = p.code
WHERE p.town IS NOT NULL AND p.village IS NULL
