-- Rows of `survey` dated in the period.
SELECT * FROM survey WHERE survey_day >= $s_day AND survey_day <= $e_day
