-- Rows of `counselling` dated in the period.
SELECT * FROM counselling WHERE service_day >= $s_day AND service_day <= $e_day
