//! Accepted rows about people: which of them are the same as in the last run, so that its people are reused, and which
//! are fresh, so that the vault is opened for them.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{concat_batches, take, take_record_batch};
use rayon::prelude::*;

use super::reading::vault_name;
use crate::error::{Error, Result};
use crate::ledger::{AcceptedRow, Partition};
use crate::link::identities::IdentityRows;
use crate::link::memory::people_memory::{KnownRows, PeopleMemory, RowPlace, TableMemory};
use crate::schema::layout::identity_schema;
use crate::schema::{Schemas, Table};
use crate::store::vault::Vault;

/// Accepted rows of a partition, in the order in which it keeps them.
pub struct AcceptedPartition {
    pub record_keys: StringArray,
    event_days: Option<Int32Array>,
    pub origins: Vec<AcceptedRow>,
}

impl AcceptedPartition {
    fn keys_and_days(&self, positions: &[u32]) -> Result<(StringArray, Int32Array)> {
        let all = positions.len() == self.origins.len() && (0u32..).zip(positions).all(|(at, p)| at == *p);
        if all {
            let days = self.event_days.clone().unwrap_or_else(|| Int32Array::new_null(positions.len()));
            return Ok((self.record_keys.clone(), days));
        }
        let of = UInt32Array::from(positions.to_vec());
        let taken = |array: &dyn Array| -> Result<ArrayRef> {
            take(array, &of, None).map_err(|e| Error::bug("accepted rows").caused_by(e))
        };
        let keys = taken(&self.record_keys)?.as_any().downcast_ref::<StringArray>().expect("text").clone();
        let days = match &self.event_days {
            Some(days) => taken(days)?.as_any().downcast_ref::<Int32Array>().expect("days").clone(),
            None => Int32Array::new_null(positions.len()),
        };
        Ok((keys, days))
    }
}

/// Rows that are linked together.
pub struct BatchRows {
    /// Index into the partitions.
    pub partition: usize,
    /// The table that the vault is opened for; `None` for rows that are the same as in the last run.
    table: Option<usize>,
    /// Positions among the partition's accepted rows, row for row.
    pub positions: Vec<u32>,
}

/// Accepted rows of all partitions about people.
pub struct AcceptedRows<'p> {
    partitions: &'p [Partition],
    /// By index into the partitions.
    pub of: BTreeMap<usize, AcceptedPartition>,
    /// By index into the partitions: number of its first table among those of all.
    first_table: Vec<usize>,
}

/// The name of a table among what a run leaves for the next: what its rows state depends on the county that sent it, too.
fn table_name(partition: &Partition, table: usize) -> String {
    format!("{}/{}/{}", partition.county, partition.dataset, partition.tables[table].id)
}

impl<'p> AcceptedRows<'p> {
    /// Reads record keys, event days and origins.
    pub fn of(schemas: &Schemas, partitions: &'p [Partition]) -> Result<Self> {
        let accepted = |(index, partition): (usize, &Partition)| {
            let table = declared(schemas, partition)?;
            if !table.person_bearing {
                return Ok(None);
            }
            let (record_keys, event_days, origins) = partition.accepted(table)?;
            Ok(Some((index, AcceptedPartition { record_keys, event_days, origins })))
        };
        let of: Vec<_> = partitions.par_iter().enumerate().map(accepted).collect::<Result<_>>()?;
        let first_table = partitions
            .iter()
            .scan(0, |next, p| {
                let first = *next;
                *next += p.tables.len();
                Some(first)
            })
            .collect();
        Ok(AcceptedRows { partitions, of: of.into_iter().flatten().collect(), first_table })
    }

    /// All rows as batches: those that are the same as in the last run, and of each table the fresh ones.
    pub fn batches(&self, memory: Option<&PeopleMemory>) -> (Vec<BatchRows>, Vec<BatchRows>) {
        let of_partition = |(&partition, accepted): (&usize, &AcceptedPartition)| {
            let p = &self.partitions[partition];
            let memories = self.memories(partition, memory);
            let mut same = BatchRows { partition, table: None, positions: Vec::new() };
            let mut fresh: Vec<BatchRows> = (0..p.tables.len())
                .map(|table| BatchRows { partition, table: Some(table), positions: Vec::new() })
                .collect();
            for (position, origin) in (0..).zip(&accepted.origins) {
                let table = origin.table as usize;
                let is_same = memories[table].is_some_and(|m| m.knows(origin.row_index));
                let batch = if is_same { &mut same } else { &mut fresh[table] };
                batch.positions.push(position);
            }
            for batch in &mut fresh {
                batch.positions.sort_unstable_by_key(|p| accepted.origins[*p as usize].row_index);
            }
            fresh.retain(|b| !b.positions.is_empty());
            (Some(same).filter(|b| !b.positions.is_empty()), fresh)
        };
        let of: Vec<_> = self.of.par_iter().map(of_partition).collect();
        let (same, fresh): (Vec<_>, Vec<_>) = of.into_iter().unzip();
        (same.into_iter().flatten().collect(), fresh.into_iter().flatten().collect())
    }

    /// What the last run left of a partition's tables.
    pub fn memories<'m>(&self, partition: usize, memory: Option<&'m PeopleMemory>) -> Vec<Option<&'m TableMemory>> {
        let p = &self.partitions[partition];
        (0..p.tables.len()).map(|t| memory.and_then(|m| m.table(&table_name(p, t)))).collect()
    }

    /// Rows of a batch that are the same as in the last run.
    pub fn same<'m>(&self, batch: &BatchRows, memory: &'m PeopleMemory) -> Result<KnownRows<'m>> {
        let (partition, accepted) = (&self.partitions[batch.partition], &self.of[&batch.partition]);
        let (record_keys, event_days) = accepted.keys_and_days(&batch.positions)?;
        let origin = |position: &u32| accepted.origins[*position as usize];
        Ok(KnownRows {
            dataset: partition.dataset.clone(),
            county: partition.county.clone(),
            record_keys,
            event_days,
            tables: self.memories(batch.partition, Some(memory)),
            rows: batch.positions.iter().map(origin).map(|o| (o.table, o.row_index)).collect(),
        })
    }

    /// Rows of a batch with their identities.
    ///
    /// # Errors
    /// `Input`: the vault cannot be read.
    pub fn read(&self, batch: &BatchRows, vault: &Vault, schemas: &Schemas) -> Result<IdentityRows> {
        let (partition, accepted) = (&self.partitions[batch.partition], &self.of[&batch.partition]);
        let table = declared(schemas, partition)?;
        let wrong = |e| Error::bug("identities").caused_by(e);
        let schema = identity_schema(table).ok_or_else(|| Error::bug("a table without identities"))?;
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        let of_table = batch.table.ok_or_else(|| Error::bug("rows that are the same are read"))?;
        let name = vault_name(&table.name, &partition.tables[of_table].id);
        let parts: Vec<RecordBatch> = vault.read(&name, &names)?.collect::<Result<_>>()?;
        let all = concat_batches(&schema, &parts).map_err(wrong)?;
        let rows =
            UInt32Array::from_iter_values(batch.positions.iter().map(|p| accepted.origins[*p as usize].row_index));
        let (record_keys, event_days) = accepted.keys_and_days(&batch.positions)?;
        Ok(IdentityRows {
            dataset: partition.dataset.clone(),
            county: partition.county.clone(),
            record_keys,
            event_days,
            identities: take_record_batch(&all, &rows).map_err(wrong)?,
        })
    }

    /// Names of all tables with their numbers of data rows; of tables that are not about people none. The
    /// place of a table is its number.
    pub fn tables(&self) -> Vec<(String, usize)> {
        let mut tables = Vec::new();
        for (index, partition) in self.partitions.iter().enumerate() {
            let about_people = self.of.contains_key(&index);
            for (table, of) in partition.tables.iter().enumerate() {
                tables.push((table_name(partition, table), if about_people { of.rows as usize } else { 0 }));
            }
        }
        tables
    }

    /// Table and row of each row of a batch.
    pub fn places(&self, batch: &BatchRows) -> Vec<RowPlace> {
        let (first, accepted) = (self.first_table[batch.partition] as u32, &self.of[&batch.partition]);
        let origin = |position: &u32| accepted.origins[*position as usize];
        batch.positions.iter().map(origin).map(|o| (first + o.table, o.row_index)).collect()
    }
}

/// Identities of all accepted rows, one batch after the other.
///
/// # Errors
/// As [`AcceptedRows::of`] and [`AcceptedRows::read`].
pub fn accepted_identities(vault: &Vault, schemas: &Schemas, partitions: &[Partition]) -> Result<Vec<IdentityRows>> {
    let accepted = AcceptedRows::of(schemas, partitions)?;
    let (_, batches) = accepted.batches(None);
    batches.iter().map(|b| accepted.read(b, vault, schemas)).collect()
}

fn declared<'a>(schemas: &'a Schemas, partition: &Partition) -> Result<&'a Table> {
    schemas.table(&partition.dataset).ok_or_else(|| Error::bug(format!("`{}` is not declared", partition.dataset)))
}
