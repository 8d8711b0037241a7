-- The last seen follow-up of each person: latest date, then greatest record_id.
SELECT person_key, medication
FROM (SELECT person_key, medication,
             ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY followup_day DESC, record_id DESC, _county DESC) AS place
      FROM seen) AS q
WHERE place = 1
