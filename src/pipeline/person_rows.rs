//! `private/persons.parquet`: which accepted row is about whom.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use foldhash::quality::FixedState;
use rayon::prelude::*;

use super::accepted::{AcceptedPartition, AcceptedRows};
use crate::error::{Error, Result};
use crate::ledger::Partition;
use crate::link::persons::Persons;
use crate::link::{KeyNumber, PersonKey};
use crate::store::Store;
use crate::store::parted_file::{NewPart, PartedFile, write_parts};

/// Person, related person and confidence of each accepted row of a partition.
pub struct RowPersons {
    pub person: Vec<Option<KeyNumber>>,
    pub related: Vec<Option<KeyNumber>>,
    confidence: Vec<f32>,
}

impl RowPersons {
    /// Of rows of which nothing is known yet.
    pub fn unknown(rows: usize) -> Self {
        RowPersons { person: vec![None; rows], related: vec![None; rows], confidence: vec![0.0; rows] }
    }

    /// Puts a batch's rows at their positions.
    pub fn place(&mut self, positions: &[u32], persons: &Persons, batch: usize) {
        let (person, related) = (&persons.person_of_row[batch], &persons.related_of_row[batch]);
        let confidence = &persons.confidence_of_row[batch];
        for (row, position) in positions.iter().enumerate() {
            let at = *position as usize;
            (self.person[at], self.related[at], self.confidence[at]) =
                (Some(person[row]), related[row], confidence[row]);
        }
    }
}

/// The name of a partition's part of the file.
pub fn part_name(partition: &Partition) -> String {
    format!("{}/{}", partition.county, partition.dataset)
}

/// The key of the night in the file's metadata.
const NIGHT: &str = "xinhui.night";

/// What tells the rows of a night from those of another.
pub fn night_of(rows: &PartedFile) -> Option<u64> {
    u64::from_str_radix(rows.note(NIGHT)?, 16).ok()
}

/// A digest of all that the file holds.
pub fn digest(
    partitions: &[Partition],
    accepted: &AcceptedRows<'_>,
    person_of: &BTreeMap<usize, RowPersons>,
    keys: &[PersonKey],
) -> u64 {
    let state = FixedState::with_seed(4);
    let of: Vec<(&usize, &AcceptedPartition)> = accepted.of.iter().collect();
    let of_parts: Vec<u64> = of
        .par_iter()
        .map(|(index, rows)| {
            let persons = &person_of[index];
            let bits: Vec<u32> = persons.confidence.iter().map(|c| c.to_bits()).collect();
            let record_keys = (&rows.record_keys.value_offsets(), &rows.record_keys.value_data());
            let of_rows: Vec<u32> = persons.person.iter().map(|number| KeyNumber::to_file(*number)).collect();
            state.hash_one((part_name(&partitions[**index]), record_keys, of_rows, bits))
        })
        .collect();
    state.hash_one((of_parts, keys))
}

/// A night's rows about people, with their persons and keys.
#[derive(Clone, Copy)]
pub struct KeyedNight<'a> {
    /// [`digest`] of the rest.
    pub night: u64,
    pub partitions: &'a [Partition],
    pub accepted: &'a AcceptedRows<'a>,
    /// By index of a partition.
    pub person_of: &'a BTreeMap<usize, RowPersons>,
    pub keys: &'a [PersonKey],
}

/// One row for each accepted person-bearing row, by county, dataset and record key.
pub fn save(store: &Store, rows: &KeyedNight<'_>) -> Result<()> {
    let KeyedNight { night, partitions, accepted, person_of, keys } = *rows;
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let schema = Arc::new(Schema::new(vec![
        text("county"),
        text("dataset"),
        text("record_key"),
        text("person_key"),
        Field::new("cluster_confidence", DataType::Float64, false),
    ]));
    let mut order: Vec<usize> = accepted.of.keys().copied().collect();
    order.sort_by_key(|i| (&partitions[*i].county, &partitions[*i].dataset));
    let schema = &schema;
    let part = |index: usize| {
        let (partition, persons) = (&partitions[index], &person_of[&index]);
        let rows = move || batch(schema, partition, &accepted.of[&index], persons, keys);
        NewPart { name: part_name(partition), rows: Box::new(rows) }
    };
    let parts: Vec<NewPart<'_>> = order.into_iter().map(part).collect();
    let notes = [(NIGHT, format!("{night:016x}"))];
    write_parts(&store.persons(), schema, &notes, &["record_key", "person_key"], &parts)
}

fn batch(
    schema: &SchemaRef,
    partition: &Partition,
    accepted: &AcceptedPartition,
    persons: &RowPersons,
    keys: &[PersonKey],
) -> Result<RecordBatch> {
    let rows = accepted.record_keys.len();
    let repeat = |value: &str| Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows))) as ArrayRef;
    let mut digits = Vec::with_capacity(rows * 2 * PersonKey::LEN);
    for person in &persons.person {
        let person = person.ok_or_else(|| Error::bug("an accepted row that was not linked"))?;
        digits.extend_from_slice(&keys[person.index()].digits());
    }
    let ends = OffsetBuffer::from_repeated_length(2 * PersonKey::LEN, rows);
    let person_keys =
        StringArray::try_new(ends, digits.into(), None).map_err(|e| Error::bug("person keys").caused_by(e))?;
    // Rounded, so that .97 is .97 and not .97000002.
    let confidences =
        Float64Array::from_iter_values(persons.confidence.iter().map(|c| (f64::from(*c) * 1e6).round() / 1e6));
    let columns: Vec<ArrayRef> = vec![
        repeat(&partition.county),
        repeat(&partition.dataset),
        Arc::new(accepted.record_keys.clone()),
        Arc::new(person_keys),
        Arc::new(confidences),
    ];
    RecordBatch::try_new(schema.clone(), columns).map_err(|e| Error::bug("persons").caused_by(e))
}
