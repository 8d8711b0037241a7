-- Health institutions with the day of their psychiatric clinic, the psychiatric visits they had, and the last one.
-- zh: 各医疗卫生机构的心理门诊开设日，以及历来的就诊人次和最近一次。
-- by: county
SELECT h._county, h.org_id, h.org_kind, h.division_code, h.psych_clinic_day, COALESCE(c.contacts, 0) AS contacts,
       c.last_contact_day
FROM $all_hospital_site AS h
JOIN place AS d ON d.code = h.division_code
LEFT JOIN (SELECT _county, org_id, COUNT(*) AS contacts, MAX(visit_day) AS last_contact_day
           FROM hospital_visit
           GROUP BY _county, org_id) AS c ON c._county = h._county AND c.org_id = h.org_id
