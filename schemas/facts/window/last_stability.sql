-- The last seen follow-up of each person that states a stability.
SELECT person_key, stability
FROM (SELECT person_key, stability,
             ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY followup_day DESC, record_id DESC, _county DESC) AS place
      FROM seen
      WHERE stability IS NOT NULL) AS q
WHERE place = 1
