//! Columns of text to typed columns: values, findings, and the split into plain and identity side.
//!
//! Only what a row says by itself is judged here; what needs other rows, the divisions or a later
//! `as_of` is the ledger's.

use arrow::array::RecordBatch;

use crate::diag::RowFinding;
use crate::error::Result;
use crate::schema::layout::RawRows;
use crate::schema::{Schemas, Table};

/// Rows of a table after validation; all parts are row for row.
#[derive(Clone, Debug)]
pub struct ValidatedRows {
    /// Shape of [`crate::schema::layout::plain_schema`].
    pub plain: RecordBatch,
    /// Shape of [`crate::schema::layout::identity_schema`]; `None` for tables without identities.
    pub identity: Option<RecordBatch>,
    /// All findings, ordered by row; `row_index` counts within this batch.
    pub findings: Vec<RowFinding>,
}

/// Validates rows of one dataset, with everything about the dataset prepared once.
pub struct Validator<'a> {
    _table: &'a Table,
}

impl<'a> Validator<'a> {
    /// `as_of` in days since 1970-01-01; `content_key` keys the hash of row contents.
    ///
    /// # Errors
    /// A declaration that cannot be prepared (a pattern that is no regular expression).
    pub fn new(table: &'a Table, _schemas: &'a Schemas, _as_of: i32, _content_key: &[u8; 32]) -> Result<Self> {
        Ok(Validator { _table: table })
    }

    /// Validates a batch. `fields` says which field of the table each column of `rows` holds; fields
    /// without a column are not given.
    ///
    /// # Errors
    /// Bugs only: whatever is wrong with the rows is a finding.
    pub fn validate(&self, _fields: &[usize], _rows: &RawRows) -> Result<ValidatedRows> {
        Err(crate::error::Error::bug("not built yet"))
    }
}
