-- Months in which a site has a contact or an activity, with the first day of one.
-- zh: 各站点有服务或活动的月份，以及当月最早的日期。
-- by: county
SELECT _county, site_id, month, MIN(day) AS first_day
FROM (SELECT _county, site_id, service_month AS month, service_day AS day FROM service
      UNION ALL
      SELECT _county, site_id, activity_month AS month, activity_day AS day FROM activity
      WHERE site_id IS NOT NULL) AS q
GROUP BY _county, site_id, month
