-- Rows of `activity` dated in the period.
SELECT * FROM activity WHERE activity_day >= $s_day AND activity_day <= $e_day
