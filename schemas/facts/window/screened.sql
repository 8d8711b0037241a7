-- Screenings of the twelve months, each with the result of the student's latest one anywhere.
SELECT s.person_key, s.village, s.town, s.county, s.city, l.attention
FROM (SELECT person_key, village, town, county, city
      FROM screening
      WHERE screening_day >= $t12m_day AND screening_day <= $e_day) AS s
JOIN (SELECT person_key, CASE WHEN result IN ('moderate', 'severe') THEN TRUE ELSE FALSE END AS attention
      FROM (SELECT person_key, result,
                   ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY screening_day DESC, record_id DESC, _county DESC) AS place
            FROM screening
            WHERE screening_day >= $t12m_day AND screening_day <= $e_day) AS q
      WHERE place = 1) AS l ON l.person_key = s.person_key
