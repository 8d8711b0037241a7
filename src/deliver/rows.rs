//! Rows of a table as formats see them: typed values by name, and one line of text for each row.

use std::fmt::Write as _;

use arrow::array::{Array, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};

use crate::error::{Error, Result};
use crate::schema::day;

/// What became of a row since the predecessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Part of a whole table: takes the place of whatever was there.
    Whole,
    New,
    Corrected,
    Withdrawn,
}

impl Action {
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Whole => "whole",
            Action::New => "new",
            Action::Corrected => "corrected",
            Action::Withdrawn => "withdrawn",
        }
    }
}

enum ArrowCells {
    Text(StringArray),
    Whole(Int64Array),
    Number(Float64Array),
    Flag(BooleanArray),
    Day(Date32Array),
}

/// A batch of rows.
pub struct DeliveredRows {
    pub batch: RecordBatch,
    names: Vec<String>,
    cells: Vec<ArrowCells>,
    /// One for each row, or none where all are [`Action::Whole`].
    actions: Option<Vec<Action>>,
}

impl DeliveredRows {
    /// Rows of a batch; texts may stand as dictionaries.
    ///
    /// # Errors
    /// `Bug`: a column of a type that no published table has.
    pub fn new(batch: &RecordBatch, actions: Option<Vec<Action>>) -> Result<DeliveredRows> {
        let mut columns = Vec::new();
        let mut fields = Vec::new();
        let mut cells = Vec::new();
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let plain = match field.data_type() {
                DataType::Dictionary(..) | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
                other => other.clone(),
            };
            let column = cast(column, &plain).map_err(|e| Error::bug("a published column").caused_by(e))?;
            let any = column.as_any();
            cells.push(
                match plain {
                    DataType::Utf8 => any.downcast_ref().cloned().map(ArrowCells::Text),
                    DataType::Int64 => any.downcast_ref().cloned().map(ArrowCells::Whole),
                    DataType::Float64 => any.downcast_ref().cloned().map(ArrowCells::Number),
                    DataType::Boolean => any.downcast_ref().cloned().map(ArrowCells::Flag),
                    DataType::Date32 => any.downcast_ref().cloned().map(ArrowCells::Day),
                    _ => None,
                }
                .ok_or_else(|| Error::bug(format!("`{}` has the type {}", field.name(), field.data_type())))?,
            );
            fields.push(Field::new(field.name(), plain, field.is_nullable()));
            columns.push(column);
        }
        let names = fields.iter().map(|f| f.name().clone()).collect();
        let batch = RecordBatch::try_new(std::sync::Arc::new(Schema::new(fields)), columns)
            .map_err(|e| Error::bug("a published table").caused_by(e))?;
        Ok(DeliveredRows { batch, names, cells, actions })
    }

    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    pub fn action(&self, row: usize) -> Action {
        self.actions.as_ref().map_or(Action::Whole, |a| a[row])
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// A text; `None` where it is null or there is no such column of texts.
    pub fn text(&self, name: &str, row: usize) -> Option<&str> {
        match &self.cells[self.index(name)?] {
            ArrowCells::Text(a) if a.is_valid(row) => Some(a.value(row)),
            _ => None,
        }
    }

    pub fn whole(&self, name: &str, row: usize) -> Option<i64> {
        match &self.cells[self.index(name)?] {
            ArrowCells::Whole(a) if a.is_valid(row) => Some(a.value(row)),
            _ => None,
        }
    }

    pub fn number(&self, name: &str, row: usize) -> Option<f64> {
        match &self.cells[self.index(name)?] {
            ArrowCells::Number(a) if a.is_valid(row) => Some(a.value(row)),
            _ => None,
        }
    }

    pub fn flag(&self, name: &str, row: usize) -> Option<bool> {
        match &self.cells[self.index(name)?] {
            ArrowCells::Flag(a) if a.is_valid(row) => Some(a.value(row)),
            _ => None,
        }
    }

    /// A day as `2023-12-31`.
    pub fn day(&self, name: &str, row: usize) -> Option<String> {
        match &self.cells[self.index(name)?] {
            ArrowCells::Day(a) if a.is_valid(row) => Some(day::to_iso(a.value(row))),
            _ => None,
        }
    }

    pub fn is_null(&self, column: usize, row: usize) -> bool {
        self.batch.column(column).is_null(row)
    }

    /// Writes a cell as text; nothing for null.
    pub fn write_cell(&self, column: usize, row: usize, out: &mut String) {
        match &self.cells[column] {
            ArrowCells::Text(a) if a.is_valid(row) => out.push_str(a.value(row)),
            ArrowCells::Whole(a) if a.is_valid(row) => drop(write!(out, "{}", a.value(row))),
            ArrowCells::Number(a) if a.is_valid(row) => drop(write!(out, "{}", a.value(row))),
            ArrowCells::Flag(a) if a.is_valid(row) => out.push_str(if a.value(row) { "true" } else { "false" }),
            ArrowCells::Day(a) if a.is_valid(row) => out.push_str(&day::to_iso(a.value(row))),
            _ => {}
        }
    }

    /// Appends a row as a line of CSV, without its end: what CSV files hold and Merkle trees stand over.
    pub fn write_line(&self, row: usize, out: &mut String) {
        for column in 0..self.cells.len() {
            if column > 0 {
                out.push(',');
            }
            self.write_quoted(column, row, out);
        }
    }

    /// Appends the cells of some columns, as [`DeliveredRows::write_line`] does.
    pub fn write_some(&self, columns: &[usize], row: usize, out: &mut String) {
        for column in columns {
            self.write_quoted(*column, row, out);
            out.push(',');
        }
    }

    fn write_quoted(&self, column: usize, row: usize, out: &mut String) {
        let start = out.len();
        self.write_cell(column, row, out);
        let is_text = matches!(&self.cells[column], ArrowCells::Text(_));
        if is_text && needs_quotes(&out[start..]) {
            let quoted = quoted(&out[start..]);
            out.truncate(start);
            out.push_str(&quoted);
        }
    }

    /// The positions of columns by name.
    pub fn positions(&self, names: &[String]) -> Vec<usize> {
        names.iter().filter_map(|n| self.index(n)).collect()
    }
}

fn needs_quotes(text: &str) -> bool {
    text.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r'))
}

/// A text as a cell of a CSV line.
pub fn csv_cell(text: &str) -> std::borrow::Cow<'_, str> {
    if needs_quotes(text) { quoted(text).into() } else { text.into() }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
