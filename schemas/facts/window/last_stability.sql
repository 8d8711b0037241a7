-- The last seen follow-up of each person that states a stability.
-- zh: 每人最近一次写明病情稳定程度的随访（见到本人）。
-- by: person
SELECT s.person_key, s.stability
FROM seen AS s
JOIN (SELECT MAX(seq) AS seq FROM seen WHERE stability IS NOT NULL GROUP BY person_key) AS l
  ON l.seq = s.seq
