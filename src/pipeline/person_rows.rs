//! `private/persons.parquet`: which accepted row is about whom.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use rayon::prelude::*;

use super::accepted::{AcceptedPartition, AcceptedRows};
use crate::epoch;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::ledger::Partition;
use crate::link::persons::Persons;
use crate::link::{KeyNumber, PersonKey};
use crate::reuse::{Layer, Reuse, Reused};
use crate::store::Store;
use crate::store::parted_file::{NewPart, PartSource, PartedFile, write_parts};

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

/// A night's rows about people, with their persons and keys.
pub struct KeyedNight<'a> {
    /// A digest of all that the file holds.
    pub night: u64,
    partitions: &'a [Partition],
    accepted: &'a AcceptedRows<'a>,
    /// By index of a partition, as below.
    person_of: &'a BTreeMap<usize, RowPersons>,
    digests: BTreeMap<usize, String>,
    keys: &'a [PersonKey],
}

impl<'a> KeyedNight<'a> {
    pub fn of(
        partitions: &'a [Partition],
        accepted: &'a AcceptedRows<'a>,
        person_of: &'a BTreeMap<usize, RowPersons>,
        keys: &'a [PersonKey],
    ) -> Self {
        let of: Vec<(&usize, &AcceptedPartition)> = accepted.of.iter().collect();
        let digest = |(index, rows): (&usize, &AcceptedPartition)| {
            (*index, digest_of_part(&part_name(&partitions[*index]), rows, &person_of[index], keys))
        };
        let digests: BTreeMap<usize, String> = of.into_par_iter().map(digest).collect();
        let mut of_keys = Vec::with_capacity(keys.len() * PersonKey::LEN);
        keys.iter().for_each(|key| of_keys.extend_from_slice(&key.to_bytes()));
        let mut night = Fingerprint::new("rows with their persons");
        night.list(digests.values(), |f, digest| {
            f.text(digest);
        });
        night.bytes(&of_keys);
        let [a, b, c, d, e, f, g, h, ..] = night.digest();
        let night = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        KeyedNight { night, partitions, accepted, person_of, digests, keys }
    }
}

/// A digest of a part's rows and of the code that makes them.
fn digest_of_part(name: &str, rows: &AcceptedPartition, persons: &RowPersons, keys: &[PersonKey]) -> String {
    // Persons by their keys: their numbers are those of one night.
    let none = [0; PersonKey::LEN];
    let mut of_rows = Vec::with_capacity(persons.person.len() * PersonKey::LEN);
    for person in &persons.person {
        of_rows.extend_from_slice(&person.map_or(none, |p| keys[p.index()].to_bytes()));
    }
    let mut confidences = Vec::with_capacity(persons.confidence.len() * size_of::<f32>());
    for confidence in &persons.confidence {
        confidences.extend_from_slice(&confidence.to_le_bytes());
    }
    let mut digest = Fingerprint::new("part of the rows with their persons");
    digest.number(epoch::LINKAGE).text(name);
    digest.bytes(rows.record_keys.offsets().inner().inner().as_slice()).bytes(rows.record_keys.value_data());
    digest.bytes(&of_rows).bytes(&confidences);
    digest.hex()
}

/// One row for each accepted person-bearing row, by county, dataset and record key. Parts in which no row changed since
/// the last run are copied from its file, `before`.
///
/// # Errors
/// `Output`: the file cannot be written.
pub fn save(store: &Store, night: &KeyedNight<'_>, before: Option<&PartedFile>) -> Result<()> {
    let KeyedNight { partitions, accepted, person_of, digests, keys, .. } = night;
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
    let before = before.filter(|_| !Layer::PersonRows.is_off());
    let part = |index: usize| {
        let (partition, persons, digest) = (&partitions[index], &person_of[&index], digests[&index].clone());
        let name = part_name(partition);
        let rows = match before.and_then(|before| before.same(&name, &digest)) {
            Some(part) => PartSource::Same(part),
            None => PartSource::Fresh(Box::new(move || batch(schema, partition, &accepted.of[&index], persons, keys))),
        };
        NewPart { name, digest, rows }
    };
    let parts: Vec<NewPart<'_>> = order.into_par_iter().map(part).collect();
    let reuse = |part: &NewPart<'_>| match part.rows {
        PartSource::Same(_) => Reuse::Same,
        PartSource::Fresh(_) => Reuse::Fresh,
    };
    parts.iter().map(reuse).collect::<Reused>().log(Layer::PersonRows);
    let notes = [(NIGHT, format!("{:016x}", night.night))];
    write_parts(&store.persons(), schema, &notes, &["record_key", "person_key"], before, &parts)
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
