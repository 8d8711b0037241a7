-- The same, once for each category.
-- zh: 同上，每类人员一行。
-- by: person
SELECT s.person_key, s.village, s.town, s.county, s.city, s.planned, k.category
FROM special AS s
JOIN police_category AS k ON k._county = s._county AND k.record_id = s.record_id
