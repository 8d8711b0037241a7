//! What an edition hides and why it is safe, as tables for the office itself.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int8Array, Int32Array, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder,
    UInt32Array,
};
use arrow::datatypes::{DataType, Field, Schema};

use super::cube::CubeHidden;
use crate::error::{Error, Result};

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

/// Names of the texts of a cell.
const TEXTS: [&str; 9] =
    ["table", "indicator", "level", "division_code", "period_kind", "period", "dimensions", "measure", "reason"];

impl CellRows {
    pub fn push(&mut self, c: &WitnessCell<'_>) {
        let texts = [c.table, c.name, c.level, c.division, c.period_kind, c.period, c.dimensions, c.measure, c.reason];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.append_value(text);
        }
        self.values.append_option((c.value != super::batch::NULL).then_some(c.value));
        self.groups.append_option(c.group);
    }

    pub fn batch(mut self) -> Result<RecordBatch> {
        let mut fields: Vec<Field> = TEXTS.iter().map(|name| Field::new(*name, DataType::Utf8, false)).collect();
        fields.insert(8, Field::new("value", DataType::Int64, true));
        fields.push(Field::new("group", DataType::Utf8, true));
        let mut columns: Vec<ArrayRef> =
            self.texts.iter_mut().map(|text| Arc::new(text.finish()) as ArrayRef).collect();
        columns.insert(8, Arc::new(self.values.finish()));
        columns.push(Arc::new(self.groups.finish()));
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|e| Error::bug("cells").caused_by(e))
    }
}

/// Rows of `tables.parquet`: what an outsider must think possible of indicators.
#[derive(Default)]
pub(super) struct TableRows {
    pub block: Vec<u32>,
    pub table: Vec<u32>,
    pub division: StringBuilder,
    pub numerator: Vec<i64>,
    pub denominator: Vec<Option<i64>>,
}

impl TableRows {
    pub fn batch(mut self) -> Result<RecordBatch> {
        let schema = Schema::new(vec![
            Field::new("block", DataType::UInt32, false),
            Field::new("table", DataType::UInt32, false),
            Field::new("division_code", DataType::Utf8, false),
            Field::new("numerator", DataType::Int64, false),
            Field::new("denominator", DataType::Int64, true),
        ]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(self.block)),
            Arc::new(UInt32Array::from(self.table)),
            Arc::new(self.division.finish()),
            Arc::new(Int64Array::from(self.numerator)),
            Arc::new(Int64Array::from(self.denominator)),
        ];
        RecordBatch::try_new(Arc::new(schema), columns).map_err(|e| Error::bug("witness tables").caused_by(e))
    }
}

/// Rows of `moves.parquet`: rows of a rollup that change together.
#[derive(Default)]
pub(super) struct MoveRows {
    pub rollup: Vec<String>,
    pub number: Vec<u32>,
    /// Row of the exact table.
    pub row: Vec<u32>,
    pub sign: Vec<i8>,
    pub leading: Vec<bool>,
    pub up: Vec<i32>,
    pub down: Vec<i32>,
}

impl MoveRows {
    /// Adds the moves of a rollup, or of an indicator of periods.
    pub fn push(&mut self, name: &str, hidden: &CubeHidden, row_of_file: impl Fn(u32) -> u32) {
        for (number, m) in hidden.moves.iter().enumerate() {
            for (row, sign) in &m.cells {
                self.rollup.push(name.to_owned());
                self.number.push(number as u32);
                self.row.push(row_of_file(*row));
                self.sign.push(*sign);
                self.leading.push(m.leading);
                self.up.push(m.up as i32);
                self.down.push(m.down as i32);
            }
        }
    }

    pub fn batch(self) -> Result<RecordBatch> {
        let schema = Schema::new(vec![
            Field::new("rollup", DataType::Utf8, false),
            Field::new("move", DataType::UInt32, false),
            Field::new("row", DataType::UInt32, false),
            Field::new("sign", DataType::Int8, false),
            Field::new("leading", DataType::Boolean, false),
            Field::new("up", DataType::Int32, false),
            Field::new("down", DataType::Int32, false),
        ]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(self.rollup)),
            Arc::new(UInt32Array::from(self.number)),
            Arc::new(UInt32Array::from(self.row)),
            Arc::new(Int8Array::from(self.sign)),
            Arc::new(BooleanArray::from(self.leading)),
            Arc::new(Int32Array::from(self.up)),
            Arc::new(Int32Array::from(self.down)),
        ];
        RecordBatch::try_new(Arc::new(schema), columns).map_err(|e| Error::bug("moves").caused_by(e))
    }
}
