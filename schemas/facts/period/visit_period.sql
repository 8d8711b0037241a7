-- Rows of `visit` dated in the period.
SELECT * FROM visit WHERE visit_day >= $s_day AND visit_day <= $e_day
