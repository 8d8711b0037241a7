-- Persons at risk of causing harm.
-- zh: 有肇事肇祸风险的人。
-- by: person
SELECT DISTINCT person_key FROM special WHERE violent_risk
