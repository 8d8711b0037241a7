-- Categories of the special-population register, each with the person of its row.
-- zh: 特殊人群服务管理名册中的人员类别，每类一行，带该行的人员编号。
-- by: county
SELECT v.person_key, k._county, k.record_id, k.category
FROM police_person_category AS k
JOIN police_person AS v ON v._county = k._county AND v.record_id = k.record_id
