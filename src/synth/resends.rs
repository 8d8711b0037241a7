//! Adds rows that are rejected, repeated, corrected or withdrawn.
//!
//! Such rows are always additional and never replace a row that counts. Therefore exports with faults lead to the same
//! accepted rows as clean ones, except for faults of identities.

use crate::schema::{Load, day};

use super::SynthOptions;
use super::chance::Chance;
use super::inbox_parts::night_of;
use super::record::{Dataset, Record};
use super::row_faults;
use super::world::World;

/// A row with the way in which it arrives.
pub struct ArrivingRow<'a> {
    pub record: Record<'a>,
    /// The night on which it arrives, from 0.
    pub night: u32,
    /// The row is in a file of its own beside the main export: repetitions, corrections, withdrawals.
    pub supplement: bool,
    pub void: bool,
    /// The row is accepted in the end, so it belongs in the truth.
    pub stands: bool,
    /// A clean export would not contain the row.
    added: bool,
}

/// Adds these rows to the rows of a dataset.
pub struct Resends<'w, 'a> {
    pub world: &'w World<'a>,
    pub options: &'w SynthOptions,
    pub county: usize,
    pub chance: Chance,
    serial: u32,
}

/// Gives the row a key that only added rows have.
fn new_key(record: &mut Record<'_>, county: &str, serial: &mut u32) {
    *serial += 1;
    let key = format!("T{county}{:02}{:05}", record.dataset as u8, *serial);
    let field = record.table.primary_key[0].clone();
    record.set(&field, key);
}

impl<'w, 'a> Resends<'w, 'a> {
    pub fn new(world: &'w World<'a>, options: &'w SynthOptions, county: usize) -> Self {
        let code = world.region.counties[county].code.parse().unwrap_or(0);
        Resends { world, options, county, chance: Chance::of(world.seed, &[0xfa17, code]), serial: 0 }
    }

    fn later(&self, night: u32) -> u32 {
        (night + 1).min(self.options.nights - 1)
    }

    /// The number of rows out of `rows` for a rate, but at least one.
    fn share(&self, rows: usize, rate: f64) -> usize {
        if rate == 0.0 || rows == 0 { 0 } else { ((rows as f64 * rate) as usize).max(1) }
    }

    /// Index of a random row without findings.
    fn sound(&mut self, records: &[Record<'a>]) -> Option<usize> {
        for _ in 0..200 {
            let at = self.chance.below(records.len() as u64) as usize;
            if records[at].findings.is_empty() {
                return Some(at);
            }
        }
        None
    }

    /// All rows of a dataset, with the added ones, in the order in which files contain them.
    pub fn befall(&mut self, dataset: Dataset, mut records: Vec<Record<'a>>) -> Vec<ArrivingRow<'a>> {
        let rates = self.world.rates;
        let mut entries = Vec::with_capacity(records.len() + 16);
        let mut late = Vec::new();
        let code = self.world.region.counties[self.county].code.clone();
        if !records.is_empty() {
            row_faults::warn(self.world, dataset, &mut records, &mut self.chance);
            for _ in 0..self.share(records.len(), rates.resent) {
                if let Some(at) = self.sound(&records) {
                    let mut again = records[at].clone();
                    again.person = None;
                    late.push(self.entry(again, true, false, true));
                }
            }
            // The newer version of a corrected row is in the supplement, after the older one.
            let mut corrected = std::collections::BTreeSet::new();
            let upsert = records[0].table.load == Load::Upsert;
            if upsert {
                for _ in 0..self.share(records.len(), rates.corrected) {
                    corrected.extend(self.sound(&records));
                }
                for _ in 0..self.share(records.len(), rates.voided) {
                    late.extend(self.withdrawn(&records, &code, &mut entries));
                }
            }
            let kinds = row_faults::RejectedRow::ALL.len();
            // In a short list only a few, so that the export as a whole does not look broken. The kinds of errors take
            // turns among counties and datasets.
            let wanted = match records.len() / 12 {
                0 => 0,
                short if rates.row_error > 0.0 => self.share(records.len(), rates.row_error).max(short.min(kinds)),
                _ => 0,
            };
            let first = dataset as usize + self.county * 3;
            for n in first..first + wanted {
                let Some(at) = self.sound(&records) else { break };
                let mut bad = records[at].clone();
                new_key(&mut bad, &code, &mut self.serial);
                bad.person = None;
                let kind = row_faults::RejectedRow::ALL[n % kinds];
                if row_faults::spoil(self.world, self.county, &mut bad, kind, n / kinds, &mut self.chance) {
                    entries.push(self.entry(bad, false, false, false));
                }
            }
            for extra in row_faults::accepted_with_warning(self.world, self.county, dataset, &records) {
                entries.push(self.entry(extra, false, false, true));
            }
            for (at, record) in records.into_iter().enumerate() {
                if corrected.contains(&at) {
                    let older = self.older(&record);
                    entries.push(self.entry(older, false, false, false));
                    late.push(self.entry(record, true, false, true));
                } else {
                    entries.push(self.entry(record, false, false, true));
                }
            }
        }
        // Added rows must not all be at the top: each is moved to a random place.
        let span = entries.len() as u64 + 1;
        let mut placed: Vec<(u64, ArrivingRow<'a>)> = entries
            .into_iter()
            .zip(0..)
            .map(|(entry, n)| (if entry.added { self.chance.below(span << 20) } else { n << 20 }, entry))
            .collect();
        placed.sort_by_key(|(at, _)| *at);
        placed.into_iter().map(|(_, entry)| entry).chain(late).collect()
    }

    fn entry(&self, record: Record<'a>, supplement: bool, void: bool, stands: bool) -> ArrivingRow<'a> {
        let night = match record.table.load {
            // The first export of a register is an older one; see `older_export`.
            Load::Snapshot => self.later(0),
            Load::Upsert if supplement => self.later(night_of(self.options, &record)),
            Load::Upsert => night_of(self.options, &record),
        };
        let added = !stands && !void;
        ArrivingRow { record, night, supplement, void, stands, added }
    }

    /// An earlier version of a row, before a mistake was corrected.
    fn older(&mut self, record: &Record<'a>) -> Record<'a> {
        let mut older = record.clone();
        older.person = None;
        if let Some(entered) = record.get("entered_at").get(..10).and_then(day::parse_iso) {
            let time = record.get("entered_at")[10..].to_owned();
            older.set("entered_at", format!("{}{time}", day::to_iso(entered - 1)));
        }
        if let Some(field) = record.table.event_date.clone()
            && let Some(on) = day::parse_iso(record.get(&field))
        {
            older.set_day(&field, on - 1);
        }
        // Half of the corrections concern an identity: the ID number or phone number was asked for again.
        if self.world.rates.touches_identities() && record.person.is_some() && self.chance.yes(0.5) {
            let field = if self.chance.yes(0.5) { "id_number" } else { "phone" };
            older.set(field, "");
        }
        older
    }

    /// Adds a row that is withdrawn to `entries` and returns its withdrawal. The first withdrawal of a dataset refers
    /// to no row.
    fn withdrawn(
        &mut self,
        records: &[Record<'a>],
        code: &str,
        entries: &mut Vec<ArrivingRow<'a>>,
    ) -> Vec<ArrivingRow<'a>> {
        let Some(at) = self.sound(records) else { return Vec::new() };
        let mut row = records[at].clone();
        new_key(&mut row, code, &mut self.serial);
        row.person = None;
        let mut withdrawal = row.clone();
        let entered = row.get("entered_at").to_owned();
        if let Some(on) = entered.get(..10).and_then(day::parse_iso) {
            withdrawal.set("entered_at", format!("{}{}", day::to_iso(on + 2), &entered[10..]));
        }
        if self.serial % 4 != 1 {
            entries.push(self.entry(row, false, false, false));
        }
        vec![self.entry(withdrawal, true, true, false)]
    }

    /// An earlier export of a register: some rows are missing and some have other values.
    pub fn older_export(&mut self, entries: &[ArrivingRow<'a>]) -> Vec<ArrivingRow<'a>> {
        let mut older = Vec::new();
        for entry in entries.iter().filter(|e| e.stands && !e.supplement && e.record.findings.is_empty()) {
            if self.chance.yes(0.1) {
                continue;
            }
            let mut record = entry.record.clone();
            record.person = None;
            if self.chance.yes(0.1) {
                let field = match record.dataset {
                    Dataset::StationUnit => "employees",
                    Dataset::StationSite => "volunteer_teams",
                    Dataset::SchoolSite => "enrolment",
                    Dataset::HospitalSite => "",
                    Dataset::HospitalPatient => "diagnosed_date",
                    _ => "end_date",
                };
                match field {
                    "" => {}
                    "diagnosed_date" | "end_date" => record.set(field, ""),
                    _ => record.set(field, self.chance.between(0, 90).to_string()),
                }
            }
            older.push(ArrivingRow { record, night: 0, supplement: false, void: false, stands: false, added: false });
        }
        older
    }
}
