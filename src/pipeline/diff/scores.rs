//! Rows of the scorecard in two snapshots.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};

use super::number::{Change, Filter, JudgedNumber, NumberOf, ScoreChange, StatedNumber};
use crate::error::Result;
use crate::numbers::indicators::gap;
use crate::publish::column;
use crate::schema::profile::Op;
use crate::schema::{Schemas, day};
use crate::store::table_file::read_table;

/// A row of the scorecard.
struct DiffScore {
    of: NumberOf,
    profile: String,
    op: String,
    target: f64,
    due: String,
    stated: StatedNumber,
    judged: JudgedNumber,
}

/// Targets whose verdict or gap differs, or whose number does where no gap can be told; and how many both snapshots have.
///
/// # Errors
/// `Output`: a table cannot be read.
pub fn compare(
    schemas: &Schemas,
    old: Option<&Path>,
    new: Option<&Path>,
    filter: &Filter,
) -> Result<(Vec<ScoreChange>, u64)> {
    let (mut old, new) = (scores(schemas, old, filter)?, scores(schemas, new, filter)?);
    let mut changes = Vec::new();
    let mut compared = 0;
    let mut add = |old: Option<DiffScore>, new: Option<DiffScore>| {
        let Some(known) = new.as_ref().or(old.as_ref()) else { return };
        let (of, profile, op) = (known.of.clone(), known.profile.clone(), known.op.clone());
        let (target, due) = (known.target, known.due.clone());
        let judged = |score: &Option<DiffScore>| score.as_ref().map(|s| s.judged.clone());
        let (old_judged, new_judged) = (judged(&old), judged(&new));
        let stated = |score: Option<DiffScore>| score.map(|s| s.stated);
        let (before, now) = (stated(old), stated(new));
        // A target says how far off it is. Where that is the same, its number may have moved: that is told of numbers.
        let is_told = new_judged.as_ref().is_some_and(|judged| judged.gap.is_some());
        if old_judged == new_judged && (is_told || before == now) {
            return;
        }
        let change = Change { of, weight: super::number::weight(before.as_ref(), now.as_ref()), old: before, new: now };
        changes.push(ScoreChange { profile, op, target, due, change, old_judged, new_judged });
    };
    for (key, score) in new {
        let before = old.remove(&key);
        compared += u64::from(before.is_some());
        add(before, Some(score));
    }
    old.into_values().for_each(|score| add(Some(score), None));
    Ok((changes, compared))
}

/// Plan, indicator, division, target and due date.
type ScoreKey = (String, String, String, String, String);

fn scores(schemas: &Schemas, path: Option<&Path>, filter: &Filter) -> Result<BTreeMap<ScoreKey, DiffScore>> {
    let mut scores = BTreeMap::new();
    let Some(path) = path else { return Ok(scores) };
    for batch in read_table(path, None)? {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            let score = score(schemas, &batch, row)?;
            let of = &score.of;
            if filter.takes_indicator(&of.indicator) && filter.takes_division(&of.division_code) {
                let target = format!("{} {}", score.op, score.target);
                let key =
                    (score.profile.clone(), of.indicator.clone(), of.division_code.clone(), target, score.due.clone());
                scores.insert(key, score);
            }
        }
    }
    Ok(scores)
}

fn score(schemas: &Schemas, batch: &RecordBatch, row: usize) -> Result<DiffScore> {
    let text = |name: &str| -> Result<String> {
        let column: &StringArray = column(batch, name)?;
        Ok(if column.is_valid(row) { column.value(row).to_owned() } else { String::new() })
    };
    let whole = |name: &str| -> Result<Option<i64>> {
        let column: &Int64Array = column(batch, name)?;
        Ok(column.is_valid(row).then(|| column.value(row)))
    };
    let number = |name: &str| -> Result<Option<f64>> {
        let column: &Float64Array = column(batch, name)?;
        Ok(column.is_valid(row).then(|| column.value(row)))
    };
    let day_of = |name: &str| -> Result<String> {
        let column: &Date32Array = column(batch, name)?;
        Ok(day::to_iso(column.value(row)))
    };
    let (indicator, op) = (text("indicator")?, text("op")?);
    let (numerator, denominator) = (whole("numerator")?, whole("denominator")?);
    let target = number("target")?.unwrap_or_default();
    let known = schemas.indicator(&indicator).zip(Op::parse(&op)).zip(numerator);
    let gap = known.and_then(|((i, op), n)| gap(i.unit, (n, denominator), op, target, i.is_of_part()));
    Ok(DiffScore {
        of: NumberOf {
            indicator,
            level: text("level")?,
            division_code: text("division_code")?,
            division_name: text("division_name")?,
            period: day_of("evaluated_on")?,
        },
        profile: text("profile")?,
        op,
        target,
        due: day_of("due")?,
        stated: StatedNumber { numerator, denominator, value: number("value")?, status: text("status")? },
        judged: JudgedNumber { verdict: text("verdict")?, gap },
    })
}
