//! Accepted rows to persons: opens the vault, links, keeps the keys.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use arrow::array::{Array, ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{concat_batches, take, take_record_batch};
use rayon::prelude::*;

use super::ingest::vault_name;
use super::progress::Progress;
use crate::engine::{DatasetFiles, PartitionFile};
use crate::error::{Error, Result};
use crate::ledger::{AcceptedRow, Partition};
use crate::link::pair_memory::PairMemory;
use crate::link::{
    IdentityRows, KeyEvent, LinkSettings, LinkSummary, PersonKey, PersonRange, Persons, PreviousPersons, link_with,
};
use crate::schema::layout::identity_schema;
use crate::schema::{Schemas, Table};
use crate::store::Store;
use crate::store::key::SecretKey;
use crate::store::table_file::{TableWriter, append, map_table};
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

/// Tables whose identities are read before they are asked for.
const READ_AHEAD: usize = 2;

/// Rows of one table of a partition that were accepted, in the table's order.
struct TableRows {
    /// Index into the partitions.
    partition: usize,
    table: usize,
    /// `(row index in the table, position among the partition's accepted rows)`, by row.
    rows: Vec<(u32, u32)>,
}

/// Person, related person and confidence of each accepted row of a partition.
type RowPersons = (Vec<u32>, Vec<u32>, Vec<f32>);

/// Links tonight's accepted rows and keeps `private/persons.parquet`.
///
/// # Errors
/// `Input` and `Output` of the store, `Usage` for a wrong key.
pub fn identify(
    store: &Store,
    vault: &Vault,
    key: &SecretKey,
    schemas: &Schemas,
    partitions: &[Partition],
    settings: &LinkSettings<'_>,
    progress: &Progress,
) -> Result<NightPersons> {
    progress.begin("link", 1);
    let accepted = AcceptedIdentities::of(schemas, partitions)?;
    let previous = previous(store, partitions, &accepted)?;
    let AcceptedIdentities { tables, keys } = accepted;
    let read = |t: &TableRows| identity_rows(vault, schemas, &partitions[t.partition], t, &keys[&t.partition]);
    let memory = pair_memory(vault);
    let settings = LinkSettings { memory: Some(&memory), ..*settings };
    let (ahead, batches) = sync_channel(READ_AHEAD);
    // Reading and collecting keep a core busy each; what is read and not yet collected takes memory.
    let mut persons = std::thread::scope(|scope| {
        let (tables, read) = (&tables, &read);
        // The sender goes with its thread: without one the batches end.
        scope.spawn(move || tables.iter().map(read).all(|rows| ahead.send(rows).is_ok()));
        link_with(&settings, &mut batches.into_iter(), key, &previous)
    })?;
    drop((previous, memory));
    note_events(store, &persons.events)?;
    let mut person_of: BTreeMap<usize, RowPersons> = partitions
        .iter()
        .enumerate()
        .filter(|(index, _)| keys.contains_key(index))
        .map(|(index, p)| {
            let n = p.accepted_rows as usize;
            (index, (vec![u32::MAX; n], vec![u32::MAX; n], vec![0.0; n]))
        })
        .collect();
    for (batch, t) in tables.iter().enumerate() {
        let (person, related, confidence) = person_of.get_mut(&t.partition).expect("a person-bearing partition");
        for (row, (_, position)) in t.rows.iter().enumerate() {
            person[*position as usize] = persons.person_of_row[batch][row];
            related[*position as usize] = persons.related_of_row[batch][row];
            confidence[*position as usize] = persons.confidence_of_row[batch][row];
        }
    }
    let memory = persons.memory.take();
    let (saved, kept) = rayon::join(
        || save(store, partitions, &keys, &person_of, &persons),
        || memory.as_ref().map_or(Ok(()), |m| keep_pair_memory(vault, m)),
    );
    saved.and(kept)?;
    let mut datasets: BTreeMap<String, DatasetFiles> = BTreeMap::new();
    for (index, partition) in partitions.iter().enumerate() {
        let (persons, related) = person_of.remove(&index).map(|(p, r, _)| (p, r)).unwrap_or_default();
        datasets.entry(partition.dataset.clone()).or_default().partitions.push(PartitionFile {
            county: partition.county.clone(),
            path: partition.path.clone(),
            persons,
            related,
        });
    }
    Ok(NightPersons {
        datasets,
        ids: numbers(&persons.keys)?,
        sex: persons.sex,
        sex_codes: persons.sex_codes,
        birth: persons.birth,
        ranges: persons.ranges,
        summary: persons.summary,
    })
}

/// Record keys and event days of a partition's accepted rows.
type KeysAndDays = (StringArray, Option<Int32Array>);

/// Where the identities of all accepted rows stand.
struct AcceptedIdentities {
    tables: Vec<TableRows>,
    keys: BTreeMap<usize, KeysAndDays>,
}

impl AcceptedIdentities {
    fn of(schemas: &Schemas, partitions: &[Partition]) -> Result<Self> {
        let accepted = |(index, partition): (usize, &Partition)| {
            let table = declared(schemas, partition)?;
            if !table.person_bearing {
                return Ok(None);
            }
            let (record_keys, events, origins) = partition.accepted(table)?;
            Ok(Some((index, by_table(index, partition, &origins), (record_keys, events))))
        };
        let parts: Vec<_> = partitions.par_iter().enumerate().map(accepted).collect::<Result<_>>()?;
        let mut tables = Vec::new();
        let mut keys: BTreeMap<usize, KeysAndDays> = BTreeMap::new();
        for (index, of, keys_and_days) in parts.into_iter().flatten() {
            tables.extend(of);
            keys.insert(index, keys_and_days);
        }
        Ok(AcceptedIdentities { tables, keys })
    }
}

/// Identities of all accepted rows, one batch after the other.
///
/// # Errors
/// As [`identify`].
pub fn accepted_identities(vault: &Vault, schemas: &Schemas, partitions: &[Partition]) -> Result<Vec<IdentityRows>> {
    let AcceptedIdentities { tables, keys } = AcceptedIdentities::of(schemas, partitions)?;
    tables.iter().map(|t| identity_rows(vault, schemas, &partitions[t.partition], t, &keys[&t.partition])).collect()
}

/// The vault's file of pairs that were compared.
const PAIR_MEMORY: &str = "linkage/pairs.parquet";

/// Pairs that earlier nights compared. It saves time and changes nothing, so that one that cannot be
/// read is none.
fn pair_memory(vault: &Vault) -> PairMemory {
    if !vault.contains(PAIR_MEMORY) {
        return PairMemory::default();
    }
    let schema = PairMemory::schema();
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let batches = vault.read(PAIR_MEMORY, &names).and_then(Iterator::collect::<Result<Vec<RecordBatch>>>);
    batches.ok().and_then(|b| PairMemory::from_batches(&b)).unwrap_or_else(|| {
        tracing::warn!(file = PAIR_MEMORY, "cannot be read; all pairs are compared");
        PairMemory::default()
    })
}

fn keep_pair_memory(vault: &Vault, memory: &PairMemory) -> Result<()> {
    let mut writer = vault.create(PAIR_MEMORY, PairMemory::schema())?;
    writer.write(&memory.to_batch()?)?;
    writer.finish()
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

fn declared<'a>(schemas: &'a Schemas, partition: &Partition) -> Result<&'a Table> {
    schemas.table(&partition.dataset).ok_or_else(|| Error::bug(format!("`{}` is not declared", partition.dataset)))
}

fn by_table(index: usize, partition: &Partition, origins: &[AcceptedRow]) -> Vec<TableRows> {
    let mut tables: Vec<TableRows> =
        (0..partition.tables.len()).map(|table| TableRows { partition: index, table, rows: Vec::new() }).collect();
    for (position, origin) in origins.iter().enumerate() {
        tables[origin.table as usize].rows.push((origin.row_index, position as u32));
    }
    for t in &mut tables {
        t.rows.sort_unstable();
    }
    tables.retain(|t| !t.rows.is_empty());
    tables
}

fn identity_rows(
    vault: &Vault,
    schemas: &Schemas,
    partition: &Partition,
    of: &TableRows,
    (keys, events): &KeysAndDays,
) -> Result<IdentityRows> {
    let table = declared(schemas, partition)?;
    let wrong = |e| Error::bug("identities").caused_by(e);
    let schema = identity_schema(table).ok_or_else(|| Error::bug("a table without identities"))?;
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let name = vault_name(&table.name, &partition.tables[of.table].id);
    let parts: Vec<RecordBatch> = vault.read(&name, &names)?.collect::<Result<_>>()?;
    let all = concat_batches(&schema, &parts).map_err(wrong)?;
    let rows = UInt32Array::from_iter_values(of.rows.iter().map(|(row, _)| *row));
    let positions = UInt32Array::from_iter_values(of.rows.iter().map(|(_, position)| *position));
    let taken = |array: &dyn Array| -> Result<ArrayRef> { take(array, &positions, None).map_err(wrong) };
    let record_keys = taken(keys)?.as_any().downcast_ref::<StringArray>().expect("text").clone();
    let event_days = match events {
        Some(events) => taken(events)?.as_any().downcast_ref::<Int32Array>().expect("days").clone(),
        None => Int32Array::new_null(of.rows.len()),
    };
    Ok(IdentityRows {
        dataset: partition.dataset.clone(),
        county: partition.county.clone(),
        record_keys,
        event_days,
        identities: take_record_batch(&all, &rows).map_err(wrong)?,
    })
}

/// Rows of yesterday, of one partition and in its order, with their persons.
struct PreviousRows {
    county: String,
    dataset: String,
    record_keys: StringArray,
    persons: Vec<PersonKey>,
}

/// Yesterday's persons; none on the first night.
fn previous(store: &Store, partitions: &[Partition], accepted: &AcceptedIdentities) -> Result<PreviousPersons> {
    let rows = if store.persons().exists() { previous_rows(store)? } else { Vec::new() };
    let mut by_place: BTreeMap<(&str, &str), Vec<&PreviousRows>> = BTreeMap::new();
    for part in &rows {
        by_place.entry((&part.county, &part.dataset)).or_default().push(part);
    }
    let tonight: BTreeMap<(&str, &str), &StringArray> = accepted
        .keys
        .iter()
        .map(|(&p, (keys, _))| ((partitions[p].county.as_str(), partitions[p].dataset.as_str()), keys))
        .collect();
    let matched: BTreeMap<(&str, &str), Matched> = by_place
        .into_par_iter()
        .map(|(place, before)| {
            let none = StringArray::new_null(0);
            (place, Matched::of(tonight.get(&place).copied().unwrap_or(&none), &before))
        })
        .collect();
    let of_row: Vec<Vec<Option<PersonKey>>> = accepted
        .tables
        .par_iter()
        .map(|t| {
            let p = &partitions[t.partition];
            match matched.get(&(p.county.as_str(), p.dataset.as_str())) {
                Some(found) => t.rows.iter().map(|(_, position)| found.by_position[*position as usize]).collect(),
                None => vec![None; t.rows.len()],
            }
        })
        .collect();
    let gone = matched.into_values().flat_map(|m| m.gone);
    let mut previous = PreviousPersons::new(&of_row, gone);
    let events = store.key_events();
    if events.exists() {
        let text = std::fs::read_to_string(&events).map_err(|e| Error::input(&events, e))?;
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

fn previous_rows(store: &Store) -> Result<Vec<PreviousRows>> {
    let path = store.persons();
    let parts = map_table(&path, &["county", "dataset", "record_key", "person_key"], |batch| {
        let text = |i: usize| batch.column(i).as_any().downcast_ref::<StringArray>().expect("text");
        let (counties, datasets, keys, persons) = (text(0), text(1), text(2), text(3));
        let mut parts = Vec::new();
        let mut from = 0;
        for row in 1..=batch.num_rows() {
            let place = |r: usize| (counties.value(r), datasets.value(r));
            if row < batch.num_rows() && place(row) == place(from) {
                continue;
            }
            let key = |r: usize| persons.value(r).parse().map_err(|e| Error::input(&path, e));
            parts.push(PreviousRows {
                county: counties.value(from).to_owned(),
                dataset: datasets.value(from).to_owned(),
                record_keys: keys.slice(from, row - from),
                persons: (from..row).map(key).collect::<Result<_>>()?,
            });
            from = row;
        }
        Ok(parts)
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// A partition's rows of tonight beside those of yesterday.
struct Matched {
    /// By position among tonight's accepted rows.
    by_position: Vec<Option<PersonKey>>,
    /// Persons of rows that are no more.
    gone: Vec<PersonKey>,
}

impl Matched {
    fn of(tonight: &StringArray, before: &[&PreviousRows]) -> Self {
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

/// One row for each accepted person-bearing row, by county, dataset and record key.
fn save(
    store: &Store,
    partitions: &[Partition],
    keys: &BTreeMap<usize, KeysAndDays>,
    person_of: &BTreeMap<usize, RowPersons>,
    persons: &Persons,
) -> Result<()> {
    use arrow::datatypes::{DataType, Field, Schema};
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let schema = Arc::new(Schema::new(vec![
        text("county"),
        text("dataset"),
        text("record_key"),
        text("person_key"),
        Field::new("cluster_confidence", DataType::Float64, false),
    ]));
    let mut order: Vec<usize> = keys.keys().copied().collect();
    order.sort_by_key(|i| (&partitions[*i].county, &partitions[*i].dataset));
    let distinct = ["record_key", "person_key"];
    let mut writer = TableWriter::create_with_distinct(&store.persons(), schema.clone(), &BTreeMap::new(), &distinct)?;
    for index in order {
        let (record_keys, _) = &keys[&index];
        let (person, _, confidence) = &person_of[&index];
        let rows = record_keys.len();
        let repeat =
            |value: &str| Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows))) as ArrayRef;
        let mut digits = Vec::with_capacity(rows * 2 * PersonKey::LEN);
        person.iter().for_each(|p| digits.extend_from_slice(&persons.keys[*p as usize].digits()));
        let ends = OffsetBuffer::from_repeated_length(2 * PersonKey::LEN, rows);
        let person_keys =
            StringArray::try_new(ends, digits.into(), None).map_err(|e| Error::bug("person keys").caused_by(e))?;
        // Rounded, so that .97 is .97 and not .97000002.
        let confidences =
            Float64Array::from_iter_values(confidence.iter().map(|c| (f64::from(*c) * 1e6).round() / 1e6));
        let columns: Vec<ArrayRef> = vec![
            repeat(&partitions[index].county),
            repeat(&partitions[index].dataset),
            Arc::new(record_keys.clone()),
            Arc::new(person_keys),
            Arc::new(confidences),
        ];
        let batch = RecordBatch::try_new(schema.clone(), columns).map_err(|e| Error::bug("persons").caused_by(e))?;
        writer.write(&batch)?;
    }
    writer.finish()
}
