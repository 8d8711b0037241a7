//! The indicators about other persons: special population, warnings, referrals, screening, and surveys.

use std::collections::BTreeMap;

use super::indicators::{Counts, Night, PeopleAt, persons_once, sums};
use super::windows::{Day, first_of_t12m};
use super::world::{Person, Record, World};

/// Counts of an indicator about persons, contacts or answers; `None` for the others.
pub fn people_counts(id: &str, night: &Night, people: &PeopleAt, e: Day) -> Option<Counts> {
    let counts = match id {
        "special_plan_coverage" => special_plans(night, people, e, &[]),
        "correction_plan_coverage" => special_plans(night, people, e, &["correction"]),
        "detox_plan_coverage" => special_plans(night, people, e, &["community_detox", "community_rehab"]),
        "violent_risk_plan_coverage" => special_plans(night, people, e, &["violent_risk"]),
        "warning_plan_rate" => warning_plans(night, people),
        "referral_closed_rate" => referrals(night, e),
        "awareness_rate" => awareness(night.world, e),
        "literacy_level" => literacy(night.world, e),
        "screening_attention_rate" => screening(night.world, e),
        _ => return None,
    };
    Some(counts)
}

fn in_t12m(date: Option<Day>, e: Day) -> bool {
    date.is_some_and(|d| d >= first_of_t12m(e) && d <= e)
}

/// special (in these categories; in any where none is named) AND planned / special. A special-population
/// person counts at `division_code`.
fn special_plans(night: &Night, people: &PeopleAt, e: Day, categories: &[&str]) -> Counts {
    let rows = night
        .people
        .iter()
        .flat_map(|p| &p.specials)
        .filter(|s| s.runs(e))
        .filter(|s| categories.is_empty() || s.categories.iter().any(|c| categories.contains(&c.as_str())));
    persons_once(night.world, rows.map(|s| (s.place.as_str(), s.person, people.flags[s.person].planned)))
}

/// warned AND planned / warned, at the place of the row with the latest warning level.
fn warning_plans(night: &Night, people: &PeopleAt) -> Counts {
    let mut rows = Vec::new();
    for (person, flags) in people.flags.iter().enumerate() {
        if let Some((level, place)) = &flags.warning
            && (level == "red" || level == "yellow")
        {
            rows.push((place.as_str(), person, flags.planned));
        }
    }
    persons_once(night.world, rows)
}

/// docs/definitions.md, referral: a station_service or school_counselling row in t12m of kind referral or with
/// referred_to. A visit 0 to 30 days after it closes it, also when the visit is after E.
fn referrals(night: &Night, e: Day) -> Counts {
    let world = night.world;
    let closed = |person: Person, date: Day| {
        night.people[person].visits.iter().any(|v| v.date - date >= 0 && v.date - date <= 30)
    };
    let mut contacts: Vec<(String, i64, i64)> = Vec::new();
    for service in night.services.iter().filter(|s| s.referred && in_t12m(Some(s.date), e)) {
        contacts.push((service.place.clone(), i64::from(closed(service.person, service.date)), 1));
    }
    let schools = world.parent("school_site", "school_id");
    for row in world.rows("school_counselling") {
        let date = row.day("service_date").expect("a counselling contact has a date");
        if row.text("referred_to").is_some() && in_t12m(Some(date), e) {
            contacts.push((school_place(&schools, row), i64::from(closed(world.person(row), date)), 1));
        }
    }
    sums(world, contacts.iter().map(|(place, n, d)| (place.as_str(), *n, *d)))
}

/// The division of a row's school.
pub fn school_place(schools: &BTreeMap<(&str, &str), &Record>, row: &Record) -> String {
    schools
        .get(&(row.county.as_str(), row.text("school_id").unwrap_or_default()))
        .map(|s| s.string("division_code"))
        .unwrap_or_default()
}

/// SUM(items_correct) / SUM(items_total).
fn awareness(world: &World, e: Day) -> Counts {
    let answers = world.rows("station_survey").iter().filter(|r| in_t12m(r.day("survey_date"), e));
    sums(
        world,
        answers.map(|r| {
            let (n, d) = (r.integer("items_correct").unwrap_or(0), r.integer("items_total").unwrap_or(0));
            (r.text("division_code").unwrap_or_default(), n, d)
        }),
    )
}

/// age >= 18 (or not given) AND judgement >= 80 AND self >= 24 AND case >= 28 / the same ages with all
/// three scores given.
fn literacy(world: &World, e: Day) -> Counts {
    let mut answers = Vec::new();
    for row in world.rows("station_survey").iter().filter(|r| in_t12m(r.day("survey_date"), e)) {
        let adult = row.integer("age").is_none_or(|age| age >= 18);
        let scores = (row.number("literacy_judgement"), row.number("literacy_self"), row.number("literacy_case"));
        if let (true, (Some(judgement), Some(own), Some(case))) = (adult, scores) {
            let passed = judgement >= 80.0 && own >= 24.0 && case >= 28.0;
            answers.push((row.text("division_code").unwrap_or_default(), i64::from(passed), 1));
        }
    }
    sums(world, answers)
}

/// docs/definitions.md: the latest screening anywhere decides, in each division where the student was screened.
fn screening(world: &World, e: Day) -> Counts {
    let tests: Vec<&Record> =
        world.rows("school_screening").iter().filter(|r| in_t12m(r.day("screening_date"), e)).collect();
    let mut latest: BTreeMap<Person, &Record> = BTreeMap::new();
    let age = |r: &Record| (r.day("screening_date"), r.string("record_id"), r.county.clone());
    for test in &tests {
        let best = latest.entry(world.person(test)).or_insert(test);
        if age(test) > age(best) {
            *best = test;
        }
    }
    let schools = world.parent("school_site", "school_id");
    let places: Vec<String> = tests.iter().map(|r| school_place(&schools, r)).collect();
    persons_once(
        world,
        tests.iter().zip(&places).map(|(test, place)| {
            let person = world.person(test);
            let result = latest[&person].string("result");
            (place.as_str(), person, result == "moderate" || result == "severe")
        }),
    )
}
