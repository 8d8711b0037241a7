-- 哪些村（居）没有建成的心理服务室。
-- Which villages have no service room that stands.
SELECT v.division_code, v.full_name
FROM 'sample-data/store/current/internal/labels/divisions.parquet' AS v
ANTI JOIN (SELECT division_code FROM 'sample-data/store/current/internal/stations/stations.parquet'
           WHERE stands AND site_kind = 'village_room') AS r ON r.division_code = v.division_code
WHERE v.level = 'village'
ORDER BY v.division_code
LIMIT 5;
