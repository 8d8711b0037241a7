//! The rows of each person, and what the contract says of a person at a day E.

use std::collections::{BTreeMap, BTreeSet};

use super::windows::{Day, first_of_t12m, month_number, whole_years};
use super::world::{ManagedRule, Person, Record, World};

/// A `hospital_patient` row.
#[derive(Clone, Debug)]
pub struct Registration {
    pub person: Person,
    pub place: String,
    pub diagnosis: String,
    pub living: String,
    pub registered: Day,
    pub exit: Option<Day>,
    pub exit_reason: String,
}

/// A `hospital_followup` row.
#[derive(Clone, Debug)]
pub struct Followup {
    pub county: String,
    pub date: Day,
    pub record_id: String,
    pub mode: String,
    pub outcome: String,
    pub risk_level: String,
    pub stability: String,
    pub medication: String,
    pub grade_class: String,
    pub rehab: bool,
    pub counselled: bool,
    pub checkup: bool,
}

/// A `station_service` row.
#[derive(Clone, Debug)]
pub struct Service {
    pub person: Person,
    pub county: String,
    /// The division of its site.
    pub place: String,
    pub date: Day,
    pub record_id: String,
    pub kind: String,
    pub for_family: bool,
    pub has_plan: bool,
    pub warning: String,
    pub referred: bool,
}

/// A `hospital_visit` row.
#[derive(Clone, Debug)]
pub struct Visit {
    pub date: Day,
    pub kind: String,
    pub discharge: Option<Day>,
}

/// A `police_person` row.
#[derive(Clone, Debug)]
pub struct SpecialRow {
    pub person: Person,
    pub place: String,
    pub categories: Vec<String>,
    pub start: Day,
    pub end: Option<Day>,
}

/// All rows of one person, wherever they were recorded.
#[derive(Clone, Debug, Default)]
pub struct PersonRows {
    pub registrations: Vec<Registration>,
    /// In the order of date, then record_id.
    pub followups: Vec<Followup>,
    /// In the order of date, then record_id.
    pub services: Vec<Service>,
    /// Date and kind of services for a relative, with this person as the related patient.
    pub family_contacts: Vec<(Day, String)>,
    pub visits: Vec<Visit>,
    pub specials: Vec<SpecialRow>,
    /// The sex code and the birth date that most of the person's rows state.
    pub sex: String,
    pub birth: Option<Day>,
}

/// What docs/definitions.md says of a person at E.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub under_management: bool,
    pub managed: bool,
    pub treated: bool,
    pub assessed: bool,
    pub in_rehab: bool,
    pub counselled: bool,
    pub stable: bool,
    pub violent_risk: bool,
    pub planned: bool,
    /// Medication of the last seen follow-up in t12m.
    pub medication: String,
    pub met_face_to_face: bool,
    pub checked_up: bool,
    /// Of the last seen follow-up in t12m that states one.
    pub last_risk_level: String,
    pub last_stability: String,
    /// Level and place of the latest service in t12m that states a warning level.
    pub warning: Option<(String, String)>,
}

/// An ICD-10 code without dots and in capitals.
pub fn plain_icd10(diagnosis: &str) -> String {
    diagnosis.chars().filter(|c| *c != '.').collect::<String>().to_uppercase()
}

/// `diagnosis_group` of an ICD-10 code, by the prefixes of codes.csv.
pub fn diagnosis_group(diagnosis: &str) -> &'static str {
    let code = plain_icd10(diagnosis);
    let begins = |prefix: &str| code.starts_with(prefix);
    if begins("F20") {
        "schizophrenia"
    } else if begins("F22") {
        "delusional"
    } else if begins("F25") {
        "schizoaffective"
    } else if begins("F30") || begins("F31") {
        "bipolar"
    } else if begins("G40") || begins("F068") {
        "epileptic"
    } else if begins("F7") {
        "intellectual"
    } else {
        "other"
    }
}

impl Registration {
    /// docs/definitions.md: a row with one of the six diagnoses and registered_date <= E, unless exit_date <= E with
    /// exit_reason death, moved, excluded or other. A lost patient stays on the register.
    pub fn counts(&self, e: Day) -> bool {
        let out = self.exit.is_some_and(|x| x <= e)
            && ["death", "moved", "excluded", "other"].contains(&self.exit_reason.as_str());
        diagnosis_group(&self.diagnosis) != "other" && self.registered <= e && !out
    }

    pub fn is_schizophrenia(&self) -> bool {
        plain_icd10(&self.diagnosis).starts_with("F20")
    }
}

impl Followup {
    /// docs/definitions.md: outcome empty or `seen`.
    pub fn is_seen(&self) -> bool {
        self.outcome.is_empty() || self.outcome == "seen"
    }

    /// docs/definitions.md: seen, and risk_level given.
    pub fn is_complete(&self) -> bool {
        self.is_seen() && !self.risk_level.is_empty()
    }
}

impl SpecialRow {
    /// docs/definitions.md, special: start_date <= E and no end_date or one after E.
    pub fn runs(&self, e: Day) -> bool {
        self.start <= e && self.end.is_none_or(|end| end > e)
    }
}

/// `managed` of docs/definitions.md over `followups` (all follow-ups of the person in order), for a person whose
/// earliest counting registration is of `registered`.
pub fn is_managed(rule: ManagedRule, followups: &[Followup], registered: Day, e: Day) -> bool {
    let complete: Vec<&Followup> =
        followups.iter().filter(|f| f.is_complete() && f.date >= first_of_t12m(e) && f.date <= e).collect();
    let start = first_of_t12m(e).max(registered);
    let days = e - start + 1;
    let count = complete.len() as i64;
    match rule {
        ManagedRule::MonthGap => {
            let mut months = vec![month_number(start)];
            months.extend(complete.iter().map(|f| month_number(f.date)));
            months.push(month_number(e));
            count >= 1 && months.windows(2).all(|pair| pair[1] - pair[0] <= 3)
        }
        ManagedRule::Prorata => count >= (days / 90).max(1),
        ManagedRule::Interval => {
            let enough = count >= (days / 91).max(1);
            let Some(first) = complete.first() else { return false };
            let mut in_time = first.date - start <= 92;
            for (index, followup) in complete.iter().enumerate() {
                let next = complete.get(index + 1).map_or(e, |f| f.date);
                let allowed = match followup.stability.as_str() {
                    "unstable" => 14,
                    "basic" => 31,
                    _ => 92,
                };
                in_time = in_time && next - followup.date <= allowed;
            }
            enough && in_time
        }
        ManagedRule::VisitsAndCheckup => count >= 4 && complete.iter().any(|f| f.checkup),
    }
}

impl PersonRows {
    /// All flags at E.
    pub fn flags(&self, rule: ManagedRule, e: Day) -> Flags {
        let from = first_of_t12m(e);
        let inside = |date: Day| date >= from && date <= e;
        let seen: Vec<&Followup> = self.followups.iter().filter(|f| f.is_seen() && inside(f.date)).collect();
        let services: Vec<&Service> = self.services.iter().filter(|s| inside(s.date)).collect();
        // For the person themself: beneficiary empty or self.
        let own: Vec<&Service> = services.iter().copied().filter(|s| !s.for_family).collect();
        let support = ["consult", "counsel", "crisis"];

        let in_hospital = self
            .visits
            .iter()
            .any(|v| v.kind == "inpatient" && v.date <= e && v.discharge.is_none_or(|discharge| discharge > e));
        let medication = seen.last().map(|f| f.medication.clone()).unwrap_or_default();
        let last_stability = seen.iter().rev().map(|f| f.stability.clone()).find(|s| !s.is_empty()).unwrap_or_default();
        let last_risk_level =
            seen.iter().rev().map(|f| f.risk_level.clone()).find(|r| !r.is_empty()).unwrap_or_default();
        let registered = self.registrations.iter().filter(|r| r.counts(e)).map(|r| r.registered).min();

        Flags {
            under_management: seen.iter().any(|f| f.is_complete()) || in_hospital,
            managed: registered.is_some_and(|r| is_managed(rule, &self.followups, r, e)),
            treated: medication == "regular" || medication == "intermittent" || in_hospital,
            assessed: seen.iter().any(|f| !f.risk_level.is_empty() && !f.grade_class.is_empty()),
            in_rehab: seen.iter().any(|f| f.rehab) || own.iter().any(|s| s.kind == "rehab"),
            counselled: seen.iter().any(|f| f.counselled)
                || own.iter().any(|s| support.contains(&s.kind.as_str()))
                || self.family_contacts.iter().any(|(date, kind)| {
                    inside(*date) && (support.contains(&kind.as_str()) || kind == "family_support")
                }),
            stable: last_stability == "stable" || last_stability == "basic",
            violent_risk: self.specials.iter().any(|s| s.runs(e) && s.categories.iter().any(|c| c == "violent_risk")),
            planned: own.iter().any(|s| s.has_plan),
            medication,
            met_face_to_face: seen.iter().any(|f| f.mode == "clinic" || f.mode == "home"),
            checked_up: seen.iter().any(|f| f.checkup),
            last_risk_level,
            last_stability,
            // The lead's reading: any row of the person, whatever the beneficiary.
            warning: services
                .iter()
                .rev()
                .find(|s| !s.warning.is_empty())
                .map(|s| (s.warning.clone(), s.place.clone())),
        }
    }

    /// `0-5` to `75+`, or `unknown`. A day before the birth has no age.
    pub fn age_group(&self, at: Day) -> &'static str {
        self.birth.map_or("unknown", |birth| age_group(whole_years(birth, at)))
    }
}

/// The age groups of docs/outputs.md.
pub fn age_group(years: i64) -> &'static str {
    match years {
        0..=5 => "0-5",
        6..=11 => "6-11",
        12..=14 => "12-14",
        15..=17 => "15-17",
        18..=24 => "18-24",
        25..=34 => "25-34",
        35..=44 => "35-44",
        45..=59 => "45-59",
        60..=74 => "60-74",
        75.. => "75+",
        _ => "unknown",
    }
}

/// The day of a birth date of any precision: a year alone is its 1 January (the lead's reading), a
/// year-month the first of the month.
fn birth_day(text: &str) -> Option<Day> {
    match text.len() {
        4 => super::windows::parse_day(&format!("{text}-01-01")),
        7 => super::windows::parse_day(&format!("{text}-01")),
        _ => super::windows::parse_day(text),
    }
}

/// The value stated most often; ties go to the value that the newest row states (event date, then the
/// greatest record key as text, then the greatest value).
fn most_stated<V: Ord + Clone>(stated: &[(Day, String, V)]) -> Option<V> {
    let mut tally: BTreeMap<&V, (usize, Day, &str)> = BTreeMap::new();
    for (date, key, value) in stated {
        let entry = tally.entry(value).or_insert((0, *date, key));
        entry.0 += 1;
        if (*date, key.as_str()) > (entry.1, entry.2) {
            (entry.1, entry.2) = (*date, key);
        }
    }
    tally.into_iter().max_by_key(|(value, rank)| (*rank, *value)).map(|(value, _)| value.clone())
}

/// An ID number in its 18-digit form with a capital X.
fn long_id(text: &str) -> String {
    let id = text.trim().to_uppercase();
    if id.len() != 15 || !id.chars().all(|c| c.is_ascii_digit()) {
        return id;
    }
    let long = format!("{}19{}", &id[..6], &id[6..]);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = long.chars().zip(weights).map(|(c, w)| c.to_digit(10).unwrap_or(0) * w).sum();
    let check = "10X98765432".chars().nth((sum % 11) as usize).unwrap_or('?');
    format!("{long}{check}")
}

/// The datasets that bear persons, with their key and event date.
pub const PERSON_BEARING: [(&str, &str, &str); 6] = [
    ("station_service", "record_id", "service_date"),
    ("school_screening", "record_id", "screening_date"),
    ("school_counselling", "record_id", "service_date"),
    ("hospital_patient", "patient_no", "registered_date"),
    ("hospital_visit", "record_id", "visit_date"),
    ("police_person", "record_id", "start_date"),
];

/// All service rows with their place, in the order of the input.
pub fn services(world: &World) -> Vec<(Service, &Record)> {
    let sites = world.parent("station_site", "site_id");
    world
        .rows("station_service")
        .iter()
        .map(|row| {
            let site = sites.get(&(row.county.as_str(), row.text("site_id").unwrap_or_default()));
            let kind = row.string("service_kind");
            let service = Service {
                person: world.person(row),
                county: row.county.clone(),
                place: site.map(|s| s.string("division_code")).unwrap_or_default(),
                date: row.day("service_date").expect("a service has a date"),
                record_id: row.string("record_id"),
                for_family: row.text("beneficiary") == Some("family"),
                has_plan: row.text("plan_id").is_some(),
                warning: row.string("warning_level"),
                referred: kind == "referral" || row.text("referred_to").is_some(),
                kind,
            };
            (service, row)
        })
        .collect()
}

/// The rows of every person, in the order of [`Person`].
pub fn person_rows(world: &World) -> Vec<PersonRows> {
    let mut people = vec![PersonRows::default(); world.person_ids.len()];
    let mut sexes: Vec<Vec<(Day, String, String)>> = vec![Vec::new(); people.len()];
    let mut births: Vec<Vec<(Day, String, Day)>> = vec![Vec::new(); people.len()];
    let mut persons_of_id: BTreeMap<String, BTreeSet<Person>> = BTreeMap::new();

    for (dataset, key, event) in PERSON_BEARING {
        for row in world.rows(dataset) {
            let person = world.person(row);
            let date = row.day(event).expect("a person-bearing row has an event date");
            if let Some(sex) = row.text("sex") {
                sexes[person].push((date, row.string(key), sex.to_owned()));
            }
            if let Some(birth) = row.text("birth_date").and_then(birth_day) {
                births[person].push((date, row.string(key), birth));
            }
            // An empty id_type means the resident identity card.
            if let Some(id) = row.text("id_number").filter(|_| matches!(row.text("id_type"), None | Some("01"))) {
                persons_of_id.entry(long_id(id)).or_default().insert(person);
            }
        }
    }

    let mut person_of_patient = BTreeMap::new();
    for row in world.rows("hospital_patient") {
        let person = world.person(row);
        person_of_patient.insert((row.county.as_str(), row.string("patient_no")), person);
        people[person].registrations.push(Registration {
            person,
            place: row.string("manage_code"),
            diagnosis: row.string("diagnosis"),
            living: row.string("living"),
            registered: row.day("registered_date").expect("a registration has a date"),
            exit: row.day("exit_date"),
            exit_reason: row.string("exit_reason"),
        });
    }
    for row in world.rows("hospital_followup") {
        let Some(person) = person_of_patient.get(&(row.county.as_str(), row.string("patient_no"))) else { continue };
        people[*person].followups.push(Followup {
            county: row.county.clone(),
            date: row.day("followup_date").expect("a follow-up has a date"),
            record_id: row.string("record_id"),
            mode: row.string("mode"),
            outcome: row.string("outcome"),
            risk_level: row.string("risk_level"),
            stability: row.string("stability"),
            medication: row.string("medication"),
            grade_class: row.string("grade_class"),
            rehab: row.is_true("rehab"),
            counselled: row.is_true("counselled"),
            checkup: row.is_true("checkup"),
        });
    }
    for row in world.rows("hospital_visit") {
        people[world.person(row)].visits.push(Visit {
            date: row.day("visit_date").expect("a visit has a date"),
            kind: row.string("visit_kind"),
            discharge: row.day("discharge_date"),
        });
    }
    for row in world.rows("police_person") {
        let person = world.person(row);
        people[person].specials.push(SpecialRow {
            person,
            place: row.string("division_code"),
            categories: row.codes("category"),
            start: row.day("start_date").expect("a register row has a start"),
            end: row.day("end_date"),
        });
    }
    for (service, row) in services(world) {
        if service.for_family
            && let Some(id) = row.text("related_id_number")
        {
            for patient in persons_of_id.get(&long_id(id)).into_iter().flatten() {
                people[*patient].family_contacts.push((service.date, service.kind.clone()));
            }
        }
        let person = service.person;
        people[person].services.push(service);
    }

    for (person, rows) in people.iter_mut().enumerate() {
        // docs/definitions.md: last = latest date, then greatest record_id (as text). Record ids are unique within a county
        // only; where two counties use the same one, the greater county code is the last (our choice).
        rows.followups.sort_by(|a, b| (a.date, &a.record_id, &a.county).cmp(&(b.date, &b.record_id, &b.county)));
        rows.services.sort_by(|a, b| (a.date, &a.record_id, &a.county).cmp(&(b.date, &b.record_id, &b.county)));
        rows.sex = most_stated(&sexes[person]).unwrap_or_default();
        rows.birth = most_stated(&births[person]);
    }
    people
}
