-- All indicators by hand for DuckDB, all windows in one pass.
--
-- Windows end with a month and begin with one, so what a row counts for is a run of months: bit k of a BIGINT is the window
-- that ends with month `first_month` + k, of which there are `$windows`. A person's rows become one bit set per division;
-- counting persons of all windows is then adding up bits, and no row is looked at again. Divisions are small integers.
-- `$tables` is the folder of the accepted rows; the table `win` (k, s_day, e_day, ytd_day, e_month, e_year, e_mmdd) and the
-- table `named_village` (code) stand before it; `$first_month` is the month of window 0.

CREATE TABLE division AS SELECT row_number() OVER (ORDER BY code)::INTEGER AS id, * FROM '$tables/place.parquet';
CREATE TABLE place AS
SELECT p.code, v.id AS v, t.id AS t, c.id AS c, y.id AS y
FROM division AS p LEFT JOIN division AS v ON v.code = p.village LEFT JOIN division AS t ON t.code = p.town
LEFT JOIN division AS c ON c.code = p.county LEFT JOIN division AS y ON y.code = p.city;
CREATE TABLE person AS SELECT person_key AS p, sex, birth_year, birth_mmdd FROM '$tables/person.parquet';

CREATE MACRO month_of(day) AS year(DATE '1970-01-01' + day) * 12 + month(DATE '1970-01-01' + day) - 1;
-- Bits of the windows of months lowest..highest, cut to those that there are.
CREATE MACRO run(lowest, highest) AS CASE
    WHEN least(highest, $windows - 1) < greatest(lowest, 0) THEN 0::BIGINT
    ELSE ((1::BIGINT << (least(highest, $windows - 1) + 1)::INTEGER) - (1::BIGINT << greatest(lowest, 0)::INTEGER)) END;
-- Twelve months back from E: a row of a month counts in the window of that month and the eleven after it.
CREATE MACRO twelve(month) AS run(month - $first_month, month - $first_month + 11);
-- Until another row takes over, of a later month or the same.
CREATE MACRO until(month, next_month) AS run(month - $first_month, least(month + 11, coalesce(next_month - 1, month + 11)) - $first_month);
-- What begins on a day and ends on another: at the ends of all months between.
CREATE MACRO since(first_day, last_day) AS run(month_of(first_day) - $first_month, coalesce(month_of(last_day) - 1 - $first_month, $windows));
CREATE MACRO age_group(age) AS CASE WHEN age IS NULL OR age < 0 THEN 'unknown' WHEN age <= 5 THEN '0-5' WHEN age <= 11 THEN '6-11'
    WHEN age <= 14 THEN '12-14' WHEN age <= 17 THEN '15-17' WHEN age <= 24 THEN '18-24' WHEN age <= 34 THEN '25-34' WHEN age <= 44 THEN '35-44'
    WHEN age <= 59 THEN '45-59' WHEN age <= 74 THEN '60-74' ELSE '75+' END;
CREATE MACRO mmdd(day) AS month(DATE '1970-01-01' + day) * 100 + day(DATE '1970-01-01' + day);
CREATE MACRO age_on(day, birth_year, birth_mmdd) AS year(DATE '1970-01-01' + day) - birth_year - CASE WHEN mmdd(day) < birth_mmdd THEN 1 ELSE 0 END;
CREATE MACRO icd(diagnosis) AS replace(upper(diagnosis), '.', '');
CREATE MACRO diagnosis_group(icd10) AS CASE WHEN icd10[:3] = 'F20' THEN 'schizophrenia' WHEN icd10[:3] = 'F22' THEN 'delusional'
    WHEN icd10[:3] = 'F25' THEN 'schizoaffective' WHEN icd10[:3] IN ('F30', 'F31') THEN 'bipolar'
    WHEN icd10[:3] = 'G40' OR icd10[:4] = 'F068' THEN 'epileptic' WHEN icd10[:2] = 'F7' AND icd10[3:3] BETWEEN '0' AND '9' THEN 'intellectual' ELSE 'other' END;
CREATE MACRO has_all(held, wanted) AS list_has_all(string_split(coalesce(held, ''), '|'), wanted);

-- Facts.

CREATE TABLE service AS
SELECT s.person_key AS p, s.related_key, s._county, s.record_id, s.site_id, l.v, l.t, l.c, l.y, s.service_kind, coalesce(s.channel, 'unknown') AS channel,
       s.service_day AS day, month_of(s.service_day) AS month, s.beneficiary IS NULL OR s.beneficiary = 'self' AS own,
       s.plan_id IS NOT NULL AS planned, s.warning_level, s.service_kind = 'referral' OR s.referred_to IS NOT NULL AS referral,
       coalesce(n.sex, 'unknown') AS sex, age_group(age_on(s.service_day, n.birth_year, n.birth_mmdd)) AS age_group, s.population
FROM '$tables/station_service.parquet' AS s
JOIN (SELECT x._county, x.site_id, l.* FROM '$tables/station_site_place.parquet' AS x JOIN place AS l ON l.code = x.division_code) AS l
  ON l._county = s._county AND l.site_id = s.site_id
LEFT JOIN person AS n ON n.p = s.person_key;

CREATE TABLE counselling AS
SELECT s.person_key AS p, l.v, l.t, l.c, l.y, s.service_day AS day, month_of(s.service_day) AS month, s.issue, coalesce(s.crisis, 'unknown') AS crisis,
       s.referred_to IS NOT NULL AS referral, coalesce(n.sex, 'unknown') AS sex
FROM '$tables/school_counselling.parquet' AS s JOIN '$tables/school_site_place.parquet' AS x ON x._county = s._county AND x.school_id = s.school_id
JOIN place AS l ON l.code = x.division_code LEFT JOIN person AS n ON n.p = s.person_key;

CREATE TABLE screening AS
SELECT s.person_key AS p, s._county, s.record_id, l.v, l.t, l.c, l.y, s.screening_day AS day, month_of(s.screening_day) AS month, s.scale, s.result,
       coalesce(x.stage, 'unknown') AS stage, coalesce(n.sex, 'unknown') AS sex
FROM '$tables/school_screening.parquet' AS s JOIN '$tables/school_site_place.parquet' AS x ON x._county = s._county AND x.school_id = s.school_id
JOIN place AS l ON l.code = x.division_code LEFT JOIN person AS n ON n.p = s.person_key;

CREATE TABLE visit AS
SELECT s.person_key AS p, l.v, l.t, l.c, l.y, s.visit_day AS day, month_of(s.visit_day) AS month, s.visit_kind, s.discharge_day,
       diagnosis_group(icd(s.diagnosis)) AS diagnosis_group, coalesce(n.sex, 'unknown') AS sex,
       age_group(age_on(s.visit_day, n.birth_year, n.birth_mmdd)) AS age_group
FROM '$tables/hospital_visit.parquet' AS s JOIN '$tables/hospital_site_place.parquet' AS x ON x._county = s._county AND x.org_id = s.org_id
JOIN place AS l ON l.code = x.division_code LEFT JOIN person AS n ON n.p = s.person_key;

CREATE TABLE survey AS
SELECT l.v, l.t, l.c, l.y, month_of(s.survey_day) AS month, s.items_correct, s.items_total, coalesce(s.sex, 'unknown') AS sex, age_group(s.age) AS age_group,
       (s.age IS NULL OR s.age >= 18) AND s.literacy_judgement IS NOT NULL AND s.literacy_self IS NOT NULL AND s.literacy_case IS NOT NULL AS scored,
       coalesce(s.literacy_judgement >= 80 AND s.literacy_self >= 24 AND s.literacy_case >= 28, false) AS literate
FROM '$tables/station_survey.parquet' AS s JOIN place AS l ON l.code = s.division_code;

CREATE TABLE activity AS
SELECT s._county, s.site_id, s.unit_id, s.division_code, l.v, l.t, l.c, l.y, s.activity_kind, s.setting, s.activity_day AS day,
       month_of(s.activity_day) AS month, s.participants
FROM '$tables/station_activity.parquet' AS s JOIN place AS l ON l.code = s.division_code;

CREATE TABLE incident AS
SELECT l.v, l.t, l.c, l.y, s.incident_day AS day, month_of(s.incident_day) AS month, s.severity, coalesce(s.factor, 'unknown') AS factor
FROM '$tables/police_incident.parquet' AS s JOIN place AS l ON l.code = s.division_code;

-- Who is on a register at the end of which windows.

CREATE TABLE registration AS
SELECT h.person_key AS p, l.v, l.t, l.c, l.y, h.living, icd(h.diagnosis)[:3] = 'F20' AS schizophrenia, diagnosis_group(icd(h.diagnosis)) AS diagnosis_group,
       coalesce(n.sex, 'unknown') AS sex, n.birth_year, n.birth_mmdd, h.registered_day,
       since(h.registered_day, CASE WHEN h.exit_reason IN ('death', 'moved', 'excluded', 'other') THEN h.exit_day END) AS bits
FROM '$tables/hospital_patient.parquet' AS h JOIN place AS l ON l.code = h.manage_code LEFT JOIN person AS n ON n.p = h.person_key
WHERE diagnosis_group(icd(h.diagnosis)) <> 'other';

CREATE TABLE police AS
SELECT s.person_key AS p, l.v, l.t, l.c, l.y, coalesce(n.sex, 'unknown') AS sex, n.birth_year, n.birth_mmdd, since(s.start_day, s.end_day) AS bits,
       list_contains(k.categories, 'correction') AS correction, list_has_any(k.categories, ['community_detox', 'community_rehab']) AS detox,
       list_contains(k.categories, 'violent_risk') AS violent_risk, k.categories
FROM '$tables/police_person.parquet' AS s JOIN place AS l ON l.code = s.division_code LEFT JOIN person AS n ON n.p = s.person_key
LEFT JOIN (SELECT _county, record_id, list(category) AS categories FROM '$tables/police_person_category.parquet' GROUP BY ALL) AS k
       ON k._county = s._county AND k.record_id = s.record_id;

CREATE TABLE warning AS
SELECT p, v, t, c, y, warning_level, until(month, lead(month) OVER (PARTITION BY p ORDER BY day, record_id, _county)) AS bits
FROM service WHERE warning_level IS NOT NULL;

-- What all rows of those persons say, a bit for each window.

CREATE TABLE asked AS SELECT p FROM registration UNION SELECT p FROM police UNION SELECT p FROM warning;
CREATE TABLE contact_bits AS
SELECT p, bit_or(rehab) AS rehab, bit_or(support) AS support, bit_or(planned) AS planned
FROM (SELECT p, CASE WHEN service_kind = 'rehab' THEN twelve(month) ELSE 0 END AS rehab,
             CASE WHEN service_kind IN ('consult', 'counsel', 'crisis') THEN twelve(month) ELSE 0 END AS support,
             CASE WHEN planned THEN twelve(month) ELSE 0 END AS planned
      FROM service SEMI JOIN asked USING (p) WHERE own
      UNION ALL
      SELECT related_key, 0, twelve(month), 0 FROM service
      WHERE NOT own AND related_key IS NOT NULL AND service_kind IN ('consult', 'counsel', 'crisis', 'family_support'))
GROUP BY p;
CREATE TABLE hospital_bits AS SELECT p, bit_or(since(day, discharge_day)) AS inside FROM visit WHERE visit_kind = 'inpatient' GROUP BY p;
CREATE TABLE violent_bits AS SELECT p, bit_or(bits) AS violent FROM police WHERE violent_risk GROUP BY p;
CREATE TABLE followup AS
SELECT h.person_key AS p, month_of(f.followup_day) AS month, f.mode, f.risk_level, f.stability, f.medication, f.grade_class, f.rehab, f.counselled, f.checkup,
       lead(month_of(f.followup_day)) OVER w AS next_month,
       lead(CASE WHEN f.stability IS NOT NULL THEN month_of(f.followup_day) END IGNORE NULLS) OVER w AS next_stability,
       lead(CASE WHEN f.risk_level IS NOT NULL THEN month_of(f.followup_day) END IGNORE NULLS) OVER w AS next_risk
FROM '$tables/hospital_followup.parquet' AS f JOIN '$tables/hospital_patient.parquet' AS h ON h._county = f._county AND h.patient_no = f.patient_no
WHERE f.outcome IS NULL OR f.outcome = 'seen'
WINDOW w AS (PARTITION BY h.person_key ORDER BY f.followup_day, f.record_id, f._county);
-- `months` has a bit for each month with a complete follow-up, from eleven months before the first window.
CREATE TABLE seen_bits AS
SELECT p, bit_or(CASE WHEN risk_level IS NOT NULL THEN twelve(month) ELSE 0 END) AS complete,
       bit_or(CASE WHEN risk_level IS NOT NULL AND month BETWEEN $first_month - 11 AND $first_month + $windows - 1
                   THEN 1::BIGINT << (month - $first_month + 11)::INTEGER ELSE 0 END) AS months,
       bit_or(CASE WHEN risk_level IS NOT NULL AND grade_class IS NOT NULL THEN twelve(month) ELSE 0 END) AS assessed,
       bit_or(CASE WHEN mode IN ('clinic', 'home') THEN twelve(month) ELSE 0 END) AS face_to_face,
       bit_or(CASE WHEN rehab THEN twelve(month) ELSE 0 END) AS rehab, bit_or(CASE WHEN counselled THEN twelve(month) ELSE 0 END) AS counselled,
       bit_or(CASE WHEN checkup THEN twelve(month) ELSE 0 END) AS checkup,
       bit_or(CASE WHEN medication IN ('regular', 'intermittent') THEN until(month, next_month) ELSE 0 END) AS medicated,
       bit_or(CASE WHEN medication = 'regular' THEN until(month, next_month) ELSE 0 END) AS regular,
       bit_or(CASE WHEN stability = 'stable' THEN until(month, next_stability) ELSE 0 END) AS stable,
       bit_or(CASE WHEN stability = 'basic' THEN until(month, next_stability) ELSE 0 END) AS basic,
       bit_or(CASE WHEN stability = 'unstable' THEN until(month, next_stability) ELSE 0 END) AS unstable,
       bit_or(CASE WHEN risk_level = 0 THEN until(month, next_risk) ELSE 0 END) AS risk_0, bit_or(CASE WHEN risk_level = 1 THEN until(month, next_risk) ELSE 0 END) AS risk_1,
       bit_or(CASE WHEN risk_level = 2 THEN until(month, next_risk) ELSE 0 END) AS risk_2, bit_or(CASE WHEN risk_level = 3 THEN until(month, next_risk) ELSE 0 END) AS risk_3,
       bit_or(CASE WHEN risk_level = 4 THEN until(month, next_risk) ELSE 0 END) AS risk_4, bit_or(CASE WHEN risk_level = 5 THEN until(month, next_risk) ELSE 0 END) AS risk_5
FROM followup GROUP BY p;
-- Of the twelve months of a window (bit 0 is the first): the first and last with a follow-up, and the widest gap between.
CREATE TABLE gap AS
WITH twelve_months AS (SELECT m, b FROM range(1, 4096) AS r(m), range(12) AS s(b) WHERE (m >> b) & 1 = 1),
steps AS (SELECT m, b, b - lag(b) OVER (PARTITION BY m ORDER BY b) AS step FROM twelve_months)
SELECT m::BIGINT AS months, min(b)::INTEGER AS first, max(b)::INTEGER AS last, coalesce(max(step), 0)::INTEGER AS widest FROM steps GROUP BY m;

CREATE TABLE registered AS
SELECT w.k, w.e_day, r.* EXCLUDE (bits), min(registered_day) OVER (PARTITION BY w.k, r.p) AS earliest, w.e_year - birth_year - CASE WHEN w.e_mmdd < birth_mmdd THEN 1 ELSE 0 END AS age
FROM registration AS r JOIN win AS w ON (r.bits >> w.k) & 1 = 1;
CREATE MACRO in_window(bits, k) AS coalesce((bits >> k) & 1 = 1, false);
CREATE TABLE patient AS
SELECT r.k, r.p, r.v, r.t, r.c, r.y, r.diagnosis_group, r.living, r.schizophrenia, r.living = 'home' AS at_home, r.sex, age_group(r.age) AS age_group,
       coalesce(g.first - greatest(0, month_of(r.earliest) - ($first_month + r.k - 11)) <= 3 AND g.widest <= 3 AND 11 - g.last <= 3, false) AS managed,
       in_window(s.complete, r.k) OR in_window(h.inside, r.k) AS under_management, in_window(s.medicated, r.k) OR in_window(h.inside, r.k) AS treated,
       in_window(s.medicated, r.k) AS on_medication, in_window(s.regular, r.k) AS regular_medication, in_window(s.assessed, r.k) AS assessed,
       in_window(s.face_to_face, r.k) AS face_to_face, in_window(s.checkup, r.k) AS checkup, in_window(s.rehab, r.k) OR in_window(n.rehab, r.k) AS in_rehab,
       in_window(s.counselled, r.k) OR in_window(n.support, r.k) AS counselled, in_window(s.stable, r.k) OR in_window(s.basic, r.k) AS stable, in_window(x.violent, r.k) AS violent_risk,
       CASE WHEN in_window(s.stable, r.k) THEN 'stable' WHEN in_window(s.basic, r.k) THEN 'basic' WHEN in_window(s.unstable, r.k) THEN 'unstable' ELSE 'unknown' END AS stability,
       CASE WHEN in_window(s.risk_0, r.k) THEN '0' WHEN in_window(s.risk_1, r.k) THEN '1' WHEN in_window(s.risk_2, r.k) THEN '2' WHEN in_window(s.risk_3, r.k) THEN '3'
            WHEN in_window(s.risk_4, r.k) THEN '4' WHEN in_window(s.risk_5, r.k) THEN '5' ELSE 'unknown' END AS risk_level
FROM registered AS r LEFT JOIN seen_bits AS s ON s.p = r.p LEFT JOIN hospital_bits AS h ON h.p = r.p LEFT JOIN contact_bits AS n ON n.p = r.p
LEFT JOIN violent_bits AS x ON x.p = r.p LEFT JOIN gap AS g ON g.months = (s.months >> r.k) & 4095;
CREATE TABLE special AS
SELECT w.k, q.p, q.v, q.t, q.c, q.y, coalesce(q.correction, false) AS correction, coalesce(q.detox, false) AS detox,
       coalesce(q.violent_risk, false) AS violent_risk, in_window(n.planned, w.k) AS planned, q.categories, q.sex,
       age_group(w.e_year - q.birth_year - CASE WHEN w.e_mmdd < q.birth_mmdd THEN 1 ELSE 0 END) AS age_group
FROM police AS q JOIN win AS w ON (q.bits >> w.k) & 1 = 1 LEFT JOIN contact_bits AS n ON n.p = q.p;
CREATE TABLE special_category AS SELECT * EXCLUDE (categories), unnest(categories) AS category FROM special;
CREATE TABLE warned AS
SELECT w.k, q.p, q.v, q.t, q.c, q.y, q.warning_level, in_window(n.planned, w.k) AS planned
FROM warning AS q JOIN win AS w ON (q.bits >> w.k) & 1 = 1 LEFT JOIN contact_bits AS n ON n.p = q.p;
