-- Follow-ups at which the patient was seen, of patients whose registration stands, in their order: by
-- date, then record_id.
-- day: followup_day
SELECT h.person_key, f.seq, f.followup_day, c.month AS followup_month, f.mode, f.risk_level,
       f.stability, f.medication, f.grade_class,
       CASE WHEN f.rehab THEN 1 ELSE 0 END AS rehab,
       CASE WHEN f.counselled THEN 1 ELSE 0 END AS counselled,
       CASE WHEN f.checkup THEN 1 ELSE 0 END AS checkup
FROM (SELECT _county, patient_no, followup_day, mode, outcome, risk_level, stability, medication, grade_class, rehab,
             counselled, checkup, ROW_NUMBER() OVER (ORDER BY followup_day, record_id, _county) AS seq
      FROM hospital_followup) AS f
JOIN hospital_patient AS h ON h._county = f._county AND h.patient_no = f.patient_no
JOIN calendar AS c ON c.day = f.followup_day
WHERE f.outcome IS NULL OR f.outcome = 'seen'
