-- Health institutions at the end of the window.
-- zh: 期末时的医疗卫生机构。
-- rows: hospital_site
SELECT _county, org_id, village, town, county, city, org_kind, graded, clinicians, clinicians_trained,
       CASE WHEN psych_clinic_day <= $e_day THEN TRUE ELSE FALSE END AS clinic,
       CASE WHEN child_clinic_day <= $e_day THEN TRUE ELSE FALSE END AS child_clinic,
       CASE WHEN counselling_room_day <= $e_day THEN TRUE ELSE FALSE END AS counselling_room
FROM hospital
