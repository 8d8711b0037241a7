//! The first difference between two files of one published table.

use std::path::Path;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::concat_batches;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::error::{Error, Result};
use crate::store::table_file::{columns_of, read_table};

/// Where two tables say different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDifference {
    /// Row of the table, from 1; 0 where the tables differ as a whole.
    pub row: usize,
    /// What names the row, as `name=value`.
    pub names: String,
    pub column: String,
    pub stands: String,
    pub anew: String,
}

/// Compares two files, row by row and cell by cell in the order of rows; `keys` are the columns that name a row.
///
/// # Errors
/// `Input`: one of them is missing or damaged.
pub fn first_difference(stands: &Path, anew: &Path, keys: &[&str]) -> Result<Option<TableDifference>> {
    let (a, b) = (whole(stands)?, whole(anew)?);
    if a.schema().fields() != b.schema().fields() {
        let columns = |batch: &RecordBatch| {
            let fields = batch.schema();
            fields.fields().iter().map(|f| format!("{} {}", f.name(), f.data_type())).collect::<Vec<_>>().join(", ")
        };
        return Ok(Some(TableDifference {
            row: 0,
            names: String::new(),
            column: "columns".to_owned(),
            stands: columns(&a),
            anew: columns(&b),
        }));
    }
    let rows = a.num_rows().min(b.num_rows());
    let mut first: Option<(usize, usize)> = None;
    for (column, (x, y)) in a.columns().iter().zip(b.columns()).enumerate() {
        if x.slice(0, rows) == y.slice(0, rows) {
            continue;
        }
        let until = first.map_or(rows, |(row, _)| row);
        if let Some(row) = (0..until).find(|&row| x.slice(row, 1) != y.slice(row, 1)) {
            first = Some((row, column));
        }
    }
    if let Some((row, column)) = first {
        return Ok(Some(TableDifference {
            row: row + 1,
            names: names(&a, row, keys),
            column: a.schema().field(column).name().clone(),
            stands: cell(a.column(column), row),
            anew: cell(b.column(column), row),
        }));
    }
    if a.num_rows() == b.num_rows() {
        return Ok(None);
    }
    let longer = if a.num_rows() > rows { &a } else { &b };
    Ok(Some(TableDifference {
        row: rows + 1,
        names: names(longer, rows, keys),
        column: "rows".to_owned(),
        stands: a.num_rows().to_string(),
        anew: b.num_rows().to_string(),
    }))
}

fn whole(path: &Path) -> Result<RecordBatch> {
    let columns = columns_of(path)?;
    let batches = read_table(path, None)?.collect::<Result<Vec<_>>>()?;
    let columns = batches.first().map_or(columns, RecordBatch::schema);
    concat_batches(&columns, &batches).map_err(|e| Error::input(path, e))
}

fn names(batch: &RecordBatch, row: usize, keys: &[&str]) -> String {
    let named = keys.iter().filter_map(|key| Some((key, batch.column_by_name(key)?)));
    named.map(|(key, column)| format!("{key}={}", cell(column, row))).collect::<Vec<_>>().join(", ")
}

fn cell(column: &ArrayRef, row: usize) -> String {
    if column.is_null(row) {
        return "null".to_owned();
    }
    let formatter = ArrayFormatter::try_new(column, &FormatOptions::default());
    formatter.map(|f| f.value(row).to_string()).unwrap_or_default()
}
