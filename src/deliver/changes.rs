//! The rows of a table: all of them, or what became of them since another edition of the table.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, new_null_array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use sha2::{Digest, Sha256};

use super::edition::FeedTable;
use super::rows::{Action, DeliveredRows};
use crate::error::{Error, Result};
use crate::store::table_file::read_table;

/// Half of a SHA-256: enough to tell rows of a table apart.
type RowDigest = [u8; 16];

/// Name of the column that says what became of a row.
pub const ACTION: &str = "action";

/// Columns of a table in a package.
pub fn package_schema(table: &FeedTable, of_changes: bool) -> SchemaRef {
    let keys = table.keys();
    let mut fields = Vec::new();
    if of_changes {
        fields.push(Field::new(ACTION, DataType::Utf8, false));
    }
    for column in &table.columns {
        let nullable = column.nullable || (of_changes && !keys.contains(&column.name));
        fields.push(Field::new(&column.name, column.ty.arrow(), nullable));
    }
    Arc::new(Schema::new(fields))
}

/// Hands over all rows of a table to `census`, and to `each` those that a package holds: without a base all of them,
/// else those that are new or other, and the keys of those that are gone.
///
/// # Errors
/// `Output`: a file cannot be read; and those of `each`.
pub fn read(
    table: &FeedTable,
    base: Option<&Path>,
    mut census: impl FnMut(&DeliveredRows),
    mut each: impl FnMut(&DeliveredRows) -> Result<()>,
) -> Result<()> {
    let Some(base) = base else {
        for batch in read_table(&table.path, None)? {
            let rows = DeliveredRows::new(&batch?, None)?;
            census(&rows);
            each(&rows)?;
        }
        return Ok(());
    };
    let keys = table.keys();
    let mut before = marks(base, &keys)?;
    let schema = package_schema(table, true);
    for batch in read_table(&table.path, None)? {
        let rows = DeliveredRows::new(&batch?, None)?;
        census(&rows);
        let (mut taken, mut actions) = (Vec::with_capacity(rows.len()), Vec::new());
        for_each_mark(&rows, &keys, |_, key, row| {
            let action = match before.remove(&key) {
                None => Some(Action::New),
                Some(old) if old != row => Some(Action::Corrected),
                Some(_) => None,
            };
            taken.push(action.is_some());
            actions.extend(action);
        });
        if !actions.is_empty() {
            each(&with_actions(&rows, &taken, actions, &schema)?)?;
        }
    }
    if before.is_empty() {
        return Ok(());
    }
    for batch in read_table(base, None)? {
        let rows = DeliveredRows::new(&batch?, None)?;
        let mut taken = Vec::with_capacity(rows.len());
        for_each_mark(&rows, &keys, |_, key, _| taken.push(before.contains_key(&key)));
        let gone = taken.iter().filter(|t| **t).count();
        if gone > 0 {
            let rows = keys_alone(&rows, &keys)?;
            each(&with_actions(&rows, &taken, vec![Action::Withdrawn; gone], &schema)?)?;
        }
    }
    Ok(())
}

/// The rows of a file by key.
fn marks(path: &Path, keys: &[String]) -> Result<HashMap<RowDigest, RowDigest>> {
    let mut marks = HashMap::new();
    for batch in read_table(path, None)? {
        let rows = DeliveredRows::new(&batch?, None)?;
        for_each_mark(&rows, keys, |_, key, row| {
            marks.insert(key, row);
        });
    }
    Ok(marks)
}

fn for_each_mark(rows: &DeliveredRows, keys: &[String], mut each: impl FnMut(usize, RowDigest, RowDigest)) {
    let keys = rows.positions(keys);
    let mut text = String::new();
    for row in 0..rows.len() {
        text.clear();
        rows.write_some(&keys, row, &mut text);
        let key = mark(&text);
        text.clear();
        rows.write_line(row, &mut text);
        each(row, key, mark(&text));
    }
}

fn mark(text: &str) -> RowDigest {
    let digest = Sha256::digest(text.as_bytes());
    let mut mark = [0; 16];
    mark.copy_from_slice(&digest[..16]);
    mark
}

/// Rows of which only the key columns are filled: the numbers of withdrawn rows are not sent again.
fn keys_alone(rows: &DeliveredRows, keys: &[String]) -> Result<DeliveredRows> {
    let positions = rows.positions(keys);
    let batch = rows.batch.project(&positions).map_err(|e| Error::bug("keys of a table").caused_by(e))?;
    DeliveredRows::new(&batch, None)
}

/// The rows that are taken, in the columns of a package; those that they lack are null.
fn with_actions(
    rows: &DeliveredRows,
    taken: &[bool],
    actions: Vec<Action>,
    schema: &SchemaRef,
) -> Result<DeliveredRows> {
    let wrong = |e| Error::bug("changes of a table").caused_by(e);
    let kept = filter_record_batch(&rows.batch, &BooleanArray::from(taken.to_vec())).map_err(wrong)?;
    let words: StringArray = actions.iter().map(|a| Some(a.as_str())).collect();
    let column = |field: &Arc<Field>| -> ArrayRef {
        if field.name() == ACTION {
            return Arc::new(words.clone());
        }
        match kept.column_by_name(field.name()) {
            Some(column) => column.clone(),
            None => new_null_array(field.data_type(), kept.num_rows()),
        }
    };
    let columns = schema.fields().iter().map(column).collect();
    DeliveredRows::new(&RecordBatch::try_new(schema.clone(), columns).map_err(wrong)?, Some(actions))
}
