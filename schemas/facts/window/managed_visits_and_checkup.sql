-- Managed: at least $visits_min complete follow-ups, one of them with a check-up.
-- zh: 规范管理：至少 $visits_min 次完整随访，其中一次有体检。
-- by: person
-- choice: managed, managed_rule = visits_and_checkup
SELECT w.person_key
FROM (SELECT person_key, COUNT(*) AS visits, MAX(checkup) AS checkup
      FROM seen
      WHERE risk_level IS NOT NULL
      GROUP BY person_key) AS f
JOIN own_window AS w ON w.person_key = f.person_key
WHERE f.visits >= $visits_min AND f.checkup = 1
