-- One row a registration on the register, with what all rows of the person say.
-- zh: 在册的登记每条一行，带该人全部记录所说的情况。
-- by: person
-- rows: hospital_patient
SELECT r.person_key, r._county, r.patient_no, r.village, r.town, r.county, r.city, r.diagnosis_group, r.living, r.schizophrenia,
       CASE WHEN r.living = 'home' THEN TRUE ELSE FALSE END AS at_home,
       CASE WHEN m.person_key IS NULL THEN FALSE ELSE TRUE END AS managed,
       CASE WHEN f.complete = 1 OR i.person_key IS NOT NULL THEN TRUE ELSE FALSE END AS under_management,
       CASE WHEN l.medication IN ($treated_medication) OR i.person_key IS NOT NULL THEN TRUE ELSE FALSE END AS treated,
       CASE WHEN l.medication IN ($treated_medication) THEN TRUE ELSE FALSE END AS on_medication,
       CASE WHEN l.medication IN ($regular_medication) THEN TRUE ELSE FALSE END AS regular_medication,
       CASE WHEN f.assessed = 1 THEN TRUE ELSE FALSE END AS assessed,
       CASE WHEN f.face_to_face = 1 THEN TRUE ELSE FALSE END AS face_to_face,
       CASE WHEN f.checkup = 1 THEN TRUE ELSE FALSE END AS checkup,
       CASE WHEN f.rehab = 1 OR h.person_key IS NOT NULL THEN TRUE ELSE FALSE END AS in_rehab,
       CASE WHEN f.counselled = 1 OR u.person_key IS NOT NULL THEN TRUE ELSE FALSE END AS counselled,
       CASE WHEN s.stability IN ($stable_classes) THEN TRUE ELSE FALSE END AS stable,
       CASE WHEN v.person_key IS NULL THEN FALSE ELSE TRUE END AS violent_risk,
       COALESCE(s.stability, 'unknown') AS stability,
       COALESCE(CAST(k.risk_level AS VARCHAR(2)), 'unknown') AS risk_level,
       r.sex,
       $age_group AS age_group
FROM registered AS r
LEFT JOIN managed AS m ON m.person_key = r.person_key
LEFT JOIN in_hospital AS i ON i.person_key = r.person_key
LEFT JOIN seen_person AS f ON f.person_key = r.person_key
LEFT JOIN last_seen AS l ON l.person_key = r.person_key
LEFT JOIN last_stability AS s ON s.person_key = r.person_key
LEFT JOIN last_risk AS k ON k.person_key = r.person_key
LEFT JOIN rehab_contact AS h ON h.person_key = r.person_key
LEFT JOIN support_contact AS u ON u.person_key = r.person_key
LEFT JOIN violent_risk AS v ON v.person_key = r.person_key
