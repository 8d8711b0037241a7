//! Where the tables of a file go.

use crate::error::Result;
use crate::schema::Table;
use crate::schema::layout::RawRows;
use crate::schema::mending::RowMark;

/// Describes a table found in a file; it is handed over before the rows.
#[derive(Clone, Debug)]
pub struct TableHead<'a> {
    /// Path relative to the inbox; `a.zip/b.csv` for a member of an archive.
    pub file: String,
    /// SHA-256 of the file, or of the member inside an archive.
    pub sha256: [u8; 32],
    /// Date of the export, in days since 1970-01-01: from the member's name, else from the archive's name, else the
    /// modification time.
    pub export_day: i32,
    /// Name of the sheet; empty for formats without sheets.
    pub sheet: String,
    /// Position of the sheet in its file, from 0.
    pub sheet_index: u32,
    pub table: &'a Table,
    /// For each column of the [`RawRows`] that follow, the index of its field in `table.fields`; no field occurs twice.
    pub fields: Vec<usize>,
    /// Its rows mend rows of other files: it comes from a workbook of ours.
    pub mends: bool,
    /// Columns that have values and no title, counted from 0.
    pub untitled: Vec<usize>,
}

/// A column as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceColumn {
    /// Position in the file, from 0.
    pub at: usize,
    /// Its header, as written.
    pub label: String,
    /// Index of its field in the table's fields; `None` for a column that is not read.
    pub field: Option<usize>,
}

/// A data row as it stands in the file.
pub trait SourceLine {
    /// The line that a spreadsheet shows.
    fn number(&self) -> u32;
    /// The text of a cell.
    fn cell(&self, column: usize) -> Option<&str>;
}

/// Receives the tables of a file while it is read.
pub trait TableSink {
    /// A table begins. Its rows follow, then [`TableSink::end`] or [`TableSink::abandon`], before the next one begins.
    fn begin(&mut self, head: TableHead<'_>) -> Result<()>;
    /// Rows of the current table, in order, some tens of thousands at a time.
    fn rows(&mut self, rows: RawRows) -> Result<()>;
    /// The current table is complete. `not_data` is the number of its non-empty lines that are not data rows (titles,
    /// headers, totals, footers, repeated headers).
    fn end(&mut self, not_data: u64) -> Result<()>;
    /// Whether [`TableSink::line`] looks at columns that no dataset declares.
    fn takes_lines(&self) -> bool {
        false
    }
    /// The columns of the table that has just begun, as they stand in the file, in their order.
    fn columns(&mut self, _columns: Vec<SourceColumn>) {}
    /// A data row of the current table as it stands in the file.
    fn line(&mut self, _line: &dyn SourceLine) {}
    /// A row of another file came back as it was sent, and somebody found it right.
    fn right(&mut self, _mark: &RowMark) {}
    /// The rest of the current table cannot be read because the file is damaged; the rows handed over so far must be
    /// discarded.
    fn abandon(&mut self);
}
