-- Managed: at least one complete follow-up, and one for each whole $prorata_days days of the own window.
-- by: person
-- choice: managed, managed_rule = prorata
SELECT w.person_key
FROM (SELECT person_key, COUNT(*) AS visits FROM seen WHERE risk_level IS NOT NULL GROUP BY person_key) AS f
JOIN own_window AS w ON w.person_key = f.person_key
WHERE f.visits * $prorata_days > w.days - $prorata_days
