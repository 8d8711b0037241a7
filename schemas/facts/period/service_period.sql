-- Rows of `service` dated in the period.
SELECT * FROM service WHERE service_day >= $s_day AND service_day <= $e_day
