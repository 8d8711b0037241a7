-- 哪些村（居）没有建成的心理服务室；register 为所在区县站点台账的报送情况（never：从未报送，不能断定没有）。
-- Which villages have no service room that stands; `register` tells how its county sends the register of sites (of one that
-- never sent it nothing is known).
SELECT v.division_code, v.full_name, d.state AS register
FROM 'sample-data/store/current/internal/labels/divisions.parquet' AS v
ANTI JOIN (SELECT division_code FROM 'sample-data/store/current/internal/stations/stations.parquet'
           WHERE stands AND site_kind = 'village_room') AS r ON r.division_code = v.division_code
LEFT JOIN 'sample-data/store/current/internal/labels/datasets.parquet' AS d
  ON d.county = SUBSTR(v.division_code, 1, 6) AND d.dataset = 'station_site'
WHERE v.level = 'village'
ORDER BY d.state = 'never', v.division_code
LIMIT 5;
