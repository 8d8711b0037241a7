-- Every county of the tree, with the items that its best centre meets.
-- zh: 每个区县，带其最好的心理健康中心达到的项数。
-- rows: division
SELECT p.code, p.county, p.city, COALESCE(s.items, 0) AS items_met, 10 AS items
FROM place AS p
LEFT JOIN (SELECT county, MAX(centre_items) AS items FROM standing WHERE site_kind = 'county_center' GROUP BY county) AS s
       ON s.county = p.code
WHERE p.county IS NOT NULL AND p.town IS NULL
