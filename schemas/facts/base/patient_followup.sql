-- Follow-ups at which the patient was seen, of patients whose registration stands.
-- zh: 见到患者本人的随访，限登记有效的患者。
-- day: followup_day
-- by: county
SELECT h.person_key, f._county, f.record_id, f.followup_day, c.month AS followup_month, f.mode, f.risk_level,
       f.stability, f.medication, f.grade_class,
       CASE WHEN f.rehab THEN 1 ELSE 0 END AS rehab,
       CASE WHEN f.counselled THEN 1 ELSE 0 END AS counselled,
       CASE WHEN f.checkup THEN 1 ELSE 0 END AS checkup
FROM hospital_followup AS f
JOIN hospital_patient AS h ON h._county = f._county AND h.patient_no = f.patient_no
JOIN calendar AS c ON c.day = f.followup_day
WHERE f.outcome IS NULL OR f.outcome = 'seen'
