-- Persons at risk of causing harm.
SELECT DISTINCT person_key FROM special WHERE violent_risk
