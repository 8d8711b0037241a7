-- Psychiatric visits at their place, with the patient's sex and age at the visit.
-- zh: 精神科门诊住院记录，带机构所在区划以及患者就诊时的性别和年龄。
-- day: visit_day
-- by: county
SELECT person_key, village, town, county, city, visit_day, visit_kind, discharge_day, diagnosis_group, sex,
       $age_group AS age_group
FROM (SELECT v.person_key, d.village, d.town, d.county, d.city, v.visit_day, v.visit_kind, v.discharge_day,
             $diagnosis_group AS diagnosis_group,
             COALESCE(n.sex, 'unknown') AS sex,
             c.year - n.birth_year - CASE WHEN c.mmdd < n.birth_mmdd THEN 1 ELSE 0 END AS age
      FROM (SELECT person_key, _county, org_id, visit_day, visit_kind, discharge_day,
                   REPLACE(UPPER(diagnosis), '.', '') AS icd10
            FROM hospital_visit) AS v
      JOIN hospital_site_place AS s ON s._county = v._county AND s.org_id = v.org_id
      JOIN place AS d ON d.code = s.division_code
      JOIN calendar AS c ON c.day = v.visit_day
      LEFT JOIN person AS n ON n.person_key = v.person_key) AS q
