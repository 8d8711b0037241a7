-- The special-population register at its divisions.
SELECT v.person_key, v._county, v.record_id, d.village, d.town, d.county, d.city, v.start_day, v.end_day
FROM police_person AS v
JOIN place AS d ON d.code = v.division_code
