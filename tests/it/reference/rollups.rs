//! The eleven rollups of docs/outputs.md.

use std::collections::{BTreeMap, BTreeSet};

use super::indicators::Night;
use super::indicators_people::school_place;
use super::indicators_sites::{counsellors, is_standing, staff};
use super::persons::{Flags, age_group, diagnosis_group};
use super::windows::{Day, Period, periods};
use super::world::{Person, Record, World, level_of};

/// A row of a rollup: dimension values (`_all` where it is not split) and measures by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupRow {
    pub level: String,
    pub division_code: String,
    pub division_name: String,
    pub period_kind: String,
    pub period: String,
    pub complete: bool,
    pub dims: BTreeMap<String, String>,
    pub measures: BTreeMap<String, i64>,
}

/// The names of the rollups, as folders of the store.
pub const NAMES: [&str; 11] = [
    "services",
    "screenings",
    "school_counselling",
    "patients",
    "visits",
    "special_population",
    "warnings",
    "sites",
    "activities",
    "surveys",
    "incidents",
];

/// Something to count at a place: the values of its dimensions (several for a multi-valued field), what it
/// adds to the sums, and the person that stands behind it with the measures that the person counts in once.
struct Item {
    place: String,
    dims: Vec<(&'static str, Vec<String>)>,
    sums: Vec<(&'static str, i64)>,
    person: Option<Person>,
    distinct: Vec<(&'static str, bool)>,
}

/// The value of a field that is given, or `unknown`.
fn value(text: &str) -> Vec<String> {
    vec![if text.is_empty() { "unknown".to_owned() } else { text.to_owned() }]
}

/// The values of a multi-valued field, each once.
fn values(codes: Vec<String>) -> Vec<String> {
    let set: BTreeSet<String> = codes.into_iter().collect();
    if set.is_empty() { value("") } else { set.into_iter().collect() }
}

fn text(row: &Record, field: &str) -> Vec<String> {
    value(row.text(field).unwrap_or_default())
}

/// Every combination that an item counts in: the total, each single dimension, and sex x age_group.
fn combinations(dims: &[(&'static str, Vec<String>)]) -> Vec<Vec<String>> {
    let total = vec!["_all".to_owned(); dims.len()];
    let mut all = vec![total.clone()];
    for (index, (_, found)) in dims.iter().enumerate() {
        for one in found {
            let mut split = total.clone();
            split[index] = one.clone();
            all.push(split);
        }
    }
    let at = |name: &str| dims.iter().position(|(n, _)| *n == name);
    if let (Some(sex), Some(age)) = (at("sex"), at("age_group")) {
        let mut split = total;
        split[sex] = dims[sex].1[0].clone();
        split[age] = dims[age].1[0].clone();
        all.push(split);
    }
    all
}

/// What one cell has gathered.
#[derive(Default)]
struct Cell {
    sums: BTreeMap<&'static str, i64>,
    persons: BTreeMap<&'static str, BTreeSet<Person>>,
}

/// All rows of a rollup for one period: the items at their divisions, persons once in each cell.
fn gather(world: &World, period: &Period, items: &[&Item]) -> Vec<RollupRow> {
    let mut cells: BTreeMap<(&str, Vec<String>), Cell> = BTreeMap::new();
    for item in items {
        let divisions = world.counts_in(&item.place);
        for combination in combinations(&item.dims) {
            for code in &divisions {
                let cell = cells.entry((code, combination.clone())).or_default();
                for (measure, amount) in &item.sums {
                    *cell.sums.entry(measure).or_default() += amount;
                }
                for (measure, counts) in &item.distinct {
                    let persons = cell.persons.entry(measure).or_default();
                    persons.extend(item.person.filter(|_| *counts));
                }
            }
        }
    }
    let names: Vec<&str> = items.first().map(|i| i.dims.iter().map(|(n, _)| *n).collect()).unwrap_or_default();
    cells
        .into_iter()
        .map(|((code, combination), cell)| {
            let mut measures: BTreeMap<String, i64> =
                cell.sums.into_iter().map(|(name, sum)| (name.to_owned(), sum)).collect();
            measures.extend(cell.persons.into_iter().map(|(name, set)| (name.to_owned(), set.len() as i64)));
            RollupRow {
                level: level_of(code).expect("a division has a level").to_owned(),
                division_code: code.to_owned(),
                division_name: world.divisions[code].clone(),
                period_kind: period.kind.to_owned(),
                period: period.name.clone(),
                complete: period.complete,
                dims: names.iter().map(|n| (*n).to_owned()).zip(combination).collect(),
                measures,
            }
        })
        .collect()
}

/// All eleven rollups, by name.
pub fn rollups(world: &World) -> BTreeMap<String, Vec<RollupRow>> {
    let night = Night::new(world);
    let mut all: BTreeMap<String, Vec<RollupRow>> = NAMES.iter().map(|n| ((*n).to_owned(), Vec::new())).collect();
    let periods = periods(&world.settings);

    let events: [(&str, Vec<(Day, Item)>); 7] = [
        ("services", service_items(&night)),
        ("screenings", screening_items(&night)),
        ("school_counselling", counselling_items(&night)),
        ("visits", visit_items(&night)),
        ("activities", activity_items(world)),
        ("surveys", survey_items(world)),
        ("incidents", incident_items(world)),
    ];
    for period in &periods {
        for (name, items) in &events {
            // Rows with their event date in the period, its first day through E.
            let inside: Vec<&Item> =
                items.iter().filter(|(date, _)| *date >= period.start && *date <= period.e).map(|(_, i)| i).collect();
            all.get_mut(*name).expect("a known rollup").extend(gather(world, period, &inside));
        }
    }

    let mut at: BTreeMap<Day, [(&str, Vec<Item>); 4]> = BTreeMap::new();
    for period in &periods {
        let states = at.entry(period.e).or_insert_with(|| {
            let flags = night.at(period.e).flags;
            [
                ("patients", patient_items(&night, &flags, period.e)),
                ("special_population", special_items(&night, &flags, period.e)),
                ("warnings", warning_items(&flags)),
                ("sites", site_items(world, period.e)),
            ]
        });
        for (name, items) in states {
            let items: Vec<&Item> = items.iter().collect();
            all.get_mut(*name).expect("a known rollup").extend(gather(world, period, &items));
        }
    }
    all
}

fn contact(measure: &'static str) -> Vec<(&'static str, i64)> {
    vec![(measure, 1)]
}

/// Sex of the linked person, as the value most of the person's rows state.
fn sex(night: &Night, person: Person) -> (&'static str, Vec<String>) {
    ("sex", value(&night.people[person].sex))
}

/// Age group of the linked person on a day.
fn age(night: &Night, person: Person, at: Day) -> (&'static str, Vec<String>) {
    ("age_group", value(night.people[person].age_group(at)))
}

fn service_items(night: &Night) -> Vec<(Day, Item)> {
    let rows = night.world.rows("station_service").iter().zip(&night.services);
    rows.map(|(row, service)| {
        let item = Item {
            place: service.place.clone(),
            dims: vec![
                ("service_kind", text(row, "service_kind")),
                ("channel", text(row, "channel")),
                ("population", values(row.codes("population"))),
                sex(night, service.person),
                age(night, service.person, service.date),
            ],
            sums: contact("contacts"),
            person: Some(service.person),
            distinct: vec![("persons", true)],
        };
        (service.date, item)
    })
    .collect()
}

fn screening_items(night: &Night) -> Vec<(Day, Item)> {
    let schools = night.world.parent("school_site", "school_id");
    let rows = night.world.rows("school_screening").iter();
    rows.map(|row| {
        let school = schools.get(&(row.county.as_str(), row.text("school_id").unwrap_or_default()));
        let person = night.world.person(row);
        let item = Item {
            place: school_place(&schools, row),
            dims: vec![
                ("scale", text(row, "scale")),
                ("result", text(row, "result")),
                ("stage", value(school.and_then(|s| s.text("stage")).unwrap_or_default())),
                sex(night, person),
            ],
            sums: contact("tests"),
            person: Some(person),
            distinct: vec![("persons", true)],
        };
        (row.day("screening_date").expect("a screening has a date"), item)
    })
    .collect()
}

fn counselling_items(night: &Night) -> Vec<(Day, Item)> {
    let schools = night.world.parent("school_site", "school_id");
    let rows = night.world.rows("school_counselling").iter();
    rows.map(|row| {
        let person = night.world.person(row);
        let item = Item {
            place: school_place(&schools, row),
            dims: vec![("issue", text(row, "issue")), ("crisis", text(row, "crisis")), sex(night, person)],
            sums: contact("contacts"),
            person: Some(person),
            distinct: vec![("persons", true)],
        };
        (row.day("service_date").expect("a counselling contact has a date"), item)
    })
    .collect()
}

fn visit_items(night: &Night) -> Vec<(Day, Item)> {
    let hospitals = night.world.parent("hospital_site", "org_id");
    let rows = night.world.rows("hospital_visit").iter();
    rows.map(|row| {
        let person = night.world.person(row);
        let date = row.day("visit_date").expect("a visit has a date");
        let hospital = hospitals.get(&(row.county.as_str(), row.text("org_id").unwrap_or_default()));
        let item = Item {
            place: hospital.map(|h| h.string("division_code")).unwrap_or_default(),
            dims: vec![
                ("visit_kind", text(row, "visit_kind")),
                ("diagnosis_group", value(diagnosis_group(&row.string("diagnosis")))),
                sex(night, person),
                age(night, person, date),
            ],
            sums: contact("visits"),
            person: Some(person),
            distinct: vec![("persons", true)],
        };
        (date, item)
    })
    .collect()
}

fn activity_items(world: &World) -> Vec<(Day, Item)> {
    let rows = world.rows("station_activity").iter();
    rows.map(|row| {
        let item = Item {
            place: row.string("division_code"),
            dims: vec![("activity_kind", text(row, "activity_kind")), ("setting", text(row, "setting"))],
            sums: vec![("activities", 1), ("participants", row.integer("participants").unwrap_or(0))],
            person: None,
            distinct: Vec::new(),
        };
        (row.day("activity_date").expect("an activity has a date"), item)
    })
    .collect()
}

/// Answers are anonymous: sex and age are those of the row itself.
fn survey_items(world: &World) -> Vec<(Day, Item)> {
    let rows = world.rows("station_survey").iter();
    rows.map(|row| {
        let item = Item {
            place: row.string("division_code"),
            dims: vec![
                ("sex", text(row, "sex")),
                ("age_group", value(row.integer("age").map_or("unknown", age_group))),
            ],
            sums: vec![
                ("responses", 1),
                ("items_correct", row.integer("items_correct").unwrap_or(0)),
                ("items_total", row.integer("items_total").unwrap_or(0)),
            ],
            person: None,
            distinct: Vec::new(),
        };
        (row.day("survey_date").expect("an answer has a date"), item)
    })
    .collect()
}

fn incident_items(world: &World) -> Vec<(Day, Item)> {
    let rows = world.rows("police_incident").iter();
    rows.map(|row| {
        let item = Item {
            place: row.string("division_code"),
            dims: vec![("severity", text(row, "severity")), ("factor", text(row, "factor"))],
            sums: contact("incidents"),
            person: None,
            distinct: Vec::new(),
        };
        (row.day("incident_date").expect("an incident has a date"), item)
    })
    .collect()
}

/// Registrations that count at E, with diagnosis and living of the row; risk_level and stability are those
/// of the person's last seen follow-up of t12m that states one.
fn patient_items(night: &Night, flags: &[Flags], e: Day) -> Vec<Item> {
    let rows = night.people.iter().flat_map(|p| &p.registrations).filter(|r| r.counts(e));
    rows.map(|r| Item {
        place: r.place.clone(),
        dims: vec![
            ("diagnosis_group", value(diagnosis_group(&r.diagnosis))),
            ("living", value(&r.living)),
            ("risk_level", value(&flags[r.person].last_risk_level)),
            ("stability", value(&flags[r.person].last_stability)),
            sex(night, r.person),
            age(night, r.person, e),
        ],
        sums: Vec::new(),
        person: Some(r.person),
        distinct: vec![("persons", true)],
    })
    .collect()
}

/// Rows of the special-population register that run at E.
fn special_items(night: &Night, flags: &[Flags], e: Day) -> Vec<Item> {
    let rows = night.people.iter().flat_map(|p| &p.specials).filter(|s| s.runs(e));
    rows.map(|s| Item {
        place: s.place.clone(),
        dims: vec![("category", values(s.categories.clone())), sex(night, s.person), age(night, s.person, e)],
        sums: Vec::new(),
        person: Some(s.person),
        distinct: vec![("persons", true), ("planned_persons", flags[s.person].planned)],
    })
    .collect()
}

/// Persons by the level of their latest service in t12m that states one, at the place of that row.
fn warning_items(flags: &[Flags]) -> Vec<Item> {
    let mut items = Vec::new();
    for (person, flags) in flags.iter().enumerate() {
        if let Some((level, place)) = &flags.warning {
            items.push(Item {
                place: place.clone(),
                dims: vec![("warning_level", value(level))],
                sums: Vec::new(),
                person: Some(person),
                distinct: vec![("persons", true), ("planned_persons", flags.planned)],
            });
        }
    }
    items
}

/// Sites standing at E.
fn site_items(world: &World, e: Day) -> Vec<Item> {
    let rows = world.rows("station_site").iter().filter(|s| is_standing(s, e));
    rows.map(|s| Item {
        place: s.string("division_code"),
        dims: vec![("site_kind", text(s, "site_kind"))],
        sums: vec![("sites", 1), ("staff", staff(s)), ("counsellors", counsellors(s))],
        person: None,
        distinct: Vec::new(),
    })
    .collect()
}
