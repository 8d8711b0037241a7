-- Rows of `service_population` dated in the period.
SELECT * FROM service_population WHERE service_day >= $s_day AND service_day <= $e_day
