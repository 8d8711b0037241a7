-- The last seen follow-up of each person that states a stability.
-- by: person
SELECT s.person_key, s.stability
FROM seen AS s
JOIN (SELECT person_key, MAX(seq) AS seq FROM seen WHERE stability IS NOT NULL GROUP BY person_key) AS l
  ON l.person_key = s.person_key AND l.seq = s.seq
