//! Rows of schools: screenings each term and counselling contacts.

use crate::error::Result;
use crate::schema::day;

use super::chance::Chance;
use super::hospital::refer;
use super::life::{Life, year_month};
use super::population::Person;
use super::purpose;
use super::record::Dataset;

/// School years completed since first grade on a day: 0 is grade 1, 8 is grade 9, 11 the last year of senior school.
fn grade(person: &Person, on: i32) -> i32 {
    let born = day::to_date(person.birth);
    let (year, month) = year_month(on);
    let school_year = if month >= 9 { year } else { year - 1 };
    let entry = i32::from(born.year()) + if born.month() >= 9 { 7 } else { 6 };
    school_year - entry
}

const GRADES: [&str; 12] =
    ["一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级", "高一", "高二", "高三"];

/// The index of the school that a pupil of this grade attends.
fn school(life: &Life<'_, '_, '_, '_, '_>, who: usize, grade: i32) -> Option<usize> {
    let mut chance = life.person(who).chance(life.seed(), purpose::PUPIL + 300);
    let county = &life.emitter.counties()[life.home.county];
    let town = county.villages[life.home.village].town;
    let pick = chance.bits() as usize;
    let odd = chance.below(100);
    let wanted: &[&str] = match grade {
        _ if odd == 0 => &["special"],
        ..0 => &["kindergarten"],
        0..9 if odd < 6 => &["nine_year"],
        0..6 => &["primary"],
        6..9 if odd < 10 => &["full_secondary"],
        6..9 => &["junior"],
        9..12 if odd < 50 => &["senior"],
        9..12 if odd < 60 => &["full_secondary"],
        9..12 => &["vocational"],
        _ => return None,
    };
    let local = matches!(wanted, ["primary" | "junior" | "kindergarten"]);
    let schools: Vec<usize> = (0..county.schools.len())
        .filter(|s| wanted.contains(&county.schools[*s].stage) && (!local || county.schools[*s].town == town))
        .collect();
    (!schools.is_empty()).then(|| schools[pick % schools.len()])
}

/// The score ranges of a scale's four results.
fn bands(scale: &str) -> [(i32, i32); 4] {
    match scale {
        "MHT" => [(0, 40), (41, 55), (56, 64), (65, 90)],
        "MSSMHS" => [(60, 119), (120, 179), (180, 239), (240, 300)],
        "PHQ9" => [(0, 4), (5, 9), (10, 14), (15, 27)],
        "GAD7" => [(0, 4), (5, 9), (10, 14), (15, 21)],
        "SCL90" => [(90, 160), (161, 200), (201, 250), (251, 450)],
        "SDS" => [(20, 41), (42, 49), (50, 57), (58, 80)],
        _ => [(20, 39), (40, 47), (48, 55), (56, 80)],
    }
}

const RESULTS: [&str; 4] = ["normal", "mild", "moderate", "severe"];

fn screening(life: &mut Life<'_, '_, '_, '_, '_>, who: usize, on: i32, chance: &mut Chance) -> Result<usize> {
    let grade = grade(life.person(who), on);
    let Some(school) = school(life, who, grade) else { return Ok(0) };
    let scale = match grade {
        3..6 => *chance.weighted(&[("MHT", 9), ("SAS", 1)]),
        6..9 => *chance.weighted(&[("MHT", 40), ("MSSMHS", 30), ("PHQ9", 15), ("GAD7", 15)]),
        _ => *chance.weighted(&[("MSSMHS", 30), ("PHQ9", 20), ("GAD7", 16), ("SCL90", 14), ("SDS", 10), ("SAS", 10)]),
    };
    let result = *chance.weighted(&[(0, 78), (1, 13), (2, 6), (3, 3)]);
    let (low, high) = bands(scale)[result];
    let mut row = life.row(Dataset::SchoolScreening, who, on, chance);
    row.set("record_id", life.key("CP", who));
    row.set("school_id", life.emitter.counties()[life.home.county].schools[school].id.clone());
    row.set("grade", GRADES[grade as usize]);
    row.set("scale", scale);
    row.set_day("screening_date", on);
    row.set("score", chance.between(low, high).to_string());
    row.set("result", RESULTS[result]);
    life.emit(life.home.county, row)?;
    Ok(result)
}

fn counselling(
    life: &mut Life<'_, '_, '_, '_, '_>,
    who: usize,
    on: i32,
    bad: usize,
    chance: &mut Chance,
) -> Result<()> {
    let grade = grade(life.person(who), on);
    let Some(school) = school(life, who, grade) else { return Ok(()) };
    let mut row = life.row(Dataset::SchoolCounselling, who, on, chance);
    row.set("record_id", life.key("FD", who));
    row.set("school_id", life.emitter.counties()[life.home.county].schools[school].id.clone());
    row.set_day("service_date", on);
    row.set(
        "issue",
        *chance.weighted(&[
            ("study", 36),
            ("relationship", 24),
            ("emotion", 22),
            ("bullying", 6),
            ("school_violence", 2),
            ("home_violence", 3),
            ("abuse", 1),
            ("drugs", 1),
            ("other", 5),
        ]),
    );
    let crisis = if bad >= 2 {
        *chance.weighted(&[("green", 20), ("yellow", 50), ("red", 30)])
    } else {
        *chance.weighted(&[("", 60), ("green", 32), ("yellow", 7), ("red", 1)])
    };
    row.set("crisis", crisis);
    if matches!(crisis, "yellow" | "red") && chance.yes(0.5) {
        let org = refer(life, who, on, chance)?;
        row.set("referred_to", org);
    }
    life.emit(life.home.county, row)
}

/// Emits everything that schools record about a child or young person.
pub fn pupil(life: &mut Life<'_, '_, '_, '_, '_>, who: usize) -> Result<()> {
    let mut chance = life.person(who).chance(life.seed(), purpose::PUPIL);
    let (from, as_of) = (life.from(), life.as_of());
    let (first_year, last_year) = (year_month(from).0, year_month(as_of).0);
    let share = life.emitter.world.shares.screening;
    for year in first_year..=last_year {
        for (month, span) in [(3, 70), (9, 70)] {
            let Some(on) = day::from_ymd(year, month, 15).map(|d| d + chance.between(0, span)) else { continue };
            let grade = grade(life.person(who), on);
            if on < from || on > as_of || !(-3..12).contains(&grade) {
                continue;
            }
            let mut bad = 0;
            if grade >= 3 && chance.yes(share) {
                bad = screening(life, who, on, &mut chance)?;
            }
            let contacts = if bad >= 2 {
                chance.between(0, 3)
            } else {
                i32::from(chance.yes(if grade >= 0 { 0.07 } else { 0.01 }))
            };
            for _ in 0..contacts {
                let after = on + chance.between(1, 60);
                if after <= as_of {
                    counselling(life, who, after, bad, &mut chance)?;
                }
            }
        }
    }
    Ok(())
}
