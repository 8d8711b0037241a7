//! The life of a household: generates every row that its people leave in any source.

use crate::error::Result;
use crate::schema::day;

use super::chance::Chance;
use super::emit::{Emitter, entered_at};
use super::hospital::{self, Illness};
use super::population::{Household, Person};
use super::record::{Dataset, Record};
use super::{police, school, station};

/// Numbers that separate a person's streams of draws by purpose.
pub mod purpose {
    pub const ILLNESS: u64 = 1;
    pub const SPECIAL: u64 = 2;
    pub const SERVICE: u64 = 3;
    pub const PUPIL: u64 = 4;
    pub const VISIT: u64 = 5;
    pub const SURVEY: u64 = 6;
    pub const IDENTITY: u64 = 7;
    pub const MOVE: u64 = 8;
}

/// A household for which rows are being generated.
pub struct Life<'e, 'w, 'a, 's, 'h> {
    pub emitter: &'e mut Emitter<'w, 'a, 's>,
    pub home: &'h Household,
    /// Number of rows so far for each slot, which makes record keys unique.
    serial: [u32; 8],
}

impl<'a> Life<'_, '_, 'a, '_, '_> {
    pub fn seed(&self) -> u64 {
        self.emitter.world.seed
    }

    pub fn from(&self) -> i32 {
        self.emitter.world.region.from
    }

    pub fn as_of(&self) -> i32 {
        self.emitter.world.region.as_of
    }

    /// Length of the generated period in years.
    pub fn years(&self) -> f64 {
        f64::from(self.as_of() - self.from() + 1) / 365.25
    }

    pub fn person(&self, who: usize) -> &Person {
        &self.home.people[who]
    }

    /// A record key that no other row has.
    pub fn key(&mut self, prefix: &str, who: usize) -> String {
        let n = self.home.people[who].number;
        let serial = &mut self.serial[usize::from(n.slot)];
        *serial += 1;
        format!("{prefix}{}{:06}{}{:03}", n.county, n.household, n.slot, *serial)
    }

    /// A row with identity and `entered_at` set, to be completed and emitted.
    pub fn row(&self, dataset: Dataset, who: usize, on: i32, chance: &mut Chance) -> Record<'a> {
        let mut record = self.emitter.person_row(dataset, self.home, who, on);
        record.set("entered_at", entered_at(chance, on, self.as_of()));
        record
    }

    pub fn emit(&mut self, county: usize, record: Record<'a>) -> Result<()> {
        self.emitter.emit(county, record)
    }
}

/// Emits every row of a household.
pub fn live(emitter: &mut Emitter<'_, '_, '_>, home: &Household) -> Result<()> {
    let mut life = Life { emitter, home, serial: [0; 8] };
    for who in 0..home.people.len() {
        let age = life.person(who).age_on(life.as_of());
        let illness = (age >= 12).then(|| hospital::illness(&life, who)).flatten();
        if let Some(illness) = &illness {
            hospital::register(&mut life, who, illness)?;
            station::patient(&mut life, who, illness)?;
        }
        let special = police::register(&mut life, who, illness.as_ref())?;
        if special {
            station::special(&mut life, who)?;
        }
        if illness.is_none() {
            hospital::visits_of_anyone(&mut life, who)?;
            if age >= 18 && !special {
                station::resident(&mut life, who)?;
            }
        }
        if age < 24 {
            school::pupil(&mut life, who)?;
        }
    }
    station::survey(&mut life)
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
        hospital::visit(life, who, at, 0, on + wait, hospital::complaint(chance), "outpatient", None, chance)?;
    }
    Ok(org)
}

/// A day anywhere in the generated period.
pub fn any_day(life: &Life<'_, '_, '_, '_, '_>, chance: &mut Chance) -> i32 {
    chance.between(life.from(), life.as_of())
}

/// Whether a patient is registered and lives at home on a day.
pub fn at_home(illness: &Illness, on: i32) -> bool {
    illness.living == "home" && illness.registered <= on && illness.exit.is_none_or(|(d, _)| d > on)
}

/// Year and month of a day.
pub fn year_month(on: i32) -> (i32, u32) {
    let date = day::to_date(on);
    (i32::from(date.year()), date.month() as u32)
}
