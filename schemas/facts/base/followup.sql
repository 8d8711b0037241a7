-- Seen follow-ups in their order: by date, then record_id, numbered as screenings are.
-- zh: 见到患者本人的随访，按日期、记录编号排序，编号方法与测评相同。
-- day: followup_day
-- by: person
SELECT person_key, followup_day, followup_month, mode, risk_level, stability, medication, grade_class, rehab,
       counselled, checkup,
       followup_day * 4294967296
           + ROW_NUMBER() OVER (PARTITION BY followup_day ORDER BY record_id, _county) AS seq
FROM patient_followup
