//! What an edition hides and why it is safe, as tables for the office itself.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder};

use super::cube::CubeHidden;
use crate::catalogue::{Edition, PublishedTable};
use crate::error::{Error, Result};

/// Columns as a table of a given name has them.
fn batch(table: &PublishedTable, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    RecordBatch::try_new(table.schema(Edition::Internal), columns).map_err(|e| Error::bug(&table.name).caused_by(e))
}

fn numbers(values: Vec<i64>) -> ArrayRef {
    Arc::new(Int64Array::from(values))
}

/// Rows of `cells.parquet`: which cells are hidden, and why.
#[derive(Default)]
pub(super) struct CellRows {
    texts: [StringBuilder; 9],
    values: Int64Builder,
    groups: StringBuilder,
}

/// One hidden cell.
pub(super) struct WitnessCell<'a> {
    pub table: &'a str,
    /// The indicator, or the name of the rollup.
    pub name: &'a str,
    pub level: &'a str,
    pub division: &'a str,
    pub period_kind: &'a str,
    pub period: &'a str,
    pub dimensions: &'a str,
    pub measure: &'a str,
    pub value: i64,
    pub reason: &'a str,
    pub group: Option<&'a str>,
}

impl CellRows {
    pub fn push(&mut self, c: &WitnessCell<'_>) {
        let texts = [c.table, c.name, c.level, c.division, c.period_kind, c.period, c.dimensions, c.measure, c.reason];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.append_value(text);
        }
        self.values.append_option((c.value != super::batch::NULL).then_some(c.value));
        self.groups.append_option(c.group);
    }

    pub fn batch(mut self, table: &PublishedTable) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> =
            self.texts.iter_mut().map(|text| Arc::new(text.finish()) as ArrayRef).collect();
        columns.insert(8, Arc::new(self.values.finish()));
        columns.push(Arc::new(self.groups.finish()));
        batch(table, columns)
    }
}

/// Rows of `tables.parquet`: what an outsider must think possible of indicators.
#[derive(Default)]
pub(super) struct TableRows {
    pub block: Vec<i64>,
    pub table: Vec<i64>,
    pub division: StringBuilder,
    pub numerator: Vec<i64>,
    pub denominator: Vec<Option<i64>>,
}

impl TableRows {
    pub fn batch(mut self, table: &PublishedTable) -> Result<RecordBatch> {
        let divisions: ArrayRef = Arc::new(self.division.finish());
        let denominators: ArrayRef = Arc::new(Int64Array::from(self.denominator));
        let [blocks, tables] = [self.block, self.table].map(numbers);
        batch(table, vec![blocks, tables, divisions, numbers(self.numerator), denominators])
    }
}

/// Rows of `moves.parquet`: rows of a rollup that change together.
#[derive(Default)]
pub(super) struct MoveRows {
    pub rollup: Vec<String>,
    pub number: Vec<i64>,
    /// Row of the exact table.
    pub row: Vec<i64>,
    pub sign: Vec<i64>,
    pub leading: Vec<bool>,
    pub up: Vec<i64>,
    pub down: Vec<i64>,
}

impl MoveRows {
    /// Adds the moves of a rollup, or of an indicator of periods.
    pub fn push(&mut self, name: &str, hidden: &CubeHidden, row_of_file: impl Fn(u32) -> u32) {
        for (number, m) in hidden.moves.iter().enumerate() {
            for (row, sign) in &m.cells {
                self.rollup.push(name.to_owned());
                self.number.push(number as i64);
                self.row.push(i64::from(row_of_file(*row)));
                self.sign.push(i64::from(*sign));
                self.leading.push(m.leading);
                self.up.push(m.up);
                self.down.push(m.down);
            }
        }
    }

    pub fn batch(self, table: &PublishedTable) -> Result<RecordBatch> {
        let (names, leading): (ArrayRef, ArrayRef) =
            (Arc::new(StringArray::from(self.rollup)), Arc::new(BooleanArray::from(self.leading)));
        let [number, row, sign, up, down] = [self.number, self.row, self.sign, self.up, self.down].map(numbers);
        batch(table, vec![names, number, row, sign, leading, up, down])
    }
}
