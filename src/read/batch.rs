//! Collects data rows column by column and hands them over in batches of some tens of thousands.

use arrow::array::StringBuilder;

use super::line::TextLine;
use crate::schema::layout::RawRows;
use crate::schema::mending::RowMark;

/// A batch is full at this many rows.
const ROWS: usize = 65_536;
/// A batch is full at this many bytes of text, so that 32-bit offsets always suffice, however long the cells.
const BYTES: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct TextBatch {
    row_numbers: Vec<u32>,
    columns: Vec<StringBuilder>,
    bytes: usize,
    damaged: Vec<u32>,
    marks: Vec<Option<RowMark>>,
}

impl TextBatch {
    pub fn new(columns: usize) -> Self {
        TextBatch {
            row_numbers: Vec::new(),
            columns: (0..columns).map(|_| StringBuilder::new()).collect(),
            ..TextBatch::default()
        }
    }

    /// Adds a row. `sources` holds, for each column of the batch, the column of the line that it is taken from; `None`
    /// where the file has no such column.
    pub fn push(&mut self, line: &TextLine, sources: &[Option<usize>]) {
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

    /// Adds a row that could not be read at all: every cell is null and the row is marked as damaged.
    pub fn push_damaged(&mut self, line: &TextLine) {
        self.damaged.push(self.row_numbers.len() as u32);
        self.row_numbers.push(line.number);
        self.columns.iter_mut().for_each(StringBuilder::append_null);
    }

    /// Says which row the row that was added last mends; said of one row of a table, it is said of all.
    pub fn mark(&mut self, mark: Option<RowMark>) {
        self.marks.push(mark);
    }

    pub fn is_full(&self) -> bool {
        self.row_numbers.len() >= ROWS || self.bytes >= BYTES
    }

    pub fn is_empty(&self) -> bool {
        self.row_numbers.is_empty()
    }

    /// Takes the rows collected so far and leaves the batch empty.
    pub fn take(&mut self) -> RawRows {
        self.bytes = 0;
        RawRows {
            row_numbers: std::mem::take(&mut self.row_numbers),
            columns: self.columns.iter_mut().map(StringBuilder::finish).collect(),
            damaged: std::mem::take(&mut self.damaged),
            marks: std::mem::take(&mut self.marks),
        }
    }
}
