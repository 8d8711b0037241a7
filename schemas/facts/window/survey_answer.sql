-- Survey answers of the twelve months.
-- zh: 十二个月内的问卷答卷。
-- rows: station_survey
SELECT _county, response_id, village, town, county, city, items_correct, items_total,
       CASE WHEN (age IS NULL OR age >= $literacy_age) AND literacy_judgement IS NOT NULL
                 AND literacy_self IS NOT NULL AND literacy_case IS NOT NULL
            THEN TRUE ELSE FALSE END AS scored,
       CASE WHEN literacy_judgement >= $literacy_judgement AND literacy_self >= $literacy_self
                 AND literacy_case >= $literacy_case
            THEN TRUE ELSE FALSE END AS literate
FROM survey
WHERE survey_day >= $t12m_day AND survey_day <= $e_day
