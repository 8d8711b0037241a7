//! Accepted rows to persons: opens the vault, links, keeps the keys.

use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::sync_channel;

use super::accepted::{AcceptedRows, BatchRows};
use super::person_rows::{self, RowPersons};
use super::previous::{Before, previous};
use super::progress::Progress;
use super::{folder_keys, link_memory};
use crate::engine::{DatasetFiles, PartitionFile};
use crate::error::{Error, Result};
use crate::ledger::Partition;
use crate::link::PersonKey;
use crate::link::memory::pair_memory::PairMemory;
use crate::link::memory::people_memory::{Collected, PeopleMemory, RowPlace};
use crate::link::persons::{KeyEvent, LinkSettings, LinkSummary, PersonRange, link_after};
use crate::schema::Schemas;
use crate::store::Store;
use crate::store::key::SecretKey;
use crate::store::table_file::append;
use crate::store::vault::Vault;

/// Who is who tonight, by partition.
pub struct NightPersons {
    /// Accepted rows of each dataset, with their persons.
    pub datasets: BTreeMap<String, DatasetFiles>,
    /// The number that facts know a person by, by person index: it stays with the person's key.
    pub ids: Vec<i64>,
    /// Sex by person index, as an index into the codes, of which the first is empty: none.
    pub sex: Vec<u32>,
    pub sex_codes: Vec<String>,
    /// Birth day and precision by person index.
    pub birth: Vec<Option<(i32, u8)>>,
    pub ranges: Vec<PersonRange>,
    pub summary: LinkSummary,
}

/// What a night remembers for the next one, not yet kept. Keeping it can go on beside other work.
pub struct Unkept<'p> {
    night: u64,
    accepted: AcceptedRows<'p>,
    /// In the order of the linkage.
    batches: Vec<BatchRows>,
    person_of_row: Vec<Vec<u32>>,
    keys: Vec<PersonKey>,
    found: Option<(PairMemory, Collected)>,
}

impl Unkept<'_> {
    /// # Errors
    /// `Output`.
    pub fn keep(self, vault: &Vault) -> Result<()> {
        let Some((pairs, collected)) = self.found else { return Ok(()) };
        let places: Vec<Vec<RowPlace>> = self.batches.iter().map(|batch| self.accepted.places(batch)).collect();
        let tables = self.accepted.tables();
        let people = PeopleMemory::of(self.night, collected, &tables, &places, &self.person_of_row, self.keys);
        link_memory::keep(vault, &pairs, &people)
    }
}

/// Tables whose identities are read before they are asked for.
const READ_AHEAD: usize = 2;

/// Links tonight's accepted rows and keeps `private/persons.parquet`. What the next night starts from is
/// handed over, to be kept before anything is published. `by_folder` says that a county's registers stand side
/// by side.
///
/// # Errors
/// `Input` and `Output` of the store, `Usage` for a wrong key.
#[allow(clippy::too_many_arguments)]
pub fn identify<'p>(
    store: &Store,
    vault: &Vault,
    key: &SecretKey,
    schemas: &Schemas,
    partitions: &'p [Partition],
    by_folder: bool,
    settings: &LinkSettings<'_>,
    progress: &Progress,
) -> Result<(NightPersons, Unkept<'p>)> {
    progress.begin("link", 1);
    let (accepted, (remembered, pairs)) = rayon::join(
        || AcceptedRows::of(schemas, partitions),
        || rayon::join(|| link_memory::people_before(vault), || link_memory::pairs(vault)),
    );
    let accepted = accepted?;
    let (before, known_people) = Before::of(store, remembered)?;
    let people = before.people();
    let (known, others) = accepted.batches(people);
    let rows = |batches: &[BatchRows]| batches.iter().map(|b| b.positions.len()).sum::<usize>();
    tracing::info!(known = rows(&known), read = rows(&others), "rows about people");
    // Pairs are numbered as the people of their night are.
    let of_one_night = |(_, token): &(_, u64)| people.is_some_and(|people| people.token() == *token);
    let pairs = pairs.filter(of_one_night).map(|(pairs, _)| pairs).unwrap_or_default();
    let previous = previous(store, partitions, &accepted, &before, &known, &others)?;
    let known_people = match people.zip(known_people) {
        Some((people, known_people)) => {
            let rows = known.iter().map(|batch| accepted.known(batch, people)).collect::<Result<_>>()?;
            Some((known_people, rows))
        }
        None => None,
    };
    let settings = LinkSettings { memory: Some(&pairs), ..*settings };
    let (ahead, batches) = sync_channel(READ_AHEAD);
    // Reading and collecting keep a core busy each; what is read and not yet collected takes memory.
    let persons = std::thread::scope(|scope| {
        let (accepted, others) = (&accepted, &others);
        let read = move |batch| accepted.read(batch, vault, schemas);
        // The sender goes with its thread: without one the batches end.
        scope.spawn(move || others.iter().map(read).all(|rows| ahead.send(rows).is_ok()));
        link_after(&settings, known_people, &mut batches.into_iter(), key, &previous)
    })?;
    drop((previous, pairs));
    note_events(store, &persons.events)?;
    let mut person_of: BTreeMap<usize, RowPersons> =
        accepted.of.iter().map(|(index, of)| (*index, RowPersons::unknown(of.origins.len()))).collect();
    for (index, batch) in known.iter().chain(&others).enumerate() {
        let rows = person_of.get_mut(&batch.partition).expect("a person-bearing partition");
        rows.place(&batch.positions, &persons, index);
    }
    let night = person_rows::digest(partitions, &accepted, &person_of, &persons.keys);
    person_rows::save(store, partitions, &accepted, &person_of, &persons.keys, &before, night)?;
    drop(before);
    let mut renamed = if by_folder { folder_keys::renamed(schemas, partitions)? } else { HashMap::new() };
    let mut datasets: BTreeMap<String, DatasetFiles> = BTreeMap::new();
    for (index, partition) in partitions.iter().enumerate() {
        let (persons, related) = person_of.remove(&index).map(|rows| (rows.person, rows.related)).unwrap_or_default();
        let renamed = renamed.remove(&index).unwrap_or_default();
        datasets.entry(partition.dataset.clone()).or_default().partitions.push(PartitionFile {
            county: partition.county.clone(),
            path: partition.path.clone(),
            persons,
            related,
            renamed,
        });
    }
    let tonight = NightPersons {
        datasets,
        ids: numbers(&persons.keys)?,
        sex: persons.sex,
        sex_codes: persons.sex_codes,
        birth: persons.birth,
        ranges: persons.ranges,
        summary: persons.summary,
    };
    let unkept = Unkept {
        night,
        batches: known.into_iter().chain(others).collect(),
        accepted,
        person_of_row: persons.person_of_row,
        keys: persons.keys,
        found: persons.memory.zip(persons.collected),
    };
    Ok((tonight, unkept))
}

/// Appends merges and splits to the store's log of keys, before any key changes.
fn note_events(store: &Store, events: &[KeyEvent]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let path = store.key_events();
    let lines: String = events
        .iter()
        .map(|e| serde_json::to_string(e).map(|l| l + "\n"))
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| Error::output(&path, e))?;
    append(&path, &lines)
}

/// The number of each person key: no two alike among tonight's persons.
fn numbers(keys: &[PersonKey]) -> Result<Vec<i64>> {
    let numbers: Vec<i64> = keys.iter().map(|key| key.number()).collect();
    // Keys are sorted, so are their numbers. Two persons in one would be one in every count.
    if numbers.windows(2).any(|w| w[0] == w[1]) {
        return Err(Error::bug("two person keys begin alike"));
    }
    Ok(numbers)
}
