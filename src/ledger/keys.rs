//! What rows of one key come to, in the ledger and in a file that is tried by itself.

use arrow::array::{Array, BooleanArray, FixedSizeBinaryArray, Int64Array, RecordBatch};

use super::conflict::{self, Contested, People};
use super::context::text;
use super::fates::{Fates, Force, RowState, Versions, decide};
use super::register::TableEntry;
use super::shrink::{Exported, Shrunk, in_force};
use crate::diag::{Detail, RowFinding, Severity};
use crate::error::Result;
use crate::schema::layout::{CONTENT, KEY, REJECTED, VOID, column_name};
use crate::schema::{Load, Table};

/// What becomes of rows, and of the exports that they stand in.
pub(super) struct KeyFates {
    pub fates: Fates,
    /// Why a table is held back.
    pub held_back: Vec<Option<Shrunk>>,
    /// A newer export of the register stands in a table's stead.
    pub earlier: Vec<bool>,
}

/// Tables of one dataset whose keys are judged together.
pub(super) struct KeyRows<'a> {
    pub table: &'a Table,
    pub people: &'a dyn People,
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
        for (row, detail) in contested.between_exports(states, &fates, &force, self.exports) {
            find(row, &states[row as usize], Severity::Warning, detail);
        }
        let earlier = force.iter().map(|force| *force == Force::Earlier).collect();
        Ok(KeyFates { fates, held_back, earlier })
    }
}

/// What is found about the keys of one file's tables of a dataset, as a night would that read nothing else.
///
/// `rows` are validated rows without their identities, by table; a row with an error that a later day lifts is
/// marked as rejected, too.
///
/// # Errors
/// Those of `people`.
pub fn try_keys(
    table: &Table,
    people: &dyn People,
    tables: &[TableEntry],
    rows: &[RecordBatch],
) -> Result<Vec<Vec<RowFinding>>> {
    let mut order: Vec<usize> = (0..tables.len()).collect();
    let place = |at: &usize| {
        let t = &tables[*at];
        (t.export_day, t.file.as_str(), t.sheet_index, t.sha256.as_str())
    };
    order.sort_by(|a, b| place(a).cmp(&place(b)));
    let sorted: Vec<&TableEntry> = order.iter().map(|at| &tables[*at]).collect();
    let batches: Vec<RecordBatch> = order.iter().map(|at| rows[*at].clone()).collect();
    let of_table: Vec<Exported> =
        sorted.iter().map(|t| Exported { scope: 0, export_day: t.export_day, accepted: false, mends: false }).collect();
    // Of an upsert dataset each member of an archive is an export, of a snapshot all of one date are.
    let export = |t: &TableEntry| match table.load {
        Load::Snapshot => (t.export_day, String::new()),
        Load::Upsert => (t.export_day, t.file.clone()),
    };
    let mut known: Vec<(i32, String)> = Vec::new();
    let mut exports = Vec::new();
    for t in &sorted {
        let at = known.iter().position(|of| *of == export(t)).unwrap_or_else(|| {
            known.push(export(t));
            known.len() - 1
        });
        exports.push(at as u32);
    }
    let mut found: Vec<Vec<RowFinding>> = vec![Vec::new(); sorted.len()];
    let starts = starts(&batches);
    let mut states = row_states(table, &of_table, &batches, &found);
    let versions = Versions::of(&states);
    // Whether a register lost too many keys is told by what stands in the store.
    let keys = KeyRows {
        table,
        people,
        tables: &sorted,
        exports: &exports,
        of_table: &of_table,
        starts: &starts,
        min_share: 0.0,
        least_keys: u64::MAX,
    };
    keys.judge(&mut states, &versions, &mut found)?;
    let mut by_table = vec![Vec::new(); tables.len()];
    order.into_iter().zip(found).for_each(|(at, found)| by_table[at] = found);
    Ok(by_table)
}

pub(super) fn flags<'a>(rows: &'a RecordBatch, name: &str) -> &'a BooleanArray {
    rows.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect("a boolean column of ours")
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
