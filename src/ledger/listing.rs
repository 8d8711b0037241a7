//! Which findings are listed, and which of them are done with.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::fates::{Fate, Fates, Mending, RowState, Versions};
use super::findings;
use super::mended::Mended;
use super::register::TableEntry;
use crate::diag::{Code, Detail, RowFinding, Severity};
use crate::error::{Error, ErrorKind, Result, words};

/// Rows of one file and sheet by fate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCounts {
    pub read: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub duplicate: u64,
    pub superseded: u64,
    pub void: u64,
    /// Warnings listed, of accepted and rejected rows.
    pub warnings: u64,
}

/// What is said of the rows of a partition.
#[derive(Default)]
pub(super) struct Listing {
    pub counts: Vec<TableCounts>,
    /// Rejected rows of each table of which no later version stands.
    pub open_rejected: Vec<u64>,
    /// Rejected rows of each table of which a later version of their key stands, but for somebody else.
    pub of_others: Vec<u64>,
    /// All of these, as ranges of rows of the table, where some have no error of their own: their header lacks a column.
    pub without_column: Vec<Vec<(u32, u32)>>,
    /// Of each finding that is listed, whether it is done with, as `rejects` says it.
    pub done: Vec<bool>,
    /// Of each, whether its sender need not be asked any more: a warning of a row that only came again still stands.
    pub settled: Vec<bool>,
    /// Of each finding that is listed, the last row that says the very same of the same key.
    pub again: Vec<u32>,
    /// Of each, the row that bears its row's key for somebody or something else.
    pub shared: Vec<Option<u32>>,
}

/// Rows with their fates.
pub(super) struct Judged<'a> {
    pub tables: &'a [&'a TableEntry],
    /// The first row of each table among the rows of all.
    pub starts: &'a [u32],
    pub states: &'a [RowState<'a>],
    pub versions: &'a Versions,
    pub fates: &'a Fates,
    pub mended: &'a Mended,
    /// Rejected rows whose key another row bears for somebody or something else, with that row.
    pub shared: &'a HashMap<u32, u32>,
}

impl Judged<'_> {
    /// Lists the findings of accepted and rejected rows; those of each table are left as they are listed.
    ///
    /// # Errors
    /// `Withheld`: the fates of a table do not add up.
    pub fn list(&self, row_findings: &mut [Vec<RowFinding>]) -> Result<Listing> {
        let mut mending = Mending::new(self.states, self.versions, self.fates);
        let mut listing = Listing::default();
        let repeated = self.repeated(row_findings);
        for (t, of_table) in row_findings.iter_mut().enumerate() {
            let start = self.starts[t];
            let end = start + self.tables[t].rows as u32;
            let fates = &self.fates.of_row[start as usize..end as usize];
            of_table.retain(|f| matches!(fates[f.row_index as usize], Fate::Accepted | Fate::Rejected));
            of_table.sort_by(|a, b| (a.row_index, &a.field, a.code).cmp(&(b.row_index, &b.field, b.code)));
            let mut is_replaced = |row: u32| self.mended.is_done(row) || mending.is_done(row);
            let open: Vec<u32> = (0..end - start)
                .filter(|row| fates[*row as usize] == Fate::Rejected && !is_replaced(start + row))
                .collect();
            let mut of_others = |row: &u32| {
                fates[*row as usize] == Fate::Rejected
                    && self.shared.contains_key(&(start + row))
                    && !self.mended.is_done(start + row)
                    && is_replaced(start + row)
            };
            listing.of_others.push((0..end - start).filter(&mut of_others).count() as u64);
            listing.counts.push(counts_of(self.tables[t], fates, of_table)?);
            listing.open_rejected.push(open.len() as u64);
            listing.without_column.push(without_column(&open, of_table));
            let is_done = |f: &RowFinding| {
                let row = start + f.row_index;
                is_replaced(row) || (f.severity == Severity::Warning && self.mended.is_right(row))
            };
            let (listed, done) = findings::listed(std::mem::take(of_table), is_done);
            let mut is_settled = |f: &RowFinding, again: u32| {
                let row = start + f.row_index;
                match (f.severity, fates[f.row_index as usize]) {
                    (Severity::Error, _) if self.shared.contains_key(&row) => self.mended.is_done(row),
                    (Severity::Error, _) => is_replaced(row),
                    // A row that only comes again is no better for it.
                    (Severity::Warning, Fate::Accepted) => {
                        self.mended.is_changed(row) || self.mended.is_right(row) || !repeated.is_said(f, row, again)
                    }
                    (Severity::Warning, _) => is_replaced(row) || self.mended.is_right(row),
                }
            };
            for f in &listed {
                let again = self.said_last(start + f.row_index);
                listing.settled.push(is_settled(f, again));
                listing.again.push(again);
                listing.shared.push(self.shared.get(&(start + f.row_index)).copied());
            }
            *of_table = listed;
            listing.done.extend(done);
        }
        Ok(listing)
    }

    /// What is warned of in rows that only repeat others: a cell may be changed and mean the same, as where a date that
    /// stands for none is emptied.
    fn repeated(&self, row_findings: &[Vec<RowFinding>]) -> Repeated {
        let mut repeated = Repeated { starts: self.starts.to_vec(), ..Repeated::default() };
        for (t, f) in row_findings.iter().enumerate().flat_map(|(t, of)| of.iter().map(move |f| (t, f))) {
            let row = self.starts[t] + f.row_index;
            if matches!(f.detail, Detail::More(_)) {
                repeated.more.insert((t, f.field.clone(), f.code));
            } else if f.severity == Severity::Warning && self.fates.of_row[row as usize] == Fate::Duplicate {
                repeated.said.insert((row, f.field.clone(), f.code));
            }
        }
        repeated
    }

    /// The last row that says what an accepted row says, or the row itself.
    fn said_last(&self, row: u32) -> u32 {
        let fates = &self.fates.of_row;
        let state = &self.states[row as usize];
        let Some(key) = state.key.filter(|_| fates[row as usize] == Fate::Accepted) else { return row };
        let says_it = |i: &&u32| {
            matches!(fates[**i as usize], Fate::Accepted | Fate::Duplicate)
                && self.states[**i as usize].content == state.content
        };
        self.versions.of_key(self.states, key, state.scope).iter().rev().find(says_it).copied().unwrap_or(row)
    }
}

/// Warnings of rows that repeat others.
#[derive(Default)]
struct Repeated {
    starts: Vec<u32>,
    said: HashSet<(u32, Option<String>, Code)>,
    /// Tables with more warnings of a kind than are kept one by one.
    more: HashSet<(usize, Option<String>, Code)>,
}

impl Repeated {
    /// Whether what is found in a row is found in the last row that says the same, too.
    fn is_said(&self, f: &RowFinding, row: u32, last: u32) -> bool {
        // What contradicts other rows is told of the row that stands alone.
        if row == last || f.code == Code::KeyConflict {
            return true;
        }
        let table = self.starts.partition_point(|s| *s <= last) - 1;
        self.said.contains(&(last, f.field.clone(), f.code)) || self.more.contains(&(table, f.field.clone(), f.code))
    }
}

/// Ranges of rejected rows, where some of them have no error of their own.
fn without_column(open: &[u32], findings: &[RowFinding]) -> Vec<(u32, u32)> {
    let errors = findings.iter().filter(|f| f.severity == Severity::Error);
    let mut named: Vec<u32> = errors.map(|f| f.row_index).collect();
    named.dedup();
    if open.iter().all(|row| named.binary_search(row).is_ok()) {
        return Vec::new();
    }
    let runs = open.chunk_by(|a, b| a + 1 == *b);
    runs.map(|run| (run[0], run[run.len() - 1] + 1)).collect()
}

/// Exports that are empty, or of which a row could be used, be it as it was mended since.
pub(super) fn usable_tables(tables: &[&TableEntry], states: &[RowState<'_>], fates: &[Fate]) -> Vec<bool> {
    let mut usable: Vec<bool> = tables.iter().map(|t| t.mends.is_none() && t.rows == 0).collect();
    for (state, _) in states.iter().zip(fates).filter(|(_, fate)| **fate != Fate::Rejected) {
        usable[state.place as usize] |= tables[state.place as usize].mends.is_none();
    }
    usable
}

/// A table's rows by fate; they must add up.
fn counts_of(t: &TableEntry, fates: &[Fate], listed: &[RowFinding]) -> Result<TableCounts> {
    let number = |fate| fates.iter().filter(|f| **f == fate).count() as u64;
    let warnings = listed.iter().filter(|f| f.severity == Severity::Warning).map(|f| f.detail.stands_for()).sum();
    let c = TableCounts {
        read: t.rows,
        accepted: number(Fate::Accepted),
        rejected: number(Fate::Rejected),
        duplicate: number(Fate::Duplicate),
        superseded: number(Fate::Superseded),
        void: number(Fate::Void),
        warnings,
    };
    if c.read == c.accepted + c.rejected + c.duplicate + c.superseded + c.void {
        return Ok(c);
    }
    Err(Error::new(
        ErrorKind::Withheld,
        &t.file,
        words!(
            "其 {} 行的去向合计不符；未发布任何内容",
            "the fates of its {} rows do not add up; nothing was published",
            c.read
        ),
    ))
}
