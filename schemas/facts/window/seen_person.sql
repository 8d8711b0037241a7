-- What the seen follow-ups of the twelve months say of a person.
-- zh: 十二个月内见到本人的随访所反映的各人情况。
-- by: person
SELECT person_key,
       MAX(CASE WHEN risk_level IS NOT NULL THEN 1 ELSE 0 END) AS complete,
       MAX(CASE WHEN risk_level IS NOT NULL AND grade_class IS NOT NULL THEN 1 ELSE 0 END) AS assessed,
       MAX(CASE WHEN mode IN ($face_to_face_modes) THEN 1 ELSE 0 END) AS face_to_face,
       MAX(rehab) AS rehab, MAX(counselled) AS counselled, MAX(checkup) AS checkup
FROM seen
GROUP BY person_key
