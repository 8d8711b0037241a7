-- Seen follow-ups of the twelve months.
-- zh: 十二个月内见到本人的随访。
-- by: person
SELECT person_key, seq, followup_day, followup_month, mode, risk_level, stability, medication,
       grade_class, rehab, counselled, checkup
FROM followup
WHERE followup_day >= $t12m_day AND followup_day <= $e_day
