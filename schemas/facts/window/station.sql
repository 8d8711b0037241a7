-- Every site that has contacts, with whether it stands at the end of the window, its contacts and its last contact: the
-- table `stations`. Of a key that two datasets of sites know, the contacts are at the dataset that counts first.
-- A school stands with its counselling room, a health institution with its psychiatric clinic.
-- zh: 各类有服务记录的站点，带期末时是否运行、人次和最近一次服务：即表 `stations`。两个站点数据集都有同一编号时，人次记在排在前面的数据集。学校以心理辅导室、医疗卫生机构以心理门诊为准。
SELECT s._county, s.dataset, s.site_id, s.site_kind, s.division_code, s.built_day, s.closed_day,
       CASE WHEN s.built_day <= $e_day AND (s.closed_day IS NULL OR s.closed_day > $e_day) THEN TRUE ELSE FALSE END
           AS stands,
       COALESCE(c.contacts, 0) AS contacts, c.last_contact_day, c.last_activity_day
FROM site AS s
LEFT JOIN (SELECT _county, site_id, MIN(dataset_rank) AS dataset_rank FROM site GROUP BY _county, site_id) AS f
       ON f._county = s._county AND f.site_id = s.site_id AND f.dataset_rank = s.dataset_rank
LEFT JOIN site_contact AS c ON c._county = f._county AND c.site_id = f.site_id
UNION ALL
SELECT _county, 'school_site' AS dataset, school_id AS site_id, stage AS site_kind, division_code, room_day AS built_day,
       CASE WHEN room_day IS NULL THEN room_day END AS closed_day,
       CASE WHEN room_day <= $e_day THEN TRUE ELSE FALSE END AS stands,
       contacts, last_contact_day, CASE WHEN room_day IS NULL THEN room_day END AS last_activity_day
FROM school_contact
UNION ALL
SELECT _county, 'hospital_site' AS dataset, org_id AS site_id, org_kind AS site_kind, division_code,
       psych_clinic_day AS built_day, CASE WHEN psych_clinic_day IS NULL THEN psych_clinic_day END AS closed_day,
       CASE WHEN psych_clinic_day <= $e_day THEN TRUE ELSE FALSE END AS stands,
       contacts, last_contact_day, CASE WHEN psych_clinic_day IS NULL THEN psych_clinic_day END AS last_activity_day
FROM hospital_contact
