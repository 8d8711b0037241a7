-- 到 as_of 为止三个月没有服务的站点、学校和机构：从未有过服务的在前，其次是间隔最久的。学校看心理辅导室是否建成，
-- 机构看精神心理门诊是否开设；新建不满三个月的不列。sent_until 为该区县服务数据报到哪一天：早于三个月前的，是没有报送，不是没有服务。
-- Which stations, schools and institutions that stand had no contact for three months before as_of: those that never had
-- one first, then the longest. Of a school its counselling room stands, of an institution its psychiatric clinic;
-- what is younger than three months is left out. sent_until: the day up to which the county sent contacts; where that is long
-- ago, they were not sent.
SELECT s.county, COALESCE(c.label_zh, s.dataset) AS kind, s.site_id, s.division_name, s.last_contact,
       s.as_of - s.last_contact AS days, d.newest AS sent_until
FROM 'sample-data/store/current/internal/stations/stations.parquet' AS s
LEFT JOIN 'sample-data/store/current/internal/labels/codes.parquet' AS c
  ON c.code = s.site_kind
 AND c.list = CASE s.dataset WHEN 'school_site' THEN 'school_stage' WHEN 'hospital_site' THEN 'org_kind' ELSE 'site_kind' END
LEFT JOIN 'sample-data/store/current/internal/labels/datasets.parquet' AS d
  ON d.county = s.county
 AND d.dataset = CASE s.dataset WHEN 'school_site' THEN 'school_counselling' WHEN 'hospital_site' THEN 'hospital_visit' ELSE 'station_service' END
WHERE s.stands AND s.built <= s.as_of - INTERVAL 3 MONTH
  AND (s.last_contact IS NULL OR s.last_contact <= s.as_of - INTERVAL 3 MONTH)
ORDER BY s.last_contact NULLS FIRST, s.county, s.dataset, s.site_id
LIMIT 8;
