//! Columns of published tables by name.

use std::path::Path;

use arrow::array::{Array, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray};

use crate::error::Result;
use crate::publish::column;
use crate::store::table_file::read_table;

/// Stands for a number that is null.
pub(super) const NULL: i64 = i64::MIN;

pub(super) fn texts<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b StringArray> {
    column(batch, name)
}

pub(super) fn flags<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b BooleanArray> {
    column(batch, name)
}

pub(super) fn days<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b Date32Array> {
    column(batch, name)
}

/// Whole numbers, [`NULL`] for null.
pub(super) fn wholes(batch: &RecordBatch, name: &str) -> Result<Vec<i64>> {
    let column: &Int64Array = column(batch, name)?;
    Ok((0..column.len()).map(|row| if column.is_null(row) { NULL } else { column.value(row) }).collect())
}

/// Hands each batch of a file over, with the number of rows before it.
pub(super) fn each(path: &Path, mut take: impl FnMut(usize, &RecordBatch) -> Result<()>) -> Result<usize> {
    let mut rows = 0;
    for batch in read_table(path, None)? {
        let batch = batch?;
        take(rows, &batch)?;
        rows += batch.num_rows();
    }
    Ok(rows)
}

/// Numbers that were kept of an edition: of blocks, tables, moves and rows.
pub(super) fn numbers<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b Int64Array> {
    column(batch, name)
}
