-- Rows of `activity` dated in the period.
SELECT village, town, county, city, activity_kind, setting, participants
FROM activity WHERE activity_day >= $s_day AND activity_day <= $e_day
