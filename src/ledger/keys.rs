//! What rows of one key come to.

use std::collections::HashMap;

use arrow::array::{Array, BooleanArray, FixedSizeBinaryArray, Int64Array, RecordBatch, UInt32Array};

use super::conflict::{self, Contested, StatedPeople};
use super::context::text;
use super::fates::{Fates, Force, RowState, Versions, decide};
use super::register::TableEntry;
use super::shared_key::shared_keys;
use super::shrink::{Exported, Shrunk, in_force};
use crate::diag::{Detail, RowFinding, Severity};
use crate::error::Result;
use crate::schema::Table;
use crate::schema::layout::{CONTENT, KEY, REJECTED, ROW_NUMBER, VOID, column_name};

/// What becomes of rows, and of the exports that they stand in.
pub(super) struct KeyFates {
    pub fates: Fates,
    /// Why a table is held back.
    pub held_back: Vec<Option<Shrunk>>,
    /// A newer export of the register stands in a table's stead.
    pub earlier: Vec<bool>,
    /// See [`shared_keys`].
    pub shared: HashMap<u32, u32>,
}

/// Tables of one dataset whose keys are judged together.
pub(super) struct KeyRows<'a> {
    pub table: &'a Table,
    pub people: &'a dyn StatedPeople,
    /// In their order.
    pub tables: &'a [&'a TableEntry],
    /// The number of each table's export.
    pub exports: &'a [u32],
    pub of_table: &'a [Exported],
    /// The first row of each table among the rows of all.
    pub starts: &'a [u32],
    /// The least share of its keys that a newer export of a register must have.
    pub min_share: f64,
    /// Fewer keys than these say nothing of what is missing.
    pub least_keys: u64,
    /// The line of a row, as a spreadsheet shows it.
    pub line_of: &'a dyn Fn(u32) -> u32,
}

impl KeyRows<'_> {
    /// Decides the fates of rows, and why tables are held back. Rows of keys that bear two people are rejected,
    /// and all that is found about keys is added to the findings of each table.
    pub fn judge(
        &self,
        states: &mut [RowState<'_>],
        versions: &Versions,
        findings: &mut [Vec<RowFinding>],
    ) -> Result<KeyFates> {
        let shared = shared_keys(self.people, self.table, (self.tables, self.starts), self.exports, states)?;
        let contested = Contested::of(self.people, self.table, self.tables, self.starts, states, versions)?;
        let mut find = |row: u32, of: &RowState<'_>, severity, detail| {
            let table = of.table as usize;
            let key = of.key.unwrap_or_default();
            findings[table].push(conflict::finding(self.table, row - self.starts[table], key, severity, detail));
        };
        for row in contested.in_one_export(states, self.exports) {
            let of = &mut states[row as usize];
            of.rejected = true;
            find(row, of, Severity::Error, Detail::OneExport);
        }
        let (force, held_back) =
            in_force(self.table.load, self.of_table, states, versions, self.min_share, self.least_keys);
        let fates = decide(states, versions, &force);
        for (row, detail) in contested.between_exports(states, (&fates, &force), self.exports, self.line_of) {
            find(row, &states[row as usize], Severity::Warning, detail);
        }
        let earlier = force.iter().map(|force| *force == Force::Earlier).collect();
        Ok(KeyFates { fates, held_back, earlier, shared })
    }
}

pub(super) fn flags<'a>(rows: &'a RecordBatch, name: &str) -> &'a BooleanArray {
    rows.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect("a boolean column of ours")
}

/// The line of each row, as a spreadsheet shows it.
pub(super) fn lines_of(batches: &[RecordBatch]) -> impl Fn(u32) -> u32 + use<> {
    let numbers = |b: &RecordBatch| -> UInt32Array {
        b.column_by_name(ROW_NUMBER).and_then(|c| c.as_any().downcast_ref()).cloned().expect("row numbers")
    };
    let starts = starts(batches);
    let numbers: Vec<UInt32Array> = batches.iter().map(numbers).collect();
    move |row| {
        let t = starts.partition_point(|s| *s <= row) - 1;
        numbers[t].value((row - starts[t]) as usize)
    }
}

/// The first row of each batch among the rows of all.
pub(super) fn starts(batches: &[RecordBatch]) -> Vec<u32> {
    let mut next = 0;
    let start = |b: &RecordBatch| {
        let here = next;
        next += b.num_rows() as u32;
        here
    };
    batches.iter().map(start).collect()
}

pub(super) fn row_states<'a>(
    table: &Table,
    of_table: &[Exported],
    batches: &'a [RecordBatch],
    row_findings: &[Vec<RowFinding>],
) -> Vec<RowState<'a>> {
    let mut states = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for (t, rows) in batches.iter().enumerate() {
        let keys = text(rows, KEY).expect("the key column");
        let content: &FixedSizeBinaryArray =
            rows.column_by_name(CONTENT).and_then(|c| c.as_any().downcast_ref()).expect("the content column");
        let entered = table.version_field().map(column_name);
        let entered: Option<&Int64Array> =
            entered.and_then(|name| rows.column_by_name(&name)).and_then(|c| c.as_any().downcast_ref());
        let (rejected, void) = (flags(rows, REJECTED), flags(rows, VOID));
        let start = states.len();
        for row in 0..rows.num_rows() {
            states.push(RowState {
                key: keys.is_valid(row).then(|| keys.value(row)),
                content: content.value(row).try_into().expect("16 bytes"),
                rejected: rejected.value(row),
                void: void.value(row),
                entered_at: entered.filter(|e| e.is_valid(row)).map(|e| e.value(row)),
                table: t as u32,
                place: t as u32,
                order: (states.len() as u64) << 32,
                aside: false,
                export_day: of_table[t].export_day,
                scope: of_table[t].scope,
            });
        }
        for f in row_findings[t].iter().filter(|f| f.severity == Severity::Error) {
            states[start + f.row_index as usize].rejected = true;
        }
    }
    states
}
