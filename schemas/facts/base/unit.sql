-- Employers and offices.
-- zh: 机关企事业单位。
-- by: county
SELECT u._county, u.unit_id, d.village, d.town, d.county, d.city, u.unit_kind, u.partner_day,
       COALESCE(u.high_visits, FALSE) AS high_visits,
       COALESCE(u.dispatch, FALSE) AS dispatch,
       CASE WHEN u.employees >= $large_employer THEN TRUE ELSE FALSE END AS large
FROM $all_station_unit AS u
JOIN place AS d ON d.code = u.division_code
