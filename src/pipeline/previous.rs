//! The person that each row of tonight had in the last run.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, RecordBatch, StringArray};
use rayon::prelude::*;

use super::accepted::{AcceptedRows, BatchRows};
use super::person_rows::{night_of, part_name};
use crate::error::{Error, ErrorKind, Result, words};
use crate::ledger::Partition;
use crate::link::memory::people_memory::{KnownPeople, PeopleMemory};
use crate::link::persons::{KeyEvent, PreviousPersons};
use crate::link::{KeyNumber, PersonKey};
use crate::store::parted_file::PartedFile;
use crate::store::table_file::map_table;
use crate::store::{Store, refuse_unreadable};

/// The persons of the last run, as far as they are at hand.
pub enum Before {
    /// There was none.
    None,
    /// Only its published rows.
    Rows,
    /// Its rows, and what the layer of people holds of them, which can be reused.
    Reusable(Box<(PeopleMemory, PartedFile)>),
}

impl Before {
    /// Brings together what can be reused and the rows of the last run, if they are of one night; the identities
    /// come apart.
    ///
    /// # Errors
    /// `Input`: the rows are damaged.
    pub fn of(store: &Store, reusable: Option<(PeopleMemory, KnownPeople)>) -> Result<(Self, Option<KnownPeople>)> {
        let path = store.persons();
        if !path.exists() {
            return Ok((Before::None, None));
        }
        let rows = PartedFile::open(&path).map_err(|e| damaged_unless_denied(&path, e))?;
        Ok(match (reusable, rows) {
            (Some((memory, people)), Some(rows)) if night_of(&rows) == Some(memory.night()) => {
                (Before::Reusable(Box::new((memory, rows))), Some(people))
            }
            _ => (Before::Rows, None),
        })
    }

    pub fn people(&self) -> Option<&PeopleMemory> {
        match self {
            Before::Reusable(of) => Some(&of.0),
            Before::None | Before::Rows => None,
        }
    }

    /// The rows of the last run, if they can be reused.
    pub fn rows(&self) -> Option<&PartedFile> {
        match self {
            Before::Reusable(of) => Some(&of.1),
            Before::None | Before::Rows => None,
        }
    }
}

/// The persons of the last run, batch for batch: first those of rows that are the same as then, then of all others.
///
/// # Errors
/// `Input` of the store.
pub fn previous(
    store: &Store,
    partitions: &[Partition],
    accepted: &AcceptedRows<'_>,
    before: &Before,
    same: &[BatchRows],
    fresh: &[BatchRows],
) -> Result<PreviousPersons> {
    let unread = |e| damaged_unless_denied(&store.persons(), e);
    let mut previous = match before {
        Before::None => PreviousPersons::default(),
        Before::Rows => of_all_rows(store, partitions, accepted, fresh).map_err(unread)?,
        Before::Reusable(of) => of_reusable(partitions, accepted, &of.0, &of.1, same, fresh).map_err(unread)?,
    };
    let events = store.key_events();
    if events.exists() {
        let text = std::fs::read_to_string(&events).map_err(|e| Error::unreadable_store(&events, e))?;
        // A line that a killed run left half written names no key that was given up.
        for event in text.lines().filter_map(|l| serde_json::from_str(l).ok()) {
            if let KeyEvent::Merged { key, .. } = event
                && let Ok(key) = key.parse()
            {
                previous.retire(key);
            }
        }
    }
    Ok(previous)
}

/// Rows that are the same have their persons at hand; the record keys of all others are looked for among the last run's.
fn of_reusable(
    partitions: &[Partition],
    accepted: &AcceptedRows<'_>,
    people: &PeopleMemory,
    rows: &PartedFile,
    same: &[BatchRows],
    fresh: &[BatchRows],
) -> Result<PreviousPersons> {
    let mut of_row: Vec<Vec<Option<KeyNumber>>> =
        same.par_iter().map(|batch| accepted.same(batch, people).map(|k| k.persons())).collect::<Result<_>>()?;
    let mut of_partition: Vec<usize> = fresh.iter().map(|b| b.partition).collect();
    of_partition.dedup();
    let matched = |index: usize| -> Result<(usize, Matched)> {
        let p = &partitions[index];
        let yesterday = match rows.part(&part_name(p)) {
            Some(part) => rows
                .read(part, &["record_key", "person_key"])?
                .iter()
                .map(|batch| keyed(batch, rows.path()))
                .collect::<Result<_>>()?,
            None => Vec::new(),
        };
        Ok((index, Matched::of(&accepted.of[&index].record_keys, &yesterday.iter().collect::<Vec<_>>())))
    };
    let matched: BTreeMap<usize, Matched> = of_partition.into_par_iter().map(matched).collect::<Result<_>>()?;
    let number = |key: Option<PersonKey>| key.and_then(|k| people.keys().number(k));
    of_row.par_extend(fresh.par_iter().map(|batch| {
        let found = &matched[&batch.partition].by_position;
        batch.positions.iter().map(|p| number(found[*p as usize])).collect::<Vec<Option<KeyNumber>>>()
    }));
    Ok(PreviousPersons::numbered(people.keys().clone(), of_row))
}

/// All rows are looked for among the last run's by their record keys.
fn of_all_rows(
    store: &Store,
    partitions: &[Partition],
    accepted: &AcceptedRows<'_>,
    batches: &[BatchRows],
) -> Result<PreviousPersons> {
    let rows = previous_rows(store)?;
    let mut by_place: BTreeMap<(&str, &str), Vec<&KeyedRows>> = BTreeMap::new();
    for (county, dataset, part) in &rows {
        by_place.entry((county, dataset)).or_default().push(part);
    }
    let place = |index: usize| (partitions[index].county.as_str(), partitions[index].dataset.as_str());
    let tonight: BTreeMap<(&str, &str), &StringArray> =
        accepted.of.iter().map(|(&index, of)| (place(index), &of.record_keys)).collect();
    let matched: BTreeMap<(&str, &str), Matched> = by_place
        .into_par_iter()
        .map(|(place, before)| {
            let none = StringArray::new_null(0);
            (place, Matched::of(tonight.get(&place).copied().unwrap_or(&none), &before))
        })
        .collect();
    let of_row: Vec<Vec<Option<PersonKey>>> = batches
        .par_iter()
        .map(|batch| match matched.get(&place(batch.partition)) {
            Some(found) => batch.positions.iter().map(|position| found.by_position[*position as usize]).collect(),
            None => vec![None; batch.positions.len()],
        })
        .collect();
    let gone = matched.into_values().flat_map(|m| m.gone);
    Ok(PreviousPersons::new(&of_row, gone))
}

/// Rows of the last run, of one partition and in its order, with their persons.
struct KeyedRows {
    record_keys: StringArray,
    persons: Vec<PersonKey>,
}

fn keyed(batch: &RecordBatch, path: &Path) -> Result<KeyedRows> {
    let persons = texts(batch, "person_key", path)?;
    let key = |row: usize| persons.value(row).parse().map_err(|_| damaged(path));
    Ok(KeyedRows {
        record_keys: texts(batch, "record_key", path)?.clone(),
        persons: (0..persons.len()).map(key).collect::<Result<_>>()?,
    })
}

fn texts<'b>(batch: &'b RecordBatch, name: &str, path: &Path) -> Result<&'b StringArray> {
    let column = batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref());
    let column = column.filter(|c: &&StringArray| c.null_count() == 0);
    column.ok_or_else(|| damaged(path).caused_by(words!("其中没有文本列 `{name}`", "it has no texts `{name}`")))
}

/// That the rows of the last run are not what was written: the keys of persons are in them alone.
fn damaged(path: &Path) -> Error {
    Error::damaged(path, words!("已损坏，或被放回了较旧的文件", "is damaged, or an older file was put back"))
}

/// Says that the rows are damaged, unless it is for this account alone that they cannot be read.
fn damaged_unless_denied(path: &Path, e: Error) -> Error {
    match refuse_unreadable(path) {
        _ if e.kind == ErrorKind::Damaged => e,
        Err(denied) => denied,
        Ok(()) => damaged(path),
    }
}

/// Whether the rows of the last run can be read with their persons.
pub fn names_persons(store: &Store) -> bool {
    previous_rows(store).is_ok()
}

fn previous_rows(store: &Store) -> Result<Vec<(String, String, KeyedRows)>> {
    let path = store.persons();
    let parts = map_table(&path, &["county", "dataset", "record_key", "person_key"], |batch| {
        let (counties, datasets) = (texts(&batch, "county", &path)?, texts(&batch, "dataset", &path)?);
        let mut parts = Vec::new();
        let mut from = 0;
        for row in 1..=batch.num_rows() {
            let place = |r: usize| (counties.value(r), datasets.value(r));
            if row < batch.num_rows() && place(row) == place(from) {
                continue;
            }
            let of = batch.slice(from, row - from);
            let rows = keyed(&of, &path)?;
            parts.push((counties.value(from).to_owned(), datasets.value(from).to_owned(), rows));
            from = row;
        }
        Ok(parts)
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// A partition's rows of tonight beside those of the last run.
struct Matched {
    /// By position among tonight's accepted rows.
    by_position: Vec<Option<PersonKey>>,
    /// Persons of rows that are no more.
    gone: Vec<PersonKey>,
}

impl Matched {
    fn of(tonight: &StringArray, before: &[&KeyedRows]) -> Self {
        let mut by_position = vec![None; tonight.len()];
        let mut gone = Vec::new();
        let mut rows: Vec<(&str, PersonKey)> =
            before.iter().flat_map(|p| (0..p.persons.len()).map(|r| (p.record_keys.value(r), p.persons[r]))).collect();
        // Both are sorted as they come, which a sort sees in one pass.
        rows.sort_unstable();
        let mut order: Vec<u32> = (0..tonight.len() as u32).collect();
        order.sort_by(|a, b| tonight.value(*a as usize).cmp(tonight.value(*b as usize)));
        let mut next = order.into_iter().peekable();
        for (record, person) in rows {
            while next.next_if(|&p| tonight.value(p as usize) < record).is_some() {}
            match next.next_if(|&p| tonight.value(p as usize) == record) {
                Some(position) => by_position[position as usize] = Some(person),
                None => gone.push(person),
            }
        }
        Matched { by_position, gone }
    }
}
