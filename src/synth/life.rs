//! A household for which rows are being generated, with what every source needs to know of it.

use crate::error::Result;
use crate::schema::day;

use super::chance::Chance;
use super::emit::{Emitter, entered_at};
use super::population::{Household, Person};
use super::record::{Dataset, Record};

/// A household for which rows are being generated.
pub struct Life<'e, 'w, 'a, 's, 'h> {
    pub emitter: &'e mut Emitter<'w, 'a, 's>,
    pub home: &'h Household,
    /// Number of rows so far for each slot, which makes record keys unique.
    serial: [u32; 8],
}

impl<'e, 'w, 'a, 's, 'h> Life<'e, 'w, 'a, 's, 'h> {
    pub fn new(emitter: &'e mut Emitter<'w, 'a, 's>, home: &'h Household) -> Self {
        Life { emitter, home, serial: [0; 8] }
    }

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

/// A day anywhere in the generated period.
pub fn any_day(life: &Life<'_, '_, '_, '_, '_>, chance: &mut Chance) -> i32 {
    chance.between(life.from(), life.as_of())
}

/// Year and month of a day.
pub fn year_month(on: i32) -> (i32, u32) {
    let date = day::to_date(on);
    (i32::from(date.year()), date.month() as u32)
}
