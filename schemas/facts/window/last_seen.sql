-- The last seen follow-up of each person: latest date, then greatest record_id.
-- by: person
SELECT s.person_key, s.medication
FROM seen AS s
JOIN (SELECT MAX(seq) AS seq FROM seen GROUP BY person_key) AS l
  ON l.seq = s.seq
