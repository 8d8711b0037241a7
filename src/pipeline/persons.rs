//! Accepted rows to persons: opens the vault, links, keeps the keys.

use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::sync_channel;

use super::accepted::{AcceptedRows, BatchRows};
use super::person_rows::{self, KeyedNight, RowPersons};
use super::previous::{Before, previous};
use super::{folder_keys, link_memory};
use crate::engine::{DatasetFiles, PartitionFile, PersonIndex};
use crate::error::{Error, Result};
use crate::ledger::Partition;
use crate::link::memory::pair_memory::PairMemory;
use crate::link::memory::people_memory::{Collected, PeopleMemory, RowPlace};
use crate::link::persons::{KeyEvent, LinkSettings, LinkSummary, PersonRange, link_after};
use crate::link::{KeyNumber, PersonKey};
use crate::numbers::fact_tables::FactPersons;
use crate::progress::Progress;
use crate::reuse::{Layer, Reused};
use crate::schema::Schemas;
use crate::store::Store;
use crate::store::key::SecretKey;
use crate::store::table_file::append;
use crate::store::vault::Vault;

/// Who is who tonight, by partition.
pub struct NightPersons {
    /// The accepted rows with their persons, as facts read them.
    pub facts: FactPersons,
    pub ranges: Vec<PersonRange>,
    pub summary: LinkSummary,
}

/// What a night remembers for the next one, not yet kept. Keeping it can go on beside other work.
pub struct Unkept<'p> {
    night: u64,
    accepted: AcceptedRows<'p>,
    /// In the order of the linkage.
    batches: Vec<BatchRows>,
    person_of_row: Vec<Vec<KeyNumber>>,
    keys: Vec<PersonKey>,
    found: Option<(PairMemory, Collected)>,
}

impl Unkept<'_> {
    pub fn keep(self, vault: &Vault) -> Result<()> {
        let Some((pairs, collected)) = self.found else { return Ok(()) };
        let places: Vec<Vec<RowPlace>> = self.batches.iter().map(|batch| self.accepted.places(batch)).collect();
        let tables = self.accepted.tables();
        let people = PeopleMemory::of(self.night, collected, &tables, &places, &self.person_of_row, self.keys);
        link_memory::keep(vault, &pairs, &people)
    }
}

/// Where the people of accepted rows are read from, and where their keys are kept.
#[derive(Clone, Copy)]
pub struct PersonInputs<'a> {
    pub store: &'a Store,
    pub vault: &'a Vault,
    pub key: &'a SecretKey,
    pub schemas: &'a Schemas,
    /// A county's registers stand side by side, a folder each.
    pub by_folder: bool,
    pub progress: &'a Progress,
}

/// Tables whose identities are read before they are asked for.
const READ_AHEAD: usize = 2;

/// Links tonight's accepted rows and keeps `private/persons.parquet`. What the next night starts from is
/// handed over, to be kept before anything is published.
///
/// # Errors
/// `Input` and `Output` of the store, `Usage` for a wrong key.
pub fn identify<'p>(
    inputs: &PersonInputs<'_>,
    partitions: &'p [Partition],
    settings: &LinkSettings<'_>,
) -> Result<(NightPersons, Unkept<'p>)> {
    let PersonInputs { store, vault, key, schemas, by_folder, progress } = *inputs;
    progress.begin("link", 1);
    let (accepted, (reusable, pairs)) = rayon::join(
        || AcceptedRows::of(schemas, partitions),
        || rayon::join(|| link_memory::people_before(vault), || link_memory::pairs(vault)),
    );
    let accepted = accepted?;
    // Under another policy the identities would not be what they were.
    let policy = settings.model.policy.digest();
    let (before, known_people) = Before::of(store, reusable.filter(|(people, _)| people.policy() == policy))?;
    let people = before.people();
    let (same, fresh) = accepted.batches(people);
    let rows = |batches: &[BatchRows]| batches.iter().map(|b| b.positions.len()).sum::<usize>();
    Reused { same: rows(&same), patch: 0, fresh: rows(&fresh) }.log(Layer::People);
    // Pairs are numbered as the people of their night are.
    let of_one_night = |(_, token): &(_, u64)| people.is_some_and(|people| people.token() == *token);
    let pairs = pairs.filter(of_one_night).map(|(pairs, _)| pairs).unwrap_or_default();
    let previous = previous(store, partitions, &accepted, &before, &same, &fresh)?;
    let known_people = match people.zip(known_people) {
        Some((people, known_people)) => {
            let rows = same.iter().map(|batch| accepted.same(batch, people)).collect::<Result<_>>()?;
            Some((known_people, rows))
        }
        None => None,
    };
    let settings = LinkSettings { memory: Some(&pairs), ..*settings };
    let (ahead, batches) = sync_channel(READ_AHEAD);
    // Reading and collecting keep a core busy each; what is read and not yet collected takes memory.
    let persons = std::thread::scope(|scope| {
        let (accepted, fresh) = (&accepted, &fresh);
        let read = move |batch| accepted.read(batch, vault, schemas);
        // The sender goes with its thread: without one the batches end.
        scope.spawn(move || fresh.iter().map(read).all(|rows| ahead.send(rows).is_ok()));
        link_after(&settings, known_people, &mut batches.into_iter(), key, &previous)
    })?;
    drop((previous, pairs));
    note_events(store, &persons.events)?;
    let mut person_of: BTreeMap<usize, RowPersons> =
        accepted.of.iter().map(|(index, of)| (*index, RowPersons::unknown(of.origins.len()))).collect();
    for (index, batch) in same.iter().chain(&fresh).enumerate() {
        let rows = person_of.get_mut(&batch.partition).expect("a person-bearing partition");
        rows.place(&batch.positions, &persons, index);
    }
    let keyed = KeyedNight::of(partitions, &accepted, &person_of, &persons.keys);
    person_rows::save(store, &keyed, before.rows())?;
    let night = keyed.night;
    drop(before);
    let renamed = if by_folder { folder_keys::renamed(schemas, partitions)? } else { HashMap::new() };
    let datasets = datasets(partitions, person_of, renamed);
    let tonight = NightPersons {
        facts: FactPersons {
            datasets,
            ids: numbers(&persons.keys)?,
            sex: persons.sex,
            sex_codes: persons.sex_codes,
            birth: persons.birth,
        },
        ranges: persons.ranges,
        summary: persons.summary,
    };
    let unkept = Unkept {
        night,
        batches: same.into_iter().chain(fresh).collect(),
        accepted,
        person_of_row: persons.person_of_row,
        keys: persons.keys,
        found: persons.memory.zip(persons.collected),
    };
    Ok((tonight, unkept))
}

/// Accepted rows of each dataset, with their persons.
fn datasets(
    partitions: &[Partition],
    mut person_of: BTreeMap<usize, RowPersons>,
    mut renamed: HashMap<usize, crate::engine::Renamed>,
) -> BTreeMap<String, DatasetFiles> {
    let mut datasets: BTreeMap<String, DatasetFiles> = BTreeMap::new();
    for (index, partition) in partitions.iter().enumerate() {
        let (persons, related) = person_of.remove(&index).map(|rows| (rows.person, rows.related)).unwrap_or_default();
        let renamed = renamed.remove(&index).unwrap_or_default();
        datasets.entry(partition.dataset.clone()).or_default().partitions.push(PartitionFile {
            county: partition.county.clone(),
            path: partition.path.clone(),
            persons: indices(persons),
            related: indices(related),
            renamed,
        });
    }
    datasets
}

/// Persons as facts name them: by the place of their keys.
fn indices(of_rows: Vec<Option<KeyNumber>>) -> Vec<Option<PersonIndex>> {
    of_rows.into_iter().map(|number| number.map(|number| PersonIndex::new(number.index()))).collect()
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
