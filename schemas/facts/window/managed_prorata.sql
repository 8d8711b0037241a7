-- Managed: at least one complete follow-up, and one for each whole $prorata_days days of the own window.
-- zh: 规范管理：至少一次完整随访，且本人窗口内每满 $prorata_days 天有一次。
-- by: person
-- choice: managed, managed_rule = prorata
SELECT w.person_key
FROM (SELECT person_key, COUNT(*) AS visits FROM seen WHERE risk_level IS NOT NULL GROUP BY person_key) AS f
JOIN own_window AS w ON w.person_key = f.person_key
WHERE f.visits * $prorata_days > w.days - $prorata_days
