//! The tables of an edition: exact rows with what is hidden left out, and the rest rounded where the policy says so.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::{filter_record_batch, nullif};

use super::batch::{NULL, texts, wholes};
use super::edition::Protected;
use super::rollups;
use super::shown::{ShownParts, ShownRow};
use crate::catalogue::{Catalogue, Edition, PublishedTable};
use crate::error::{Error, Result};
use crate::publish::column;
use crate::schema::divisions::Level;
use crate::schema::profile::Op;
use crate::store::table_file::read_table;

/// The columns of a batch that are given anew.
type GivenCells<'a> = Vec<(&'a str, ArrayRef)>;

fn with_columns(batch: &RecordBatch, table: &PublishedTable, given: GivenCells<'_>) -> Result<RecordBatch> {
    let schema = table.schema(Edition::Public);
    let columns = schema
        .fields()
        .iter()
        .map(|field| {
            given
                .iter()
                .find(|(name, _)| name == field.name())
                .map(|(_, column)| Arc::clone(column))
                .or_else(|| batch.column_by_name(field.name()).cloned())
                .ok_or_else(|| Error::bug(format!("no column `{}`", field.name())))
        })
        .collect::<Result<Vec<_>>>()?;
    RecordBatch::try_new(schema, columns).map_err(|e| Error::bug("a public table").caused_by(e))
}

fn hiding(batch: &RecordBatch, name: &str, mask: &BooleanArray) -> Result<ArrayRef> {
    let column = batch.column_by_name(name).ok_or_else(|| Error::bug(format!("no column `{name}`")))?;
    nullif(column, mask).map_err(|e| Error::bug("hiding").caused_by(e))
}

fn kept(batch: RecordBatch, keep: &[bool]) -> Result<RecordBatch> {
    if keep.iter().all(|k| *k) {
        return Ok(batch);
    }
    filter_record_batch(&batch, &BooleanArray::from(keep.to_vec())).map_err(|e| Error::bug("leaving out").caused_by(e))
}

/// Columns of numbers of indicators: what is hidden left out, the rest rounded where it is to be. `parts` knows what
/// a row is of.
fn numbers<'p>(
    batch: &RecordBatch,
    parts: impl Fn(usize) -> Option<&'p ShownParts>,
    hidden: &dyn Fn(usize) -> [bool; 2],
) -> Result<GivenCells<'static>> {
    let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
    let (before, of_value) = (texts(batch, "status")?, column::<Float64Array>(batch, "value")?);
    let mut status = Vec::with_capacity(n.len());
    let mut numbers = [Vec::with_capacity(n.len()), Vec::with_capacity(n.len())];
    let mut values = Vec::with_capacity(n.len());
    for row in 0..n.len() {
        let hides = hidden(row);
        let shown = parts(row).and_then(|p| p.row(before.value(row), [n[row], d[row]], hides));
        let shown = shown.unwrap_or_else(|| ShownRow {
            status: if hides[0] { "suppressed" } else { before.value(row) },
            numerator: (!hides[0]).then_some(n[row]),
            denominator: (!hides[1] && d[row] != NULL).then_some(d[row]),
            value: (!hides[0] && of_value.is_valid(row)).then(|| of_value.value(row)),
        });
        status.push(shown.status);
        numbers[0].push(shown.numerator);
        numbers[1].push(shown.denominator);
        values.push(shown.value);
    }
    let [n, d] = numbers;
    Ok(vec![
        ("status", Arc::new(StringArray::from(status))),
        ("numerator", Arc::new(Int64Array::from(n))),
        ("denominator", Arc::new(Int64Array::from(d))),
        ("value", Arc::new(Float64Array::from(values))),
    ])
}

impl Protected {
    /// The public rows of a table, batch by batch.
    ///
    /// # Errors
    /// `Output`: the exact table cannot be read.
    pub fn batches<'p>(
        &'p self,
        table: &'p PublishedTable,
        exact: &Path,
        lowest: Level,
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch>> + 'p>> {
        let mut before = 0;
        let kind = self.kinds.iter().position(|k| Catalogue::indicators_of(*k).name == table.name);
        let rows = self.hidden_rows(table);
        Ok(Box::new(read_table(exact, None)?.map(move |batch| {
            let batch = batch?;
            let from = before;
            before += batch.num_rows();
            match (kind, &rows) {
                (Some(kind), _) => self.of_indicators(&batch, table, self.rows.starts[kind] + from, lowest),
                (None, Some(rows)) => self.of_rollup(&batch, table, rows.get(from..).unwrap_or_default(), lowest),
                (None, None) => self.of_scorecard(&batch, table, from),
            }
        })))
    }

    /// Of each row of the file of a rollup, whether it is hidden; nothing of one that counts nobody.
    fn hidden_rows(&self, table: &PublishedTable) -> Option<Vec<bool>> {
        let (_, of) = self.rollups.iter().find(|(t, _)| t.name == table.name)?;
        let Some((rows, hidden, _)) = of else { return Some(Vec::new()) };
        let mut of_file = vec![false; rows.file_rows];
        for (row, at) in rows.of_file.iter().enumerate() {
            of_file[*at as usize] = hidden.hidden[row];
        }
        Some(of_file)
    }

    fn of_indicators(
        &self,
        batch: &RecordBatch,
        table: &PublishedTable,
        start: usize,
        lowest: Level,
    ) -> Result<RecordBatch> {
        let hidden = |row: usize| {
            let (block, node) = (self.rows.block[start + row], self.rows.node[start + row] as usize);
            self.hidden.get(block as usize).map_or([false; 2], |h| [h.n[node], h.d[node]])
        };
        let parts = |row: usize| self.shown.get(self.rows.indicator[start + row] as usize);
        let level = |row: usize| self.divisions.tree.level[self.rows.node[start + row] as usize];
        let keep: Vec<bool> = (0..batch.num_rows()).map(|row| level(row) >= lowest as u8).collect();
        kept(with_columns(batch, table, numbers(batch, parts, &hidden)?)?, &keep)
    }

    fn of_rollup(
        &self,
        batch: &RecordBatch,
        table: &PublishedTable,
        hidden: &[bool],
        lowest: Level,
    ) -> Result<RecordBatch> {
        let count = batch.num_rows();
        let levels = texts(batch, "level")?;
        let keep: Vec<bool> =
            (0..count).map(|row| Level::parse(levels.value(row)).is_some_and(|l| l >= lowest)).collect();
        let mask: Vec<bool> = (0..count).map(|row| hidden.get(row).copied().unwrap_or(false)).collect();
        let of = self.rollups.iter().find(|(t, _)| t.name == table.name).and_then(|(_, of)| of.as_ref());
        let rounds = of.is_some_and(|(rows, ..)| rows.measures.iter().any(|m| m.1.rounding.is_some()));
        let shown = if rounds { "rounded" } else { "ok" };
        let status: ArrayRef =
            Arc::new(StringArray::from_iter_values(mask.iter().map(|hides| if *hides { "suppressed" } else { shown })));
        let mut given = vec![("status", status)];
        let mask = BooleanArray::from(mask);
        for name in rollups::of_people(table) {
            let rounding = of.and_then(|(rows, ..)| rows.measures.iter().find(|m| m.0 == name)?.1.rounding);
            let numbers: ArrayRef = match rounding {
                None => hiding(batch, name, &mask)?,
                Some(rounding) => {
                    let rounded = wholes(batch, name)?.into_iter().map(|v| (v != NULL).then(|| rounding.shown(v)));
                    let rounded = Int64Array::from_iter(rounded);
                    nullif(&rounded, &mask).map_err(|e| Error::bug("hiding").caused_by(e))?
                }
            };
            given.push((name, numbers));
        }
        kept(with_columns(batch, table, given)?, &keep)
    }

    fn of_scorecard(&self, batch: &RecordBatch, table: &PublishedTable, from: usize) -> Result<RecordBatch> {
        let of = &self.scores[from..from + batch.num_rows()];
        let id = texts(batch, "indicator")?;
        let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
        let verdict = texts(batch, "verdict")?;
        let (op, target) = (texts(batch, "op")?, column::<Float64Array>(batch, "target")?);
        let parts = |row: usize| self.shown.iter().find(|p| p.id == id.value(row));
        let mut given = numbers(batch, parts, &|row| [of[row].numerator, of[row].denominator])?;
        // A verdict that hangs on what rounding leaves open would tell more than the numbers do.
        let depends = |row: usize| {
            let rounds = parts(row).filter(|p| p.is_rounded());
            let op = Op::parse(op.value(row));
            // That a county is incomplete is no news of its numbers.
            verdict.value(row) != "incomplete"
                && rounds
                    .is_some_and(|p| op.is_none_or(|op| p.meets([n[row], d[row]], op, target.value(row)).is_none()))
        };
        let mask: Vec<bool> = (0..batch.num_rows()).map(|row| of[row].numerator || depends(row)).collect();
        given.push(("verdict", hiding(batch, "verdict", &BooleanArray::from(mask))?));
        let keep: Vec<bool> = of.iter().map(|s| !s.left_out).collect();
        kept(with_columns(batch, table, given)?, &keep)
    }
}
