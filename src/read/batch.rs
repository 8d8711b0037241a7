//! Data rows gathered column by column, and handed over some tens of thousands at a time.

use arrow::array::StringBuilder;

use super::line::Line;
use crate::schema::layout::RawRows;

/// Rows of a full batch.
const ROWS: usize = 65_536;
/// Bytes of a full batch: few enough for 32-bit offsets, however long the cells.
const BYTES: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct TextBatch {
    row_numbers: Vec<u32>,
    columns: Vec<StringBuilder>,
    bytes: usize,
    damaged: Vec<u32>,
}

impl TextBatch {
    pub fn new(columns: usize) -> Self {
        TextBatch {
            row_numbers: Vec::new(),
            columns: (0..columns).map(|_| StringBuilder::new()).collect(),
            ..TextBatch::default()
        }
    }

    /// Adds a row: `sources` holds the line's column of each of ours, if it has one.
    pub fn push(&mut self, line: &Line, sources: &[Option<usize>]) {
        self.row_numbers.push(line.number);
        for (builder, source) in self.columns.iter_mut().zip(sources) {
            match source.and_then(|column| line.get(column)) {
                Some(cell) => {
                    self.bytes += cell.len();
                    builder.append_value(cell);
                }
                None => builder.append_null(),
            }
        }
    }

    /// Adds a row of which nothing can be read.
    pub fn push_damaged(&mut self, line: &Line) {
        self.damaged.push(self.row_numbers.len() as u32);
        self.row_numbers.push(line.number);
        self.columns.iter_mut().for_each(StringBuilder::append_null);
    }

    pub fn is_full(&self) -> bool {
        self.row_numbers.len() >= ROWS || self.bytes >= BYTES
    }

    pub fn is_empty(&self) -> bool {
        self.row_numbers.is_empty()
    }

    /// The rows so far; the batch is empty afterwards.
    pub fn take(&mut self) -> RawRows {
        self.bytes = 0;
        RawRows {
            row_numbers: std::mem::take(&mut self.row_numbers),
            columns: self.columns.iter_mut().map(StringBuilder::finish).collect(),
            damaged: std::mem::take(&mut self.damaged),
        }
    }
}
