-- Rows of `activity` dated in the period.
-- zh: 本期内的活动（`activity`）。
SELECT village, town, county, city, activity_kind, setting, participants
FROM activity WHERE activity_day >= $s_day AND activity_day <= $e_day
