-- Counts of all indicators over the facts of `numbers_by_hand.sql`: (indicator, k, d, n, q), where k is the window, d the
-- division, n the numerator and q the denominator.

CREATE TABLE counted (indicator VARCHAR, k BIGINT, d INTEGER, n BIGINT, q BIGINT);

-- Patients: one row a person, division and window, then added up.
CREATE TABLE patient_count AS
SELECT k, d, count(*) AS "all", count(*) FILTER (managed) AS managed, count(*) FILTER (NOT violent) AS calm, count(*) FILTER (NOT violent AND managed) AS calm_managed,
       count(*) FILTER (violent) AS violent, count(*) FILTER (violent AND managed) AS violent_managed, count(*) FILTER (treated) AS treated,
       count(*) FILTER (schizophrenia) AS f20, count(*) FILTER (schizophrenia AND treated) AS f20_treated, count(*) FILTER (assessed) AS assessed,
       count(*) FILTER (home) AS home, count(*) FILTER (home AND assessed) AS home_assessed, count(*) FILTER (home AND in_rehab) AS home_rehab,
       count(*) FILTER (home AND counselled) AS home_counselled, count(*) FILTER (under) AS under, count(*) FILTER (on_medication) AS medicated,
       count(*) FILTER (regular) AS regular, count(*) FILTER (face) AS face, count(*) FILTER (home AND under) AS home_under,
       count(*) FILTER (home AND under AND stable) AS home_stable, count(*) FILTER (checkup) AS checkup
FROM (SELECT k, coalesce(v, t, c, y) AS d, p, any_value(managed) AS managed, any_value(violent_risk) AS violent, any_value(treated) AS treated,
             bool_or(schizophrenia) AS schizophrenia, any_value(assessed) AS assessed, bool_or(at_home) AS home, any_value(in_rehab) AS in_rehab,
             any_value(counselled) AS counselled, any_value(under_management) AS under, any_value(on_medication) AS on_medication,
             any_value(regular_medication) AS regular, any_value(face_to_face) AS face, any_value(stable) AS stable, any_value(checkup) AS checkup
      FROM patient GROUP BY GROUPING SETS ((k, v, p), (k, t, p), (k, c, p), (k, y, p)))
WHERE d IS NOT NULL GROUP BY k, d;
INSERT INTO counted
SELECT u.i, k, d, u.n, u.q FROM (SELECT k, d, unnest([
    {i: 'smi_reported_prevalence', n: "all", q: NULL}, {i: 'smi_standard_management_rate', n: managed, q: "all"},
    {i: 'smi_standard_management_excl_risk_rate', n: calm_managed, q: calm}, {i: 'violent_risk_management_rate', n: violent_managed, q: violent},
    {i: 'smi_treatment_rate', n: treated, q: "all"}, {i: 'schizophrenia_treatment_rate', n: f20_treated, q: f20},
    {i: 'smi_risk_assessment_rate', n: assessed, q: "all"}, {i: 'smi_home_risk_assessment_rate', n: home_assessed, q: home},
    {i: 'smi_rehab_participation_rate', n: home_rehab, q: home}, {i: 'smi_home_counselling_rate', n: home_counselled, q: home},
    {i: 'smi_under_management_rate', n: under, q: "all"}, {i: 'smi_medication_rate', n: medicated, q: "all"},
    {i: 'smi_regular_medication_rate', n: regular, q: "all"}, {i: 'smi_face_to_face_rate', n: face, q: "all"},
    {i: 'smi_stable_rate', n: home_stable, q: home_under}, {i: 'smi_checkup_rate', n: checkup, q: "all"}]) AS u FROM patient_count);

-- The special population, and people under warning.
CREATE TABLE special_count AS
SELECT k, d, count(*) AS "all", count(*) FILTER (planned) AS planned, count(*) FILTER (correction) AS correction, count(*) FILTER (correction AND planned) AS correction_planned,
       count(*) FILTER (detox) AS detox, count(*) FILTER (detox AND planned) AS detox_planned, count(*) FILTER (violent) AS violent,
       count(*) FILTER (violent AND planned) AS violent_planned
FROM (SELECT k, coalesce(v, t, c, y) AS d, p, any_value(planned) AS planned, bool_or(correction) AS correction, bool_or(detox) AS detox, bool_or(violent_risk) AS violent
      FROM special GROUP BY GROUPING SETS ((k, v, p), (k, t, p), (k, c, p), (k, y, p)))
WHERE d IS NOT NULL GROUP BY k, d;
INSERT INTO counted
SELECT u.i, k, d, u.n, u.q FROM (SELECT k, d, unnest([
    {i: 'special_plan_coverage', n: planned, q: "all"}, {i: 'correction_plan_coverage', n: correction_planned, q: correction},
    {i: 'detox_plan_coverage', n: detox_planned, q: detox}, {i: 'violent_risk_plan_coverage', n: violent_planned, q: violent}]) AS u FROM special_count);
INSERT INTO counted
SELECT 'warning_plan_rate', k, coalesce(v, t, c, y) AS d, count(*) FILTER (planned), count(*)
FROM warned WHERE warning_level IN ('red', 'yellow') GROUP BY GROUPING SETS ((k, v), (k, t), (k, c), (k, y)) HAVING d IS NOT NULL;

-- Pupils: a bit set a division and person; attention is a bit set a person, from the latest screening of each window.
CREATE TABLE attention AS
SELECT p, bit_or(CASE WHEN result IN ('moderate', 'severe') THEN until(month, next_month) ELSE 0 END) AS bits
FROM (SELECT p, result, month, lead(month) OVER (PARTITION BY p ORDER BY day, record_id, _county) AS next_month FROM screening) GROUP BY p;
CREATE TABLE screened AS
SELECT d, s.bits, s.bits & coalesce(a.bits, 0) AS attention
FROM (SELECT coalesce(v, t, c, y) AS d, p, bit_or(twelve(month)) AS bits FROM screening GROUP BY GROUPING SETS ((v, p), (t, p), (c, p), (y, p))) AS s
LEFT JOIN attention AS a ON a.p = s.p
WHERE d IS NOT NULL;
INSERT INTO counted
SELECT 'screening_attention_rate', w.k, d, sum(n), sum(q)
FROM (SELECT d, bits, attention, count(*) AS people FROM screened GROUP BY ALL) AS s,
     LATERAL (SELECT w.k, CASE WHEN (s.attention >> w.k) & 1 = 1 THEN people ELSE 0 END AS n, people AS q FROM win AS w WHERE (s.bits >> w.k) & 1 = 1) AS w
GROUP BY w.k, d;

-- What adds up over months: first by month, then over the twelve of a window.
CREATE TABLE referral AS
SELECT r.v, r.t, r.c, r.y, r.month, n.day IS NOT NULL AND n.day - r.day <= 30 AS closed
FROM (SELECT p, v, t, c, y, day, month FROM service WHERE referral UNION ALL SELECT p, v, t, c, y, day, month FROM counselling WHERE referral) AS r
ASOF LEFT JOIN (SELECT p, day FROM visit) AS n ON n.p = r.p AND n.day >= r.day;
INSERT INTO counted
SELECT i, w.k, d, sum(n), sum(q)
FROM (SELECT 'referral_closed_rate' AS i, coalesce(v, t, c, y) AS d, month, count(*) FILTER (closed) AS n, count(*) AS q
      FROM referral GROUP BY GROUPING SETS ((month, v), (month, t), (month, c), (month, y))
      UNION ALL
      SELECT 'awareness_rate', coalesce(v, t, c, y), month, sum(items_correct), sum(items_total)
      FROM survey GROUP BY GROUPING SETS ((month, v), (month, t), (month, c), (month, y))
      UNION ALL
      SELECT 'literacy_level', coalesce(v, t, c, y), month, count(*) FILTER (scored AND literate), count(*) FILTER (scored)
      FROM survey GROUP BY GROUPING SETS ((month, v), (month, t), (month, c), (month, y)))
JOIN win AS w ON month BETWEEN w.e_month - 11 AND w.e_month WHERE d IS NOT NULL GROUP BY i, w.k, d;
INSERT INTO counted
SELECT 'outreach_activities', w.k, d, sum(n), NULL
FROM (SELECT coalesce(v, t, c, y) AS d, month, count(*) AS n FROM activity GROUP BY GROUPING SETS ((month, v), (month, t), (month, c), (month, y)))
JOIN win AS w ON month BETWEEN w.e_year * 12 AND w.e_month WHERE d IS NOT NULL GROUP BY w.k, d;

-- Sites, schools, hospitals and employers: thousands of rows, one for each window in which they stand.
CREATE TABLE site AS
SELECT s._county, s.site_id, s.host_unit_id, s.division_code, l.v, l.t, l.c, l.y, s.site_kind, s.built_day, s.closed_day,
       coalesce(s.full_time_staff, 0) + coalesce(s.part_time_staff, 0) AS staff, coalesce(s.full_time_counsellors, 0) + coalesce(s.part_time_counsellors, 0) AS counsellors,
       coalesce(s.social_workers, 0) AS social_workers, coalesce(s.volunteer_teams, 0) AS volunteer_teams, coalesce(s.hotline_24h, false) AS hotline_24h,
       coalesce(s.wechat_account, false) AS wechat_account,
       coalesce(s.has_office AND s.has_plaque AND s.has_rules AND s.has_mechanism, false) AND coalesce(s.full_time_staff, 0) + coalesce(s.part_time_staff, 0) >= 1 AS five_ones,
       coalesce(s.area_m2 >= 20 AND s.has_rules AND s.public_notice, false) AND coalesce(s.full_time_staff, 0) + coalesce(s.part_time_staff, 0) >= 1
           AND has_all(s.functions, ['reception', 'outreach', 'platform', 'referral']) AS post_standard,
       coalesce(s.area_m2 >= 400, false)::INTEGER + has_all(s.rooms, ['reception', 'testing', 'individual', 'sandplay', 'venting', 'biofeedback', 'group', 'archive'])::INTEGER
       + coalesce(s.individual_room_m2 BETWEEN 10 AND 20, false)::INTEGER + coalesce(s.vent_device_kinds >= 2, false)::INTEGER
       + coalesce(s.full_time_staff >= 2, false)::INTEGER + coalesce(s.full_time_counsellors >= 2, false)::INTEGER + coalesce(s.part_time_counsellors >= 6, false)::INTEGER
       + has_all(s.functions, ['outreach', 'counselling', 'assessment', 'therapy', 'experience', 'hotline', 'crisis', 'platform', 'records'])::INTEGER
       + coalesce(s.has_rules, false)::INTEGER + coalesce(s.public_notice, false)::INTEGER AS centre_items
FROM '$tables/station_site.parquet' AS s JOIN place AS l ON l.code = s.division_code WHERE s.status IN ('built', 'closed');
CREATE TABLE standing AS
SELECT w.k, s.* FROM site AS s JOIN win AS w ON s.built_day <= w.e_day AND (s.closed_day IS NULL OR s.closed_day > w.e_day);
CREATE TABLE site_count AS
SELECT k, coalesce(v, t, c, y) AS d, count(*) FILTER (site_kind IN ('town_station', 'village_room')) AS rooms,
       count(*) FILTER (site_kind IN ('town_station', 'village_room') AND five_ones) AS five, count(*) FILTER (site_kind <> 'county_center') AS posts,
       count(*) FILTER (site_kind <> 'county_center' AND post_standard) AS good,
       count(DISTINCT site_kind) FILTER (site_kind IN ('county_center', 'town_station', 'village_room')) AS kinds,
       count(*) FILTER (site_kind = 'employer_site') AS employer, sum(volunteer_teams) AS teams, count(*) FILTER (hotline_24h) AS hotline, count(*) FILTER (wechat_account) AS wechat
FROM standing GROUP BY GROUPING SETS ((k, v), (k, t), (k, c), (k, y)) HAVING d IS NOT NULL;
INSERT INTO counted
SELECT u.i, k, d, u.n, u.q FROM (SELECT k, d, unnest([
    {i: 'five_ones_rate', n: five, q: rooms}, {i: 'post_standard_rate', n: good, q: posts}, {i: 'network_levels', n: kinds, q: NULL}, {i: 'employer_sites', n: employer, q: NULL},
    {i: 'volunteer_teams', n: teams::BIGINT, q: NULL}, {i: 'hotline_24h', n: hotline, q: NULL}, {i: 'wechat_account', n: wechat, q: NULL}]) AS u FROM site_count);
INSERT INTO counted
SELECT 'county_centre_standard', k, coalesce(c, y) AS d, sum(items), 10 * count(*)
FROM (SELECT w.k, p.c, p.y, coalesce(max(s.centre_items) FILTER (s.site_kind = 'county_center'), 0) AS items
      FROM place AS p CROSS JOIN win AS w LEFT JOIN standing AS s ON s.k = w.k AND s.c = p.c WHERE p.c IS NOT NULL AND p.t IS NULL GROUP BY w.k, p.c, p.y)
GROUP BY GROUPING SETS ((k, c), (k, y)) HAVING d IS NOT NULL;
CREATE TABLE lecture AS SELECT w.k, a._county, a.unit_id, a.division_code, count(*) AS lectures
FROM activity AS a JOIN win AS w ON a.day BETWEEN w.ytd_day AND w.e_day WHERE a.activity_kind = 'lecture' GROUP BY ALL;
INSERT INTO counted
SELECT u.i, k, d, u.n, u.q FROM (SELECT k, coalesce(t, c, y) AS d, unnest([
    {i: 'village_room_built_rate', n: count(*) FILTER (has_room), q: count(*)}, {i: 'village_rollout_rate', n: count(*) FILTER (named AND has_room), q: count(*) FILTER (named)},
    {i: 'community_staffing_rate', n: count(*) FILTER (staffed), q: count(*)}, {i: 'village_lecture_rate', n: count(*) FILTER (lectured), q: count(*)}]) AS u
FROM (SELECT w.k, p.t, p.c, p.y, p.code IN (FROM named_village) AS named, coalesce(s.rooms >= 1, false) AS has_room,
             coalesce(s.workers >= 1 AND s.counsellors >= 1, false) AS staffed, coalesce(a.lectures >= 2, false) AS lectured
      FROM place AS p CROSS JOIN win AS w
      LEFT JOIN (SELECT k, division_code, count(*) FILTER (site_kind = 'village_room') AS rooms, sum(social_workers) AS workers, sum(counsellors) AS counsellors
                 FROM standing GROUP BY ALL) AS s ON s.k = w.k AND s.division_code = p.code
      LEFT JOIN (SELECT k, division_code, sum(lectures) AS lectures FROM lecture GROUP BY ALL) AS a ON a.k = w.k AND a.division_code = p.code
      WHERE p.v IS NOT NULL)
GROUP BY GROUPING SETS ((k, t), (k, c), (k, y)));
INSERT INTO counted
SELECT 'town_station_built_rate', k, coalesce(t, c, y) AS d, count(*) FILTER (built), count(*)
FROM (SELECT w.k, p.t, p.c, p.y, s.t IS NOT NULL AS built FROM place AS p CROSS JOIN win AS w
      LEFT JOIN (SELECT DISTINCT k, t FROM standing WHERE site_kind = 'town_station') AS s ON s.k = w.k AND s.t = p.t WHERE p.t IS NOT NULL AND p.v IS NULL)
GROUP BY GROUPING SETS ((k, t), (k, c), (k, y)) HAVING d IS NOT NULL;
INSERT INTO counted
SELECT 'report_completeness_rate', k, coalesce(v, t, c, y) AS d, sum(reported), sum(expected)
FROM (SELECT w.k, s.v, s.t, s.c, s.y, count(*) AS expected, count(r.month) AS reported
      FROM (SELECT s.*, m.e_month FROM site AS s JOIN win AS m ON s.built_day <= m.e_day AND (s.closed_day IS NULL OR s.closed_day > m.e_day)
            WHERE s.site_kind IN ('town_station', 'village_room')) AS s
      JOIN win AS w ON s.e_month BETWEEN w.e_year * 12 AND w.e_month
      LEFT JOIN (SELECT DISTINCT _county, site_id, month FROM (SELECT _county, site_id, month FROM service UNION ALL SELECT _county, site_id, month FROM activity)) AS r
             ON r._county = s._county AND r.site_id = s.site_id AND r.month = s.e_month
      GROUP BY ALL)
GROUP BY GROUPING SETS ((k, v), (k, t), (k, c), (k, y)) HAVING d IS NOT NULL;
INSERT INTO counted
SELECT u.i, k, d, u.n, u.q FROM (SELECT w.k, coalesce(t, c, y) AS d, unnest([
    {i: 'school_room_built_rate', n: count(*) FILTER (school AND room_day <= w.e_day), q: count(*) FILTER (school)},
    {i: 'school_qualified_rate', n: count(*) FILTER (school AND qualified_day <= w.e_day), q: count(*) FILTER (school)},
    {i: 'school_course_rate', n: count(*) FILTER (school AND course), q: count(*) FILTER (school)}, {i: 'feature_schools', n: count(*) FILTER (feature_day <= w.e_day), q: NULL},
    {i: 'growth_centres', n: count(*) FILTER (growth_centre_day <= w.e_day), q: NULL}]) AS u
FROM (SELECT l.*, s.*, s.stage IN ('primary', 'junior', 'senior', 'nine_year', 'full_secondary') AS school
      FROM '$tables/school_site.parquet' AS s JOIN place AS l ON l.code = s.division_code) CROSS JOIN win AS w GROUP BY GROUPING SETS ((w.k, t), (w.k, c), (w.k, y)));
INSERT INTO counted
SELECT u.i, k, d, u.n, u.q FROM (SELECT w.k, coalesce(t, c, y) AS d, unnest([
    {i: 'hospital_clinic_rate', n: count(*) FILTER (graded AND psych_clinic_day <= w.e_day), q: count(*) FILTER (graded)},
    {i: 'child_clinics', n: count(*) FILTER (org_kind = 'psychiatric' AND child_clinic_day <= w.e_day), q: NULL},
    {i: 'phc_room_rate', n: count(*) FILTER (primary_care AND counselling_room_day <= w.e_day), q: count(*) FILTER (primary_care)},
    {i: 'clinician_training_rate', n: coalesce(sum(clinicians_trained) FILTER (org_kind IN ('general', 'community')), 0)::BIGINT,
     q: coalesce(sum(clinicians) FILTER (org_kind IN ('general', 'community')), 0)::BIGINT}]) AS u
FROM (SELECT l.*, s.*, org_kind = 'general' AND coalesce(grade IN ('2', '3'), false) AS graded, org_kind IN ('township', 'community') AS primary_care
      FROM '$tables/hospital_site.parquet' AS s JOIN place AS l ON l.code = s.division_code) CROSS JOIN win AS w GROUP BY GROUPING SETS ((w.k, t), (w.k, c), (w.k, y)));
INSERT INTO counted
SELECT u.i, k, d, u.n, u.q FROM (SELECT k, coalesce(t, c, y) AS d, unnest([
    {i: 'large_employer_site_rate', n: count(*) FILTER (large_employer AND hosts), q: count(*) FILTER (large_employer)}, {i: 'partner_units', n: count(*) FILTER (partner), q: NULL},
    {i: 'petition_room_rate', n: count(*) FILTER (unit_kind = 'petition' AND hosts_room), q: count(*) FILTER (unit_kind = 'petition')},
    {i: 'petition_dispatch_rate', n: count(*) FILTER (high_visits AND dispatch), q: count(*) FILTER (high_visits)},
    {i: 'employer_lecture_rate', n: count(*) FILTER (lecture_due AND lectured), q: count(*) FILTER (lecture_due)}]) AS u
FROM (SELECT w.k, l.*, s.unit_kind, s.high_visits, s.dispatch, coalesce(s.partner_day <= w.e_day, false) AS partner,
             coalesce(s.employees >= 500, false) AND s.unit_kind IN ('government', 'institution', 'enterprise') AS large_employer,
             s.unit_kind = 'government' OR (coalesce(s.employees >= 500, false) AND s.unit_kind IN ('institution', 'enterprise')) AS lecture_due,
             h.host_unit_id IS NOT NULL AS hosts, coalesce(h.room, false) AS hosts_room, a.unit_id IS NOT NULL AS lectured
      FROM '$tables/station_unit.parquet' AS s JOIN place AS l ON l.code = s.division_code CROSS JOIN win AS w
      LEFT JOIN (SELECT k, _county, host_unit_id, bool_or(site_kind = 'petition_room') AS room FROM standing WHERE host_unit_id IS NOT NULL GROUP BY ALL) AS h
             ON h.k = w.k AND h._county = s._county AND h.host_unit_id = s.unit_id
      LEFT JOIN (SELECT DISTINCT k, _county, unit_id FROM lecture WHERE unit_id IS NOT NULL) AS a ON a.k = w.k AND a._county = s._county AND a.unit_id = s.unit_id)
GROUP BY GROUPING SETS ((k, t), (k, c), (k, y)));

-- By indicator, period and division; `period` (name, kind, k, s_day, e_day, s_before, e_before) maps periods to windows.
CREATE TABLE indicators AS
SELECT n.indicator, p.name AS period, x.code AS division_code, n.n AS numerator, n.q AS denominator
FROM counted AS n JOIN period AS p ON p.k = n.k JOIN division AS x ON x.id = n.d
JOIN asked_level AS l ON l.indicator = n.indicator AND l.length = length(x.code)
UNION ALL
SELECT 'extreme_incident_change', p.name, x.code, n, q
FROM (SELECT p.name, coalesce(t, c, y) AS d, count(*) FILTER (i.day BETWEEN p.s_day AND p.e_day) AS n, count(*) FILTER (i.day BETWEEN p.s_before AND p.e_before) AS q
      FROM incident AS i CROSS JOIN period AS p WHERE i.severity = 'extreme' AND i.factor NOT IN ('none', 'unknown')
      GROUP BY GROUPING SETS ((p.name, t), (p.name, c), (p.name, y))) AS p JOIN division AS x ON x.id = p.d;

-- The plans' targets over the indicators of their last days: `target` (profile, indicator, division_code, op, target, period).
CREATE TABLE scorecard AS
SELECT s.*, i.numerator, i.denominator,
       CASE WHEN i.denominator IS NULL THEN i.numerator ELSE i.numerator * 100 END AS reached, s.target * coalesce(i.denominator, 1) AS needed
FROM target AS s LEFT JOIN indicators AS i ON i.indicator = s.indicator AND i.period = s.period AND i.division_code = s.division_code;
