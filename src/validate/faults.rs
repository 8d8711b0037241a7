//! Findings while a batch is validated: small, and with values already masked.

use crate::diag::{Code, Detail, RowFinding, Severity};
use crate::schema::Table;

use super::plan::FieldPlan;

/// A finding with the index of its field; `None` if it concerns the row as a whole.
#[derive(Debug)]
pub struct RowFault {
    pub row: u32,
    pub field: u16,
    pub code: Code,
    pub severity: Severity,
    pub until_day: Option<i32>,
    pub value_masked: String,
    pub detail: Detail,
}

/// Faults of a batch, in the order in which they are found.
#[derive(Debug, Default)]
pub struct Faults(pub Vec<RowFault>);

impl Faults {
    /// Adds an error about a value; `raw` is masked here.
    pub fn error(&mut self, plan: &FieldPlan<'_>, row: usize, code: Code, raw: &str, detail: Detail) {
        self.push(plan, row, code, Severity::Error, raw, detail);
    }

    /// Adds a warning about a value; `raw` is masked here.
    pub fn warning(&mut self, plan: &FieldPlan<'_>, row: usize, code: Code, raw: &str, detail: Detail) {
        self.push(plan, row, code, Severity::Warning, raw, detail);
    }

    /// Adds an error for a date after `as_of`; it applies only until that day has come.
    pub fn future(&mut self, plan: &FieldPlan<'_>, row: usize, raw: &str, day: i32) {
        self.push(plan, row, Code::ConstraintError, Severity::Error, raw, Detail::InFuture);
        self.0.last_mut().expect("just pushed").until_day = Some(day);
    }

    fn push(&mut self, plan: &FieldPlan<'_>, row: usize, code: Code, severity: Severity, raw: &str, detail: Detail) {
        let value_masked = plan.shown(raw);
        let row = u32::try_from(row).expect("a batch of fewer than 2^32 rows");
        self.0.push(RowFault { row, field: plan.index, code, severity, until_day: None, value_masked, detail });
    }

    /// Adds one finding for each row that could not be read at all, and removes all others of these rows.
    pub fn damaged(&mut self, rows: &[u32]) {
        if rows.is_empty() {
            return;
        }
        self.0.retain(|f| rows.binary_search(&f.row).is_err());
        self.0.extend(rows.iter().map(|row| RowFault {
            row: *row,
            field: u16::MAX,
            code: Code::DamagedJson,
            severity: Severity::Error,
            until_day: None,
            value_masked: String::new(),
            detail: Detail::DamagedRow,
        }));
    }

    /// Converts the faults to findings, ordered by row, then field, then as found.
    pub fn into_findings(mut self, table: &Table) -> Vec<RowFinding> {
        self.0.sort_by_key(|f| (f.row, f.field));
        self.0
            .into_iter()
            .map(|f| RowFinding {
                row_index: f.row,
                field: table.fields.get(usize::from(f.field)).map(|field| field.name.clone()),
                code: f.code,
                severity: f.severity,
                until_day: f.until_day,
                value_masked: f.value_masked,
                detail: f.detail,
            })
            .collect()
    }
}

/// A set of row indexes of a batch; allocates memory only when a row is added.
#[derive(Clone, Debug, Default)]
pub struct RowSet(Vec<u64>);

impl RowSet {
    pub fn insert(&mut self, row: usize) {
        let word = row / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (row % 64);
    }

    pub fn contains(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|w| w & (1 << (row % 64)) != 0)
    }
}
