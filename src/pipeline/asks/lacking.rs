//! Rows that are rejected because the header of their table lacks a column: nothing is found in any one of them.

use arrow::array::{Array, StringArray, UInt32Array};
use arrow::compute::concat_batches;

use super::context::MOST_ROWS;
use super::found::{AskedFinding, AskedRowPlace};
use super::troubles::LackingColumns;
use crate::diag::{Code, Detail, RowFinding, Severity};
use crate::error::{Error, Result};
use crate::ledger::{Partition, TableEntry};
use crate::schema::Table;
use crate::schema::layout::{KEY, ROW_NUMBER};
use crate::store::Store;
use crate::store::table_file::read_table;

/// What is missing in each of these rows, as if it had been found there: of each table the first rows, and how many more
/// there are.
///
/// # Errors
/// `Input` of the store.
pub fn without_column(
    store: &Store,
    table: &Table,
    partition: &Partition,
    lacking: &LackingColumns,
) -> Result<Vec<AskedFinding>> {
    let mut all = Vec::new();
    for (t, rows) in partition.without_column.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
        let entry = &partition.tables[t];
        let of_table = lacking.keys().filter(|(file, sheet, _)| *file == entry.file && *sheet == entry.sheet);
        let fields: Vec<&str> = of_table
            .filter_map(|(.., title)| table.fields.iter().find(|f| f.title == *title))
            .map(|f| f.name.as_str())
            .collect();
        let batches = read_table(&store.parsed(&entry.dataset, &entry.id), Some(&[ROW_NUMBER, KEY]))?;
        let batches = batches.collect::<Result<Vec<_>>>()?;
        let Some(first) = batches.first() else { continue };
        let wrong = || Error::bug("rows without numbers and keys");
        let batch = concat_batches(first.schema_ref(), &batches).map_err(|e| wrong().caused_by(e))?;
        let numbers: &UInt32Array = batch.column(0).as_any().downcast_ref().ok_or_else(wrong)?;
        let keys: &StringArray = batch.column(1).as_any().downcast_ref().ok_or_else(wrong)?;
        let number: u64 = rows.iter().map(|(from, to)| u64::from(to - from)).sum();
        // A row that mends another stands in the export of that one.
        let place = |row: u32| {
            let mark = entry.mends.as_ref().and_then(|mends| mends.mark(row as usize));
            let is_mended = |of: &TableEntry| {
                of.mends.is_none() && mark.as_ref().is_some_and(|mark| mark.is_of(&of.sha256, of.sheet_index))
            };
            partition.tables.iter().position(is_mended).unwrap_or(t)
        };
        let found = |row: u32, field: &str, detail: Detail| {
            let row_number = numbers.value(row as usize);
            AskedFinding {
                table: t,
                place: place(row),
                row_number,
                again: AskedRowPlace { table: t, row_index: row, row_number },
                key: keys.is_valid(row as usize).then(|| keys.value(row as usize).to_owned()),
                finding: RowFinding {
                    row_index: row,
                    field: Some(field.to_owned()),
                    code: Code::MissingValue,
                    severity: Severity::Error,
                    until_day: None,
                    value_masked: String::new(),
                    detail,
                },
                settled: partition.replaced[t],
                shared: None,
            }
        };
        for row in rows.iter().flat_map(|(from, to)| *from..*to).take(MOST_ROWS) {
            all.extend(fields.iter().map(|field| found(row, field, Detail::None)));
        }
        if number > MOST_ROWS as u64 {
            let more = Detail::More(number - MOST_ROWS as u64);
            all.extend(fields.iter().map(|field| found(rows[0].0, field, more.clone())));
        }
    }
    Ok(all)
}
