-- Months of the year so far in which a site has a contact or an activity.
SELECT r._county, r.site_id, r.month
FROM report AS r
JOIN months AS m ON m.month = r.month
WHERE r.first_day <= $e_day
