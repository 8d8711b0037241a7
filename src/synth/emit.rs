//! Where the rows of a household go, and the identity that a source writes down.

use crate::error::Result;
use crate::schema::Source;

use super::chance::Chance;
use super::dirt::{self, Seen};
use super::places::{County, Region};
use super::population::{Household, Person, Shares};
use super::rates::Rates;
use super::record::{Catalog, Dataset, Record};

/// Everything that rows are made from.
pub struct World<'a> {
    pub seed: u64,
    pub region: Region,
    pub catalog: Catalog<'a>,
    pub shares: Shares,
    pub rates: Rates,
    /// Households of each county that live in it alone, and that cross.
    pub households: Vec<u64>,
    pub crossings: Vec<u64>,
}

/// Takes the rows of one county.
pub trait RowSink<'a> {
    /// # Errors
    /// Those of writing.
    fn take(&mut self, record: Record<'a>) -> Result<()>;
}

/// Rows of households on their way to the file of one county.
pub struct Emitter<'w, 'a, 's> {
    pub world: &'w World<'a>,
    /// The county whose files are written; rows of others are dropped. `None` takes all rows.
    pub county: Option<usize>,
    pub sink: &'s mut dyn RowSink<'a>,
}

impl<'a> Emitter<'_, 'a, '_> {
    /// # Errors
    /// Those of the sink.
    pub fn emit(&mut self, county: usize, record: Record<'a>) -> Result<()> {
        if self.county.is_none_or(|c| c == county) { self.sink.take(record) } else { Ok(()) }
    }

    pub fn counties(&self) -> &[County] {
        &self.world.region.counties
    }

    /// A row of a person: number, day and the identity block as the source sees it.
    pub fn person_row(&self, dataset: Dataset, home: &Household, who: usize, day: i32) -> Record<'a> {
        let person = &home.people[who];
        let mut record = self.world.catalog.record(dataset);
        record.person = Some(person.number);
        record.day = day;
        let seen = self.seen(&record, home, person, day);
        seen.write(&mut record);
        record
    }

    fn seen(&self, record: &Record<'a>, home: &Household, person: &Person, day: i32) -> Seen {
        let region = &self.world.region;
        let source = record.table.source;
        let village = &region.counties[home.county].villages[home.village];
        let mut seen = Seen::of(person);
        // What a form asks for differs by source, whatever the quality of its data.
        match source {
            Source::Station => {
                seen.phone = person.phone.clone();
                seen.residence_code = village.code.clone();
            }
            Source::School => {
                let guardian = person.guardian.map(|g| &home.people[g]);
                seen.phone = guardian.map(|g| g.phone.clone()).unwrap_or_default();
                if record.dataset == Dataset::SchoolScreening {
                    seen.phone.clear();
                }
                seen.student_no = person.student_no.clone();
            }
            Source::Police => {
                seen.residence_code = village.code.clone();
                seen.address = home.address(region);
            }
            Source::Hospital | Source::Reference => {
                seen.phone = person.phone.clone();
                seen.residence_code = village.code.clone();
                seen.address = home.address(region);
                if record.dataset == Dataset::HospitalVisit {
                    seen.residence_code.truncate(6);
                }
            }
        }
        if self.world.rates.touches_identities() {
            let n = person.number;
            let mut chance = Chance::of(
                self.world.seed,
                &[
                    0xd147,
                    record.dataset as u64,
                    u64::from(n.county),
                    u64::from(n.household),
                    u64::from(n.slot),
                    day as u64,
                ],
            );
            dirt::disturb(&mut seen, self.world, home, person, source, day, &mut chance);
        }
        seen
    }
}

/// `entered_at` of an event: a clerk typed it some days later, in office hours, not after `as_of`.
pub fn entered_at(chance: &mut Chance, day: i32, as_of: i32) -> String {
    let on = (day + chance.between(0, 4)).min(as_of);
    let (h, m, s) = (chance.between(8, 17), chance.between(0, 59), chance.between(0, 59));
    format!("{} {h:02}:{m:02}:{s:02}", crate::schema::day::to_iso(on))
}
