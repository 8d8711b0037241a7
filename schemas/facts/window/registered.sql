-- Registrations on the register at the end of the window, with the person's age then.
-- zh: 期末时在册的登记，带该人当时的年龄。
-- by: person
SELECT person_key, _county, patient_no, village, town, county, city, registered_day, living, schizophrenia,
       diagnosis_group, sex,
       $e_year - birth_year - CASE WHEN $e_mmdd < birth_mmdd THEN 1 ELSE 0 END AS age
FROM registration
WHERE registered_day <= $e_day AND (left_day IS NULL OR left_day > $e_day)
