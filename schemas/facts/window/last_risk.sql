-- The last seen follow-up of each person that states a risk level.
-- zh: 每人最近一次写明危险性评估的随访（见到本人）。
-- by: person
SELECT s.person_key, s.risk_level
FROM seen AS s
JOIN (SELECT MAX(seq) AS seq FROM seen WHERE risk_level IS NOT NULL GROUP BY person_key) AS l
  ON l.seq = s.seq
