//! Patients with severe mental illness: registrations, follow-ups and visits; and referrals of anyone.

use crate::error::Result;
use crate::schema::day;

use super::chance::Chance;
use super::emit::entered_at;
use super::life::{Life, any_day, year_month};
use super::population::Home;
use super::purpose;
use super::record::Dataset;

/// How a patient's follow-ups are spaced. The kinds are chosen such that each rule of the fact "managed" occurs with
/// both outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// Every 75 to 88 days.
    Steady,
    /// In every third calendar month on any day, so up to four months apart.
    Calendar,
    /// More than four months apart.
    Sparse,
    /// Four or five in the first months of the year, then none.
    Clustered,
    /// Every fortnight, as unstable patients need, sometimes late.
    Fortnightly,
    /// Every month, as basically stable patients need.
    Monthly,
    /// Like `Steady`, but the risk is not assessed.
    Incomplete,
    /// Visited for a while, then moved away, refusing or not found.
    Lost,
    Never,
}

/// The main facts of a patient's illness.
pub struct Illness {
    pub diagnosis: &'static str,
    pub registered: i32,
    pub exit: Option<(i32, &'static str)>,
    pub living: &'static str,
    pub care: Care,
    pub violent: bool,
    /// The day on which a patient moved here from the other county.
    pub moved: Option<i32>,
}

/// Whether a patient is registered and lives at home on a day.
pub fn at_home(illness: &Illness, on: i32) -> bool {
    illness.living == "home" && illness.registered <= on && illness.exit.is_none_or(|(d, _)| d > on)
}

/// The complaint that a clinic records for people who are not registered.
pub fn complaint(chance: &mut Chance) -> &'static str {
    chance.weighted::<&'static str>(&[
        ("F32.1", 30),
        ("F41.1", 26),
        ("F51.0", 18),
        ("F43.2", 12),
        ("F41.9", 8),
        ("F98.9", 3),
        ("F20.9", 2),
        ("F31.6", 1),
    ])
}

/// Whether and how a person is ill.
pub fn illness(life: &Life<'_, '_, '_, '_, '_>, who: usize) -> Option<Illness> {
    let person = life.person(who);
    let mut chance = person.chance(life.seed(), purpose::ILLNESS);
    let crossing = life.home.other_county.is_some();
    let share = if crossing && who == 0 { 0.55 } else { life.emitter.world.shares.patient };
    if !chance.yes(share) {
        return None;
    }
    let (from, as_of) = (life.from(), life.as_of());
    let diagnosis = *chance.weighted(&[
        ("F20.0", 18),
        ("F20.3", 14),
        ("F20.9", 26),
        ("F200", 2),
        ("F31.1", 7),
        ("F31.9", 6),
        ("F30.9", 1),
        ("F71.1", 8),
        ("F70.1", 4),
        ("F06.8", 3),
        ("G40.9", 4),
        ("F25.9", 3),
        ("F22.0", 3),
        ("F32.2", 3),
        ("F10.2", 1),
    ]);
    let adult = person.birth + 12 * 366;
    let registered = if chance.yes(0.68) {
        chance.between((from - 4000).max(adult), from - 1)
    } else {
        chance.between(from.max(adult), as_of)
    };
    let registered = registered.clamp(adult.min(as_of), as_of);
    let moved = (crossing && who == 0).then(|| chance.between(from + 60, as_of - 40));
    let exit = match chance.below(100) {
        _ if moved.is_some() => None,
        reason @ 0..=8 => {
            let lo = registered.max(from) + 1;
            let reason =
                ["death", "death", "death", "moved", "lost", "lost", "excluded", "other", "death"][reason as usize];
            (lo < as_of).then(|| (chance.between(lo, as_of), reason))
        }
        _ => None,
    };
    let living = *chance.weighted(&[("home", 84), ("hospital", 6), ("institution", 5), ("custody", 2), ("unknown", 3)]);
    let care = *chance.weighted(&[
        (Care::Steady, 28),
        (Care::Calendar, 14),
        (Care::Sparse, 10),
        (Care::Clustered, 7),
        (Care::Fortnightly, 9),
        (Care::Monthly, 12),
        (Care::Incomplete, 6),
        (Care::Lost, 7),
        (Care::Never, 7),
    ]);
    let violent = chance.yes(0.16);
    Some(Illness { diagnosis, registered, exit, living, care, violent, moved })
}

/// A patient's time on the register of one county.
#[derive(Clone, Copy)]
struct Stay<'a> {
    county: usize,
    registered: i32,
    /// Day and reason, as the county knows them.
    exit: Option<(i32, &'a str)>,
    /// The day on which it ends in truth.
    until: Option<i32>,
}

/// Emits a patient's registrations, follow-ups and visits.
pub fn register(life: &mut Life<'_, '_, '_, '_, '_>, who: usize, illness: &Illness) -> Result<()> {
    let mut chance = life.person(who).chance(life.seed(), purpose::ILLNESS + 100);
    let home = life.home.county;
    match (illness.moved, life.home.other_county) {
        (Some(moved), Some(old)) => {
            let registered = illness.registered.min(moved - 30);
            // A third of the counties that people leave never hear of the move.
            let exit = (!chance.yes(0.33)).then_some((moved, "moved"));
            let left = Stay { county: old, registered, exit, until: Some(moved) };
            registration(life, who, illness, left, &mut chance)?;
            let arrived = (moved + chance.between(0, 25)).min(life.as_of());
            let here = Stay { county: home, registered: arrived, exit: None, until: None };
            registration(life, who, illness, here, &mut chance)
        }
        _ => {
            let (registered, exit) = (illness.registered, illness.exit);
            let only = Stay { county: home, registered, exit, until: exit.map(|e| e.0) };
            registration(life, who, illness, only, &mut chance)
        }
    }
}

fn registration(
    life: &mut Life<'_, '_, '_, '_, '_>,
    who: usize,
    illness: &Illness,
    stay: Stay<'_>,
    chance: &mut Chance,
) -> Result<()> {
    let Stay { county, registered, exit, until } = stay;

    let person = life.person(who);
    let n = person.number;
    let code = life.emitter.counties()[county].code.clone();
    let patient_no = format!("{code}{:02}{:06}{}", life.home.county + 1, n.household, n.slot);
    let there = &life.emitter.counties()[county];
    let mut row = if county == life.home.county {
        life.emitter.person_row(Dataset::HospitalPatient, life.home, who, registered)
    } else {
        // The county that a patient moved from knows the address there.
        let place = Home { county, village: n.household as usize % there.villages.len(), house: life.home.house };
        life.emitter.person_row_at(Dataset::HospitalPatient, life.home, who, registered, place)
    };
    row.set("patient_no", patient_no.clone());
    let village =
        if county == life.home.county { life.home.village } else { n.household as usize % there.villages.len() };
    let village = &there.villages[village];
    row.set(
        "manage_code",
        if chance.yes(0.92) { village.code.clone() } else { there.towns[village.town].code.clone() },
    );
    row.set("diagnosis", illness.diagnosis);
    if chance.yes(0.9) {
        row.set_day("diagnosed_date", (registered - chance.between(0, 900)).max(person.birth + 3000));
    }
    row.set_day("registered_date", registered);
    if let Some((on, reason)) = exit {
        row.set_day("exit_date", on);
        row.set("exit_reason", reason);
    }
    row.set("living", illness.living);
    if chance.yes(0.95) {
        row.set_bool("consent", chance.yes(0.93));
    }
    if let Some(guardian) = person.guardian {
        row.set("guardian_name", life.person(guardian).name.full());
        row.set("guardian_phone", life.person(guardian).phone.clone());
    }
    life.emit(county, row)?;
    let last = until.unwrap_or(life.as_of()).min(life.as_of());
    let first = registered.max(life.from());
    follow_up(life, who, illness, (county, &patient_no), (first, last), chance)?;
    episodes(life, who, illness, county, (first, last), chance)
}

/// Days of follow-up in a period, spaced by the patient's kind of care.
fn follow_up_days(care: Care, first: i32, last: i32, chance: &mut Chance) -> Vec<i32> {
    let mut days = Vec::new();
    let mut on = first + chance.between(0, 20);
    match care {
        Care::Never => {}
        Care::Calendar => {
            let (mut year, mut month) = year_month(on);
            while let Some(start) = day::from_ymd(year, month, 1) {
                if start > last {
                    break;
                }
                let visit = start + chance.between(0, 27);
                if visit >= first && visit <= last {
                    days.push(visit);
                }
                month += 3;
                if month > 12 {
                    month -= 12;
                    year += 1;
                }
            }
        }
        Care::Clustered => {
            let (mut year, _) = year_month(on);
            while let Some(start) = day::from_ymd(year, 1, 4).filter(|s| *s <= last) {
                let mut visit = start;
                for _ in 0..chance.between(4, 5) {
                    visit += chance.between(18, 30);
                    if visit >= first && visit <= last {
                        days.push(visit);
                    }
                }
                year += 1;
            }
        }
        _ => {
            let late = chance.yes(0.4);
            while on <= last {
                days.push(on);
                on += match care {
                    Care::Sparse => chance.between(110, 170),
                    Care::Fortnightly if late && chance.yes(0.1) => chance.between(15, 40),
                    Care::Fortnightly => chance.between(11, 14),
                    Care::Monthly if late && chance.yes(0.15) => chance.between(32, 70),
                    Care::Monthly => chance.between(26, 31),
                    _ => chance.between(75, 88),
                };
            }
        }
    }
    days
}

fn follow_up(
    life: &mut Life<'_, '_, '_, '_, '_>,
    who: usize,
    illness: &Illness,
    (county, patient_no): (usize, &str),
    (first, last): (i32, i32),
    chance: &mut Chance,
) -> Result<()> {
    let days = follow_up_days(illness.care, first, last, chance);
    let check_up = chance.yes(0.7);
    let rehab = chance.yes(0.55);
    let counselled = chance.yes(0.6);
    let usual = *chance.weighted(&[("regular", 62), ("intermittent", 20), ("none", 12), ("not_needed", 6)]);
    let class = *chance.weighted(&[("A", 12), ("B", 28), ("C", 48), ("", 12)]);
    let mut checked_in = 0;
    for (index, on) in days.iter().copied().enumerate() {
        let mut row = life.emitter.world.catalog.record(Dataset::HospitalFollowup);
        row.day = on;
        row.set("record_id", life.key("SF", who));
        row.set("patient_no", patient_no);
        row.set_day("followup_date", on);
        row.set("mode", *chance.weighted(&[("clinic", 30), ("home", 40), ("phone", 30)]));
        let missed = (illness.care == Care::Lost && index * 2 >= days.len()) || chance.yes(0.02);
        if missed {
            row.set(
                "outcome",
                *chance.weighted(&[("away", 40), ("lost", 25), ("refused", 20), ("moved", 10), ("missing", 5)]),
            );
        } else {
            if chance.yes(0.5) {
                row.set("outcome", "seen");
            }
            let stability = match illness.care {
                Care::Fortnightly => *chance.weighted(&[("unstable", 80), ("basic", 15), ("", 5)]),
                Care::Monthly => *chance.weighted(&[("basic", 80), ("stable", 12), ("unstable", 8)]),
                _ => *chance.weighted(&[("stable", 78), ("basic", 14), ("unstable", 3), ("", 5)]),
            };
            let risk = match stability {
                "unstable" => chance.between(3, 5),
                "basic" => chance.between(1, 2),
                _ => 0,
            };
            if illness.care != Care::Incomplete && chance.yes(0.97) {
                row.set("risk_level", risk.to_string());
            }
            row.set("stability", stability);
            row.set("medication", if chance.yes(0.85) { usual } else { "" });
            row.set("grade_class", class);
            if chance.yes(0.9) {
                row.set_bool("rehab", rehab && chance.yes(0.7));
            }
            if chance.yes(0.9) {
                row.set_bool("counselled", counselled && chance.yes(0.7));
            }
            let (year, _) = year_month(on);
            let due = check_up && checked_in != year && chance.yes(0.5);
            if due {
                checked_in = year;
            }
            row.set_bool("checkup", due);
        }
        row.set("entered_at", entered_at(chance, on, life.as_of()));
        life.emit(county, row)?;
    }
    Ok(())
}

/// Emits out-patient visits and in-patient stays of a patient.
fn episodes(
    life: &mut Life<'_, '_, '_, '_, '_>,
    who: usize,
    illness: &Illness,
    county: usize,
    (first, last): (i32, i32),
    chance: &mut Chance,
) -> Result<()> {
    if first >= last {
        return Ok(());
    }
    let seen = Visit { county, org: 0, on: first, diagnosis: illness.diagnosis, kind: "outpatient", discharge: None };
    let years = f64::from(last - first) / 365.0;
    for _ in 0..chance.count(1.6 * years) {
        let on = chance.between(first, last);
        visit(life, who, &Visit { on, ..seen }, chance)?;
    }
    if chance.yes((0.06 * years).min(0.5)) {
        visit(life, who, &Visit { on: chance.between(first, last), kind: "emergency", ..seen }, chance)?;
    }
    if chance.yes((0.16 * years).min(0.8)) || illness.living == "hospital" {
        let on = chance.between(first, last);
        let discharge = on + chance.between(12, 90);
        // A patient who is still in hospital when the export is made has no discharge date.
        let discharge = (discharge <= life.as_of()).then_some(discharge);
        visit(life, who, &Visit { on, kind: "inpatient", discharge, ..seen }, chance)?;
    }
    Ok(())
}

/// A visit to the `org`-th institution of a county.
#[derive(Clone, Copy)]
pub struct Visit<'a> {
    pub county: usize,
    pub org: usize,
    pub on: i32,
    pub diagnosis: &'a str,
    pub kind: &'a str,
    pub discharge: Option<i32>,
}

/// Emits a visit.
pub fn visit(life: &mut Life<'_, '_, '_, '_, '_>, who: usize, visit: &Visit<'_>, chance: &mut Chance) -> Result<()> {
    let Visit { county, org, on, diagnosis, kind, discharge } = *visit;
    let mut row = life.row(Dataset::HospitalVisit, who, on, chance);
    row.set("record_id", life.key("JZ", who));
    row.set("org_id", life.emitter.counties()[county].hospitals[org].id.clone());
    row.set_day("visit_date", on);
    row.set("visit_kind", kind);
    row.set("diagnosis", diagnosis);
    row.set_some_day("discharge_date", discharge);
    life.emit(county, row)
}

/// A referral of a person to the mental hospital on a day: emits the visit that may follow and returns the code to
/// record.
pub fn refer(life: &mut Life<'_, '_, '_, '_, '_>, who: usize, on: i32, chance: &mut Chance) -> Result<String> {
    let home = life.home;
    // People who live in two counties are referred to the other one.
    let at = home.other_county.unwrap_or(home.county);
    let org = life.emitter.counties()[at].psychiatric().id.clone();
    // Half arrive in time, some on the last day that counts, some a day late, some never.
    let wait = match chance.below(20) {
        0..=9 => chance.between(0, 29),
        10 => 30,
        11 => 31,
        12..=14 => chance.between(32, 75),
        _ => return Ok(org),
    };
    if on + wait <= life.as_of() {
        let diagnosis = complaint(chance);
        let seen = Visit { county: at, org: 0, on: on + wait, diagnosis, kind: "outpatient", discharge: None };
        visit(life, who, &seen, chance)?;
    }
    Ok(org)
}

/// Emits psychiatric visits of people who are not registered.
pub fn visits_of_anyone(life: &mut Life<'_, '_, '_, '_, '_>, who: usize) -> Result<()> {
    let mut chance = life.person(who).chance(life.seed(), purpose::VISIT);
    for _ in 0..chance.count(life.emitter.world.shares.visits * life.years()) {
        let on = any_day(life, &mut chance).max(life.person(who).birth + 1200);
        if on > life.as_of() {
            continue;
        }
        let orgs = life.emitter.counties()[life.home.county].hospitals.len().min(4);
        let org = chance.below(orgs as u64) as usize;
        let diagnosis = complaint(&mut chance);
        let kind = *chance.weighted(&[("outpatient", 88), ("emergency", 6), ("inpatient", 6)]);
        let discharge = (kind == "inpatient").then(|| on + chance.between(5, 40)).filter(|d| *d <= life.as_of());
        let made = Visit { county: life.home.county, org, on, diagnosis, kind, discharge };
        visit(life, who, &made, &mut chance)?;
    }
    Ok(())
}
