-- The last seen follow-up of each person that states a risk level.
-- by: person
SELECT s.person_key, s.risk_level
FROM seen AS s
JOIN (SELECT person_key, MAX(seq) AS seq FROM seen WHERE risk_level IS NOT NULL GROUP BY person_key) AS l
  ON l.person_key = s.person_key AND l.seq = s.seq
