-- Survey answers; anonymous.
-- zh: 问卷答卷；不记名。
-- day: survey_day
-- by: county
SELECT _county, response_id, village, town, county, city, survey_day, items_correct, items_total, age, literacy_judgement, literacy_self,
       literacy_case, sex, $age_group AS age_group
FROM (SELECT s._county, s.response_id, d.village, d.town, d.county, d.city, s.survey_day, s.items_correct, s.items_total, s.age,
             s.literacy_judgement, s.literacy_self, s.literacy_case, COALESCE(s.sex, 'unknown') AS sex
      FROM station_survey AS s
      JOIN place AS d ON d.code = s.division_code) AS q
