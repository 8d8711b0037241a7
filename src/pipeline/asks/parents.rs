//! Rows that wait for another row: they are rejected because the row that they name is, and are accepted with it.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, StringArray};

use super::context::{AskContext, AskedRow};
use crate::diag::{Code, Severity};
use crate::error::{Error, Result};
use crate::ledger::Partition;
use crate::store::table_file::read_table;

/// A row of a partition: dataset, county, table and row.
type ParentPlace = (String, String, usize, u32);

/// Which rows wait for which.
#[derive(Default)]
pub struct Waiting {
    rows: HashSet<ParentPlace>,
    /// How many rows wait for a row.
    behind: HashMap<ParentPlace, u64>,
}

fn place(partition: &Partition, of: usize, row_index: u32) -> ParentPlace {
    (partition.dataset.clone(), partition.county.clone(), of, row_index)
}

impl Waiting {
    /// Finds, among rows that are asked for, those whose only errors are that they name others among them.
    pub fn of(context: &AskContext<'_>, rows: &[AskedRow<'_>]) -> Result<Self> {
        let mut keys: HashMap<(&str, &str, &str), &AskedRow<'_>> = HashMap::new();
        let mut read = KeyReader { context, columns: HashMap::new() };
        let mut named: Vec<(Option<String>, &AskedRow<'_>)> = Vec::new();
        for row in rows.iter().filter(|row| row.is_error) {
            let key = row.table.primary_key.first().map(String::as_str).unwrap_or_default();
            named.push((read.value(row, key)?, row));
        }
        for (key, row) in &named {
            if let Some(key) = key {
                keys.insert((&row.table.name, &row.partition.county, key), row);
            }
        }
        let mut waiting = Waiting::default();
        for row in rows.iter().filter(|row| row.is_error) {
            let errors = || row.findings.iter().filter(|f| f.severity == Severity::Error);
            let parents: Vec<Option<&AskedRow<'_>>> = errors()
                .map(|f| {
                    let field = f.field.as_deref().filter(|_| f.code == Code::Orphan)?;
                    let fk = row.table.foreign_keys.iter().find(|fk| fk.field == field)?;
                    let value = read.value(row, field).ok().flatten()?;
                    let tables = context.schemas.counting_as(&fk.table);
                    let county = row.partition.county.as_str();
                    tables.iter().find_map(|t| keys.get(&(t.name.as_str(), county, value.as_str())).copied())
                })
                .collect();
            let Some(all) = parents.into_iter().collect::<Option<Vec<_>>>() else { continue };
            waiting.rows.insert(place(row.partition, row.of, row.row_index));
            for parent in all {
                *waiting.behind.entry(place(parent.partition, parent.of, parent.row_index)).or_default() += 1;
            }
        }
        Ok(waiting)
    }

    /// Whether a row only waits for another one.
    pub fn is_waiting(&self, partition: &Partition, of: usize, row_index: u32) -> bool {
        self.rows.contains(&place(partition, of, row_index))
    }

    /// How many rows wait for a row.
    pub fn behind(&self, partition: &Partition, of: usize, row_index: u32) -> u64 {
        self.behind.get(&place(partition, of, row_index)).copied().unwrap_or_default()
    }
}

/// Reads values of rows from the store, each column once.
struct KeyReader<'c, 'a> {
    context: &'c AskContext<'a>,
    columns: HashMap<(String, String), Vec<Option<String>>>,
}

impl KeyReader<'_, '_> {
    fn value(&mut self, row: &AskedRow<'_>, field: &str) -> Result<Option<String>> {
        let entry = &row.partition.tables[row.of];
        let at = (entry.id.clone(), field.to_owned());
        if !self.columns.contains_key(&at) {
            let mut values = Vec::new();
            for batch in read_table(&self.context.store.parsed(&entry.dataset, &entry.id), Some(&[field]))? {
                let batch = batch?;
                let column: &StringArray = batch
                    .column(0)
                    .as_any()
                    .downcast_ref()
                    .ok_or_else(|| Error::bug(format!("a key of {} that is no text", entry.dataset)))?;
                values.extend((0..column.len()).map(|i| column.is_valid(i).then(|| column.value(i).to_owned())));
            }
            self.columns.insert(at.clone(), values);
        }
        Ok(self.columns[&at].get(row.row_index as usize).cloned().flatten())
    }
}
