-- The last seen follow-up of each person that states a risk level.
SELECT person_key, risk_level
FROM (SELECT person_key, risk_level,
             ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY followup_day DESC, record_id DESC, _county DESC) AS place
      FROM seen
      WHERE risk_level IS NOT NULL) AS q
WHERE place = 1
