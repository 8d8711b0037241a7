-- Categories of the special-population register, each with the person of its row.
-- by: county
SELECT v.person_key, k._county, k.record_id, k.category
FROM police_person_category AS k
JOIN police_person AS v ON v._county = k._county AND v.record_id = k.record_id
