-- The last seen follow-up of each person: latest date, then greatest record_id.
-- by: person
SELECT s.person_key, s.medication
FROM seen AS s
JOIN (SELECT person_key, MAX(seq) AS seq FROM seen GROUP BY person_key) AS l
  ON l.person_key = s.person_key AND l.seq = s.seq
