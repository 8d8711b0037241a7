-- Months of the year so far in which a site has a contact or an activity.
-- zh: 当年以来站点有服务或活动的月份。
SELECT r._county, r.site_id, r.month
FROM report AS r
JOIN months AS m ON m.month = r.month
WHERE r.first_day <= $e_day
