-- Activities of the year so far.
-- zh: 当年以来的活动。
SELECT village, town, county, city FROM activity WHERE activity_day >= $ytd_day AND activity_day <= $e_day
