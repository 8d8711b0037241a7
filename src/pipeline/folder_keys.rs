//! Patient keys that occur in two folders of a county: decides which patient a row means.
//!
//! With `snapshot_scope = "folder"`, the registers of two hospitals are kept side by side and may use the same key for
//! different patients. A follow-up then means the patient in the register of its own folder or, if that has none, the
//! one in the later register. So that each row joins exactly one patient, the folder is appended to such keys, in the
//! register and in the rows that refer to it.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, StringArray, UInt32Array};

use crate::engine::Renamed;
use crate::error::{Error, Result};
use crate::ledger::Partition;
use crate::schema::{Load, Schemas, Table};
use crate::store::table_file::read_table;

/// Separates a key from its folder; it occurs in no cell.
const BETWEEN: char = '\u{1f}';

/// The folders in which a key occurs; that of the later register comes last.
type Folders<'p> = Vec<&'p str>;

/// The key columns whose values change, by index of the partition.
///
/// # Errors
/// `Output` if the store cannot be read.
pub fn renamed(schemas: &Schemas, partitions: &[Partition]) -> Result<HashMap<usize, Renamed>> {
    let mut renamed = HashMap::new();
    for (index, parent) in partitions.iter().enumerate() {
        let Some(table) = schemas.table(&parent.dataset) else { continue };
        // Keys of places are looked up without a folder: the later register counts.
        if table.load != Load::Snapshot || !table.person_bearing {
            continue;
        }
        let Some(key) = table.primary_key.first() else { continue };
        let doubled = doubled(table, parent)?;
        if doubled.is_empty() {
            continue;
        }
        let of_parent = rename(parent, key, |value, folder| doubled.contains_key(value).then_some(folder))?;
        renamed.insert(index, of_parent);
        for (index, child) in partitions.iter().enumerate().filter(|(_, p)| p.county == parent.county) {
            let Some(of_child) = schemas.table(&child.dataset) else { continue };
            for fk in of_child.foreign_keys.iter().filter(|fk| fk.table == table.name && !fk.city_wide) {
                let meant = |value: &str, folder| {
                    let folders = doubled.get(value)?;
                    folders.iter().copied().find(|f| *f == folder).or(folders.last().copied())
                };
                renamed.insert(index, rename(child, &fk.field, meant)?);
            }
        }
    }
    Ok(renamed)
}

/// Keys that occur in more than one folder.
fn doubled<'p>(table: &Table, partition: &'p Partition) -> Result<HashMap<String, Folders<'p>>> {
    let (keys, _, origins) = partition.accepted(table)?;
    let mut doubled = HashMap::new();
    let mut first = 0;
    while first < keys.len() {
        // The keys are sorted.
        let end = (first..keys.len()).find(|i| keys.value(*i) != keys.value(first)).unwrap_or(keys.len());
        if end - first > 1 {
            let mut rows: Vec<_> = origins[first..end].iter().map(|o| (o.table, o.row_index)).collect();
            rows.sort_unstable();
            let folders = rows.into_iter().map(|(table, _)| partition.folders[table as usize].as_str()).collect();
            doubled.insert(keys.value(first).to_owned(), folders);
        }
        first = end;
    }
    Ok(doubled)
}

/// The values of a column that get a folder appended, by row.
fn rename<'p>(
    partition: &'p Partition,
    field: &str,
    folder_of: impl Fn(&str, &'p str) -> Option<&'p str>,
) -> Result<Renamed> {
    let mut values = BTreeMap::new();
    let mut start = 0;
    for batch in read_table(&partition.path, Some(&[field, Partition::TABLE]))? {
        let batch = batch?;
        let missing = || Error::bug(format!("accepted rows of `{}` without `{field}`", partition.dataset));
        let texts: &StringArray =
            batch.column_by_name(field).and_then(|c| c.as_any().downcast_ref()).ok_or_else(missing)?;
        let tables: &UInt32Array =
            batch.column_by_name(Partition::TABLE).and_then(|c| c.as_any().downcast_ref()).ok_or_else(missing)?;
        for row in (0..texts.len()).filter(|row| texts.is_valid(*row)) {
            let folder = partition.folders[tables.value(row) as usize].as_str();
            if let Some(folder) = folder_of(texts.value(row), folder) {
                values.insert(start + row, format!("{}{BETWEEN}{folder}", texts.value(row)));
            }
        }
        start += batch.num_rows();
    }
    Ok(Renamed { column: field.to_owned(), values })
}
