//! Where what is asked comes from, and the rows that are asked for.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diag::RowFinding;
use crate::ledger::{Partition, Register};
use crate::pipeline::reader_jobs::Start;
use crate::pipeline::reader_limits::ReaderLimits;
use crate::schema::{Schemas, Table};
use crate::store::Store;

/// Rows that one workbook holds, at most: those that cost most come first.
pub const MOST_ROWS: usize = 20_000;

/// A file that can be read again.
#[derive(Clone, Debug)]
pub struct Present {
    pub path: PathBuf,
    pub sha256: String,
    pub modified_day: i32,
}

/// Where what is asked comes from.
pub struct AskContext<'a> {
    pub schemas: &'a Schemas,
    pub store: &'a Store,
    pub register: &'a Register,
    pub partitions: &'a [Partition],
    /// Files of the inbox by name.
    pub present: &'a BTreeMap<String, Present>,
    /// How readers that read them again start, and their limits.
    pub start: &'a Start,
    pub limits: &'a ReaderLimits,
}

/// A row that is asked for.
pub struct AskedRow<'a> {
    pub table: &'a Table,
    pub partition: &'a Partition,
    /// Index into the partition's tables.
    pub of: usize,
    pub row_index: u32,
    pub row_number: u32,
    pub findings: Vec<RowFinding>,
    pub is_error: bool,
    /// Rows that are accepted once it is.
    pub waiting: u64,
    /// The line of the row that bears its key for somebody or something else.
    pub shared: Option<u32>,
}
