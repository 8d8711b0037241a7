-- Seen follow-ups of each person in their order: by date, then record_id.
-- day: followup_day
-- by: person
SELECT person_key, followup_day, followup_month, mode, risk_level, stability, medication, grade_class, rehab,
       counselled, checkup,
       ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY followup_day, record_id, _county) AS seq
FROM patient_followup
