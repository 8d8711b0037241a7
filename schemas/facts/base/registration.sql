-- Registrations with one of the six diagnoses, with the day they left the register, and the person's
-- sex and birth.
-- zh: 六种诊断之一的患者登记，带出册日期以及本人的性别和出生日期。
-- by: county
SELECT p.person_key, p._county, p.patient_no, d.village, d.town, d.county, d.city,
       p.registered_day,
       CASE WHEN p.exit_reason IN ($leaving_reasons) THEN p.exit_day END AS left_day,
       p.living,
       CASE WHEN SUBSTR(p.icd10, 1, 3) = 'F20' THEN TRUE ELSE FALSE END AS schizophrenia,
       $diagnosis_group AS diagnosis_group,
       COALESCE(n.sex, 'unknown') AS sex, n.birth_year, n.birth_mmdd
FROM (SELECT person_key, _county, patient_no, manage_code, registered_day, exit_day, exit_reason, living,
             REPLACE(UPPER(diagnosis), '.', '') AS icd10
      FROM hospital_patient) AS p
JOIN place AS d ON d.code = p.manage_code
LEFT JOIN person AS n ON n.person_key = p.person_key
WHERE $six_diagnoses
