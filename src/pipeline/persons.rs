//! Accepted rows to persons: opens the vault, links, keeps the keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Builder, Int32Array, RecordBatch, StringArray, StringBuilder, UInt32Array};
use arrow::compute::{concat_batches, take, take_record_batch};

use super::ingest::vault_name;
use super::progress::Progress;
use crate::engine::{DatasetFiles, PartitionFile};
use crate::error::{Error, Result};
use crate::ledger::{AcceptedRow, Partition};
use crate::link::pair_memory::PairMemory;
use crate::link::{
    IdentityRows, KeyEvent, LinkSettings, LinkSummary, PersonRange, Persons, PreviousPersons, link_with,
};
use crate::schema::layout::identity_schema;
use crate::schema::{Schemas, Table};
use crate::store::Store;
use crate::store::key::SecretKey;
use crate::store::table_file::{TableWriter, append, read_table};
use crate::store::vault::Vault;

/// Who is who tonight, by partition.
pub struct NightPersons {
    /// Accepted rows of each dataset, with their persons.
    pub datasets: BTreeMap<String, DatasetFiles>,
    /// The number that facts know a person by, by person index: it stays with the person's key.
    pub ids: Vec<i64>,
    /// Sex and birth day by person index.
    pub sex: Vec<String>,
    pub birth: Vec<Option<(i32, u8)>>,
    pub ranges: Vec<PersonRange>,
    pub summary: LinkSummary,
}

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
    let previous = previous(store)?;
    let AcceptedIdentities { tables, keys } = AcceptedIdentities::of(schemas, partitions)?;
    let mut batches =
        tables.iter().map(|t| identity_rows(vault, schemas, &partitions[t.partition], t, &keys[&t.partition]));
    let memory = pair_memory(vault);
    let settings = LinkSettings { memory: Some(&memory), ..*settings };
    let mut persons = link_with(&settings, &mut batches, key, &previous)?;
    drop((previous, memory));
    if let Some(memory) = persons.memory.take() {
        keep_pair_memory(vault, &memory)?;
    }
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
    save(store, partitions, &keys, &person_of, &persons)?;
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
        ids: ids(&persons.keys)?,
        sex: persons.sex,
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
        let mut tables = Vec::new();
        let mut keys: BTreeMap<usize, KeysAndDays> = BTreeMap::new();
        for (index, partition) in partitions.iter().enumerate() {
            let table = declared(schemas, partition)?;
            if table.person_bearing {
                let (record_keys, events, origins) = partition.accepted(table)?;
                tables.extend(by_table(index, partition, &origins));
                keys.insert(index, (record_keys, events));
            }
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

/// The first 63 bits of each person key: no two alike among tonight's persons.
fn ids(keys: &[String]) -> Result<Vec<i64>> {
    let ids: Vec<i64> = keys
        .iter()
        .map(|key| key.get(..16).and_then(|half| u64::from_str_radix(half, 16).ok()).map(|half| (half >> 1) as i64))
        .collect::<Option<_>>()
        .ok_or_else(|| Error::bug("a person key that is no hexadecimal number"))?;
    // Keys are sorted, so are their first halves. Two persons in one would be one in every count.
    if ids.windows(2).any(|w| w[0] == w[1]) {
        return Err(Error::bug("two person keys begin alike"));
    }
    Ok(ids)
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

/// Yesterday's persons; none on the first night.
fn previous(store: &Store) -> Result<PreviousPersons> {
    let mut previous = PreviousPersons::default();
    let events = store.key_events();
    if events.exists() {
        let text = std::fs::read_to_string(&events).map_err(|e| Error::input(&events, e))?;
        // A line that a killed run left half written names no key that was given up.
        for event in text.lines().filter_map(|l| serde_json::from_str(l).ok()) {
            if let KeyEvent::Merged { key, .. } = event {
                previous.retire(&key);
            }
        }
    }
    if store.persons().exists() {
        for batch in read_table(&store.persons(), Some(&["county", "dataset", "record_key", "person_key"]))? {
            let batch = batch?;
            let text = |i: usize| batch.column(i).as_any().downcast_ref::<StringArray>().expect("text");
            for row in 0..batch.num_rows() {
                previous.push(text(1).value(row), text(0).value(row), text(2).value(row), text(3).value(row));
            }
        }
    }
    Ok(previous)
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
    let mut writer = TableWriter::create(&store.persons(), schema.clone(), &BTreeMap::new())?;
    for index in order {
        let (record_keys, _) = &keys[&index];
        let (person, _, confidence) = &person_of[&index];
        let rows = record_keys.len();
        let repeat =
            |value: &str| Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows))) as ArrayRef;
        let mut person_keys = StringBuilder::with_capacity(rows, rows * 32);
        let mut confidences = Float64Builder::with_capacity(rows);
        for row in 0..rows {
            person_keys.append_value(&persons.keys[person[row] as usize]);
            // Through text, so that .97 is .97 and not .97000002.
            confidences.append_value((f64::from(confidence[row]) * 1e6).round() / 1e6);
        }
        let columns: Vec<ArrayRef> = vec![
            repeat(&partitions[index].county),
            repeat(&partitions[index].dataset),
            Arc::new(record_keys.clone()),
            Arc::new(person_keys.finish()),
            Arc::new(confidences.finish()),
        ];
        let batch = RecordBatch::try_new(schema.clone(), columns).map_err(|e| Error::bug("persons").caused_by(e))?;
        writer.write(&batch)?;
    }
    writer.finish()
}
