-- Outreach and education activities.
-- zh: 宣传教育活动。
-- day: activity_day
-- by: county
SELECT a._county, a.activity_id, a.site_id, a.unit_id, a.division_code, d.village, d.town, d.county, d.city,
       a.activity_kind, a.setting, a.activity_day, c.month AS activity_month, a.participants
FROM station_activity AS a
JOIN place AS d ON d.code = a.division_code
JOIN calendar AS c ON c.day = a.activity_day
