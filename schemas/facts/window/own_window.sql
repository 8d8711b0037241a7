-- Each registered person's own window: from the later of the first day of the twelve months and the
-- earliest registration that counts.
-- zh: 每位在册患者本人的窗口：十二个月的首日与最早一次有效登记中较晚的一天起。
-- by: person
SELECT q.person_key, q.start_day, c.month AS start_month, $e_day - q.start_day + 1 AS days
FROM (SELECT person_key,
             CASE WHEN MIN(registered_day) > $t12m_day THEN MIN(registered_day) ELSE $t12m_day END AS start_day
      FROM registered
      GROUP BY person_key) AS q
JOIN calendar AS c ON c.day = q.start_day
