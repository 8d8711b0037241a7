-- Persons at risk of causing harm.
-- by: person
SELECT DISTINCT person_key FROM special WHERE violent_risk
