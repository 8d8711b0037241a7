//! One row for each indicator, division and period.

use std::collections::{BTreeMap, BTreeSet};

use super::contract;
use super::coverage::Knowledge;
use super::indicators_patients::{Registered, patient_counts, registered};
use super::indicators_people::people_counts;
use super::indicators_sites::place_counts;
use super::persons::{Flags, PersonRows, Service, person_rows, services};
use super::windows::{Day, Period, iso, periods, ymd};
use super::world::{Person, World, level_of};

/// A row of `indicators`, with the columns of docs/outputs.md. `value` is percent (0..100), permille (0..1000),
/// a change in percent, or the count itself; absent where status is `no_data`.
#[derive(Clone, Debug, PartialEq)]
pub struct IndicatorRow {
    pub indicator: String,
    pub level: String,
    pub division_code: String,
    pub division_name: String,
    pub period_kind: String,
    pub period: String,
    pub period_start: String,
    pub period_end: String,
    pub complete: bool,
    pub numerator: i64,
    pub denominator: Option<i64>,
    pub value: Option<f64>,
    pub unit: String,
    pub status: String,
}

/// Numerator and denominator by division; a division that is not there has 0 and 0.
pub type Counts = BTreeMap<String, (i64, i64)>;

/// The rows of a world, sorted out by person once.
pub struct Night<'w> {
    pub world: &'w World,
    pub people: Vec<PersonRows>,
    pub services: Vec<Service>,
}

/// The persons at one E.
pub struct PeopleAt<'w> {
    pub flags: Vec<Flags>,
    pub registered: Registered<'w>,
}

/// First and last day for which an indicator is asked, and the day that the `period` window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    pub period_start: Day,
    pub e: Day,
}

impl<'w> Night<'w> {
    pub fn new(world: &'w World) -> Self {
        Night { world, people: person_rows(world), services: services(world).into_iter().map(|(s, _)| s).collect() }
    }

    pub fn at(&'w self, e: Day) -> PeopleAt<'w> {
        let rule = self.world.settings.managed_rule;
        PeopleAt {
            flags: self.people.iter().map(|p| p.flags(rule, e)).collect(),
            registered: registered(self.world, &self.people, e),
        }
    }

    /// Numerator and denominator of an indicator in every division. `named` are the villages of
    /// `village_rollout_rate`. Counts have the denominator 0 here.
    pub fn counts(&self, id: &str, people: &PeopleAt, asked: Asked, named: &[String]) -> Counts {
        patient_counts(id, people)
            .or_else(|| people_counts(id, self, people, asked.e))
            .or_else(|| place_counts(id, self.world, asked, named))
            .unwrap_or_else(|| panic!("the reference does not know the indicator {id}"))
    }
}

/// Adds numerators and denominators of things at places, in every division in which the place counts.
pub fn sums<'p>(world: &World, things: impl IntoIterator<Item = (&'p str, i64, i64)>) -> Counts {
    let mut counts = Counts::new();
    for (place, n, d) in things {
        for code in world.counts_in(place) {
            let cell = counts.entry(code.to_owned()).or_default();
            cell.0 += n;
            cell.1 += d;
        }
    }
    counts
}

/// docs/definitions.md: a person counts once in a division, however many rows they have there. The flag says whether
/// the person stands in the numerator too.
pub fn persons_once<'p>(world: &World, rows: impl IntoIterator<Item = (&'p str, Person, bool)>) -> Counts {
    let mut sets: BTreeMap<&str, (BTreeSet<Person>, BTreeSet<Person>)> = BTreeMap::new();
    for (place, person, in_numerator) in rows {
        for code in world.counts_in(place) {
            let (numerator, denominator) = sets.entry(code).or_default();
            denominator.insert(person);
            if in_numerator {
                numerator.insert(person);
            }
        }
    }
    sets.into_iter().map(|(code, (n, d))| (code.to_owned(), (n.len() as i64, d.len() as i64))).collect()
}

/// A number as it is published: denominator, value and whether there are data at all.
pub fn published(unit: &str, n: i64, d: Option<i64>) -> (Option<i64>, Option<f64>, bool) {
    let (nf, df) = (n as f64, d.unwrap_or(0) as f64);
    match (unit, d) {
        ("count", _) => (None, Some(nf), true),
        // 0/0, d = 0 in a change, or population missing.
        (_, None | Some(0)) => (d, None, false),
        ("percent", _) => (d, Some(nf / df * 100.0), true),
        ("permille", _) => (d, Some(nf / df * 1000.0), true),
        ("percent_change", _) => (d, Some((nf - df) / df * 100.0), true),
        _ => panic!("unknown unit {unit}"),
    }
}

/// The denominator of a division: residents for the prevalence, else what was counted.
pub fn denominator(world: &World, id: &str, division: &str, e: Day, counted: i64) -> Option<i64> {
    if id == "smi_reported_prevalence" { world.residents(division, ymd(e).0) } else { Some(counted) }
}

/// All villages that a profile names.
pub fn all_named_villages() -> Vec<String> {
    let named: BTreeSet<String> = contract::targets().into_iter().flat_map(|t| t.villages).collect();
    named.into_iter().collect()
}

/// Every indicator in every division of its levels, for every period.
pub fn indicators(world: &World) -> Vec<IndicatorRow> {
    let night = Night::new(world);
    let named = all_named_villages();
    let known = contract::indicators();
    let knowledge = Knowledge::new(world);
    let mut rows = Vec::new();

    let all = periods(&world.settings);
    let days: BTreeSet<Day> = all.iter().map(|p| p.e).collect();
    for e in days {
        let people = night.at(e);
        let here: Vec<&Period> = all.iter().filter(|p| p.e == e).collect();
        for indicator in &known {
            let mut by_start: BTreeMap<Day, Counts> = BTreeMap::new();
            for period in &here {
                // Only the `period` window looks at the first day.
                let start = if indicator.window == "period" { period.start } else { 0 };
                let counts = by_start.entry(start).or_insert_with(|| {
                    night.counts(&indicator.id, &people, Asked { period_start: period.start, e }, &named)
                });
                for (code, name) in &world.divisions {
                    let level = level_of(code).expect("a division has a level");
                    if !indicator.levels.iter().any(|l| l == level) {
                        continue;
                    }
                    let (n, counted) = counts.get(code).copied().unwrap_or((0, 0));
                    let d = denominator(world, &indicator.id, code, e, counted);
                    let (denominator, value, has_data) = published(&indicator.unit, n, d);
                    let asked = Asked { period_start: period.start, e };
                    let status = knowledge.status(indicator, code, asked, has_data);
                    rows.push(IndicatorRow {
                        indicator: indicator.id.clone(),
                        level: level.to_owned(),
                        division_code: code.clone(),
                        division_name: name.clone(),
                        period_kind: period.kind.to_owned(),
                        period: period.name.clone(),
                        period_start: iso(period.start),
                        period_end: iso(period.end),
                        complete: period.complete,
                        numerator: n,
                        denominator,
                        value,
                        unit: indicator.unit.clone(),
                        status: status.to_owned(),
                    });
                }
            }
        }
    }
    rows
}
