-- Screenings of the twelve months, each with the result of the student's latest one anywhere.
-- zh: 十二个月内的测评，带该学生最近一次测评（不限学校）的结果。
-- by: person
-- rows: school_screening
SELECT s.person_key, s._county, s.record_id, s.village, s.town, s.county, s.city, l.attention
FROM (SELECT person_key, _county, record_id, village, town, county, city
      FROM screening
      WHERE screening_day >= $t12m_day AND screening_day <= $e_day) AS s
JOIN (SELECT q.person_key, CASE WHEN q.result IN ('moderate', 'severe') THEN TRUE ELSE FALSE END AS attention
      FROM screening AS q
      JOIN (SELECT MAX(seq) AS seq
            FROM screening
            WHERE screening_day >= $t12m_day AND screening_day <= $e_day
            GROUP BY person_key) AS m ON m.seq = q.seq) AS l ON l.person_key = s.person_key
