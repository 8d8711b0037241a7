-- Every village of the tree, with its room, its staff and its lectures.
-- zh: 每个村（居），带其服务室、人员和讲座。
-- rows: division
SELECT p.code, p.village, p.town, p.county, p.city,
       CASE WHEN p.village IN ($named_villages) THEN TRUE ELSE FALSE END AS named,
       CASE WHEN s.rooms >= 1 THEN TRUE ELSE FALSE END AS has_room,
       CASE WHEN s.social_workers >= 1 AND s.counsellors >= 1 THEN TRUE ELSE FALSE END AS staffed,
       CASE WHEN a.lectures >= $village_lectures THEN TRUE ELSE FALSE END AS lectured
FROM place AS p
LEFT JOIN (SELECT division_code,
                  SUM(CASE WHEN site_kind = 'village_room' THEN 1 ELSE 0 END) AS rooms,
                  SUM(social_workers) AS social_workers,
                  SUM(counsellors) AS counsellors
           FROM standing
           GROUP BY division_code) AS s ON s.division_code = p.code
LEFT JOIN (SELECT division_code, COUNT(*) AS lectures
           FROM activity
           WHERE activity_kind = 'lecture' AND activity_day >= $ytd_day AND activity_day <= $e_day
           GROUP BY division_code) AS a ON a.division_code = p.code
WHERE p.village IS NOT NULL
