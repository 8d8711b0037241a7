-- Managed: start month, each complete follow-up's month in turn and the last month never more than
-- $month_gap calendar months apart.
-- zh: 规范管理：起始月、每次完整随访所在月、末月，依次相隔都不超过 $month_gap 个月。
-- by: person
-- choice: managed, managed_rule = month_gap
SELECT w.person_key
FROM (SELECT person_key, MIN(followup_month) AS first_month, MAX(followup_month) AS last_month,
             MAX(CASE WHEN before_month IS NULL THEN 0 ELSE followup_month - before_month END) AS widest
      FROM (SELECT person_key, followup_month,
                   LAG(followup_month) OVER (PARTITION BY person_key ORDER BY followup_month) AS before_month
            FROM seen
            WHERE risk_level IS NOT NULL) AS steps
      GROUP BY person_key) AS f
JOIN own_window AS w ON w.person_key = f.person_key
WHERE f.first_month - w.start_month <= $month_gap
  AND f.widest <= $month_gap
  AND $e_month - f.last_month <= $month_gap
