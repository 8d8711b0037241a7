//! Passes the rows of households on to the files of a county, with identities as each source records them.

use crate::error::Result;
use crate::schema::Source;

use super::chance::Chance;
use super::identity_faults::{self, WrittenIdentity};
use super::places::County;
use super::population::{Home, Household, Person};
use super::record::{Dataset, Record};
use super::whereabouts::{self, known_place};
use super::world::World;

/// Receives rows together with the county that sends them.
pub trait RowSink<'a> {
    fn take(&mut self, county: usize, record: Record<'a>) -> Result<()>;
}

/// Emits the rows of households for one county.
pub struct Emitter<'w, 'a, 's> {
    pub world: &'w World<'a>,
    /// The county whose files are written; rows of other counties are dropped. `None` keeps all rows.
    pub county: Option<usize>,
    pub sink: &'s mut dyn RowSink<'a>,
}

impl<'a> Emitter<'_, 'a, '_> {
    pub fn emit(&mut self, county: usize, record: Record<'a>) -> Result<()> {
        if self.county.is_none_or(|c| c == county) { self.sink.take(county, record) } else { Ok(()) }
    }

    pub fn counties(&self) -> &[County] {
        &self.world.region.counties
    }

    /// A row about a person on a day, with record number, date and the identity as the source sees it.
    pub fn person_row(&self, dataset: Dataset, home: &Household, who: usize, day: i32) -> Record<'a> {
        let source = self.world.catalog.table(dataset).source;
        self.person_row_at(dataset, home, who, day, known_place(self.world, home, source, day))
    }

    /// The same for a person whose address the source knows to be `place`.
    pub fn person_row_at(&self, dataset: Dataset, home: &Household, who: usize, day: i32, place: Home) -> Record<'a> {
        let person = &home.people[who];
        let mut record = self.world.catalog.record(dataset);
        record.person = Some(person.number);
        record.day = day;
        let seen = self.seen(&record, home, person, day, place);
        seen.write(&mut record);
        record
    }

    fn seen(&self, record: &Record<'a>, home: &Household, person: &Person, day: i32, place: Home) -> WrittenIdentity {
        let region = &self.world.region;
        let source = record.table.source;
        let village = &region.counties[place.county].villages[place.village];
        let mut seen = WrittenIdentity::of(person);
        // Forms ask for different fields in each source.
        match source {
            Source::STATION => {
                seen.phone = person.phone.clone();
                seen.residence_code = village.code.clone();
            }
            Source::SCHOOL => {
                let guardian = person.guardian.map(|g| &home.people[g]);
                seen.phone = guardian.map(|g| g.phone.clone()).unwrap_or_default();
                if record.dataset == Dataset::SchoolScreening {
                    seen.phone.clear();
                }
                seen.student_no = person.student_no.clone();
            }
            Source::POLICE => {
                seen.residence_code = village.code.clone();
                seen.address = whereabouts::address(region, place);
            }
            _ => {
                seen.phone = person.phone.clone();
                seen.residence_code = village.code.clone();
                seen.address = whereabouts::address(region, place);
                if record.dataset == Dataset::HospitalVisit {
                    seen.residence_code.truncate(6);
                }
            }
        }
        if self.world.rates.touches_identities() {
            let n = person.number;
            let parts = [0xd147, record.dataset as u64, n.county.into(), n.household.into(), n.slot.into(), day as u64];
            let row = identity_faults::ReportedRow { world: self.world, home, person, source, on: day, place };
            row.disturb(&mut seen, &mut Chance::of(self.world.seed, &parts));
        }
        seen
    }
}

/// The `entered_at` of an event: some days later, in office hours, but not after `as_of`.
pub fn entered_at(chance: &mut Chance, day: i32, as_of: i32) -> String {
    let on = (day + chance.between(0, 4)).min(as_of);
    let (h, m, s) = (chance.between(8, 17), chance.between(0, 59), chance.between(0, 59));
    format!("{} {h:02}:{m:02}:{s:02}", crate::schema::day::to_iso(on))
}
