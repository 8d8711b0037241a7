-- Every site, with whether it stands at the end of the window, its contacts and its last contact: the table `stations`.
-- zh: 各站点，带期末时是否运行、服务人次和最近一次服务：即表 `stations`。
-- rows: station_site
SELECT s._county, s.site_id, s.site_kind, s.division_code, s.built_day, s.closed_day,
       CASE WHEN s.built_day <= $e_day AND (s.closed_day IS NULL OR s.closed_day > $e_day) THEN TRUE ELSE FALSE END
           AS stands,
       COALESCE(c.contacts, 0) AS contacts, c.last_contact_day, c.last_activity_day
FROM site AS s
LEFT JOIN site_contact AS c ON c._county = s._county AND c.site_id = s.site_id
