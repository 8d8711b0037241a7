-- The last seen follow-up of each person: latest date, then greatest record_id.
-- zh: 每人最近一次见到本人的随访：日期最晚的，同日取记录编号最大的。
-- by: person
SELECT s.person_key, s.medication
FROM seen AS s
JOIN (SELECT MAX(seq) AS seq FROM seen GROUP BY person_key) AS l
  ON l.seq = s.seq
