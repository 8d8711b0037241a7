-- How many contacts a site had, with the last one and the last activity.
-- zh: 各站点的服务人次、最近一次服务和最近一次活动。
-- by: county
SELECT _county, site_id, SUM(is_contact) AS contacts,
       MAX(CASE WHEN is_contact = 1 THEN day END) AS last_contact_day,
       MAX(CASE WHEN is_contact = 0 THEN day END) AS last_activity_day
FROM (SELECT _county, site_id, 1 AS is_contact, service_day AS day FROM service
      UNION ALL
      SELECT _county, site_id, 0 AS is_contact, activity_day AS day FROM activity
      WHERE site_id IS NOT NULL) AS q
GROUP BY _county, site_id
