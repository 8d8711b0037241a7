-- Rows of `screening` dated in the period.
SELECT * FROM screening WHERE screening_day >= $s_day AND screening_day <= $e_day
