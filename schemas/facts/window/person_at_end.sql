-- Sex and age group of each person at the end of the window.
SELECT person_key, sex, $age_group AS age_group
FROM (SELECT person_key, sex,
             $e_year - birth_year - CASE WHEN $e_mmdd < birth_mmdd THEN 1 ELSE 0 END AS age
      FROM person) AS q
