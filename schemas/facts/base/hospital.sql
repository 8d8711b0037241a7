-- Health institutions.
-- zh: 医疗卫生机构。
-- by: county
SELECT h._county, h.org_id, d.village, d.town, d.county, d.city, h.org_kind, h.psych_clinic_day, h.child_clinic_day,
       h.counselling_room_day, COALESCE(h.clinicians, 0) AS clinicians,
       COALESCE(h.clinicians_trained, 0) AS clinicians_trained,
       CASE WHEN h.grade IN ($hospital_grades) THEN TRUE ELSE FALSE END AS graded
FROM $all_hospital_site AS h
JOIN place AS d ON d.code = h.division_code
