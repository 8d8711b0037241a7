-- Registrations on the register at the end of the window.
SELECT person_key, _county, patient_no, village, town, county, city, registered_day, living, schizophrenia,
       diagnosis_group
FROM registration
WHERE registered_day <= $e_day AND (left_day IS NULL OR left_day > $e_day)
