-- Months of the year so far in which a site has a contact or an activity.
SELECT _county, site_id, service_month AS month
FROM service
WHERE service_day >= $ytd_day AND service_day <= $e_day
UNION
SELECT _county, site_id, activity_month AS month
FROM activity
WHERE site_id IS NOT NULL AND activity_day >= $ytd_day AND activity_day <= $e_day
