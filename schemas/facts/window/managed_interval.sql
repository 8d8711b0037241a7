-- Managed: one complete follow-up for each whole $interval_days days of the own window, and none later
-- after the one before than its stability class allows.
-- zh: 规范管理：本人窗口内每满 $interval_days 天有一次完整随访，且相邻两次的间隔不超过其病情分类所允许的天数。
-- by: person
-- choice: managed, managed_rule = interval
SELECT w.person_key
FROM (SELECT person_key, COUNT(*) AS visits, MIN(followup_day) AS first_day,
             MAX(CASE WHEN COALESCE(next_day, $e_day) - followup_day > allowed THEN 1 ELSE 0 END) AS late
      FROM (SELECT person_key, followup_day,
                   CASE WHEN stability = 'unstable' THEN $interval_unstable
                        WHEN stability = 'basic' THEN $interval_basic
                        ELSE $interval_stable END AS allowed,
                   LEAD(followup_day) OVER (PARTITION BY person_key ORDER BY seq)
                       AS next_day
            FROM seen
            WHERE risk_level IS NOT NULL) AS steps
      GROUP BY person_key) AS f
JOIN own_window AS w ON w.person_key = f.person_key
WHERE f.visits * $interval_days > w.days - $interval_days
  AND f.first_day - w.start_day <= $interval_first
  AND f.late = 0
