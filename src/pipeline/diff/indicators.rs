//! Numbers of one table of indicators in two snapshots.
//!
//! Both tables stand in one order, so rows are met in turn; what one of them lacks is found by its key. Texts are
//! numbers meanwhile: a city's months are millions of rows.

use std::collections::HashMap;
use std::path::Path;

use arrow::array::{Array, Float64Array, Int64Array, RecordBatch};

use super::number::{Change, Filter, NumberOf, StatedNumber};
use crate::error::Result;
use crate::publish::{TextColumn, column, read};

/// Columns that are compared or named.
const COLUMNS: [&str; 9] =
    ["indicator", "level", "division_code", "division_name", "period", "numerator", "denominator", "value", "status"];

/// What comparing a table gave.
#[derive(Default)]
pub struct Compared {
    pub changes: Vec<Change>,
    /// Rows that both snapshots have and the filter takes.
    pub compared: u64,
}

/// Compares the rows of two tables; either may be missing.
///
/// # Errors
/// `Output`: a table cannot be read.
pub fn compare(old: Option<&Path>, new: Option<&Path>, filter: &Filter) -> Result<Compared> {
    let mut texts = NumberTexts::default();
    let old = rows(old, &mut texts, filter)?;
    let new = rows(new, &mut texts, filter)?;
    let mut seen = vec![false; old.keys.len()];
    let mut by_key: Option<HashMap<NumberName, usize>> = None;
    let mut all = Compared::default();
    let mut next = 0;
    for (at, key) in new.keys.iter().enumerate() {
        let mut found = (old.keys.get(next) == Some(key)).then_some(next);
        if found.is_none() {
            let index = by_key.get_or_insert_with(|| old.keys.iter().enumerate().map(|(at, key)| (*key, at)).collect());
            found = index.get(key).copied();
        }
        if let Some(found) = found {
            seen[found] = true;
            next = found + 1;
            all.compared += 1;
            if old.is_same(found, &new, at) {
                continue;
            }
        }
        let before = found.map(|found| old.stated(found, &texts));
        all.changes.extend(Change::between(|| new.of(at, &texts), before, Some(new.stated(at, &texts))));
    }
    for at in (0..old.keys.len()).filter(|at| !seen[*at]) {
        all.changes.extend(Change::between(|| old.of(at, &texts), Some(old.stated(at, &texts)), None));
    }
    Ok(all)
}

/// How many rows of a table a filter takes.
///
/// # Errors
/// `Output`: the table cannot be read.
pub fn count(path: &Path, filter: &Filter) -> Result<u64> {
    let mut rows = 0;
    for batch in read(path, Some(&["indicator", "division_code"]))? {
        let (indicators, divisions) = (TextColumn::of(&batch, "indicator")?, TextColumn::of(&batch, "division_code")?);
        let of_indicator = indicators.each(|id| filter.takes_indicator(id));
        let of_division = divisions.each(|code| filter.takes_division(code));
        let keys = indicators.text_of_row.iter().zip(divisions.text_of_row);
        rows += keys.filter(|(i, d)| of_indicator[**i as usize] && of_division[**d as usize]).count() as u64;
    }
    Ok(rows)
}

/// Indicator, division and period, by their numbers.
type NumberName = [u32; 3];

/// All texts once, by number.
#[derive(Default)]
struct NumberTexts {
    all: Vec<String>,
    number: HashMap<String, u32>,
}

impl NumberTexts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.number.get(text) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.all.push(text.to_owned());
        self.number.insert(text.to_owned(), number);
        number
    }
}

/// The rows of a table that a filter takes.
#[derive(Default)]
struct NumberRows {
    keys: Vec<NumberName>,
    /// Level, division name and status.
    labels: Vec<[u32; 3]>,
    numerators: Vec<Option<i64>>,
    denominators: Vec<Option<i64>>,
    values: Vec<Option<f64>>,
}

impl NumberRows {
    fn is_same(&self, at: usize, other: &NumberRows, there: usize) -> bool {
        self.numerators[at] == other.numerators[there]
            && self.denominators[at] == other.denominators[there]
            && self.labels[at][2] == other.labels[there][2]
            && self.values[at] == other.values[there]
    }

    fn stated(&self, at: usize, texts: &NumberTexts) -> StatedNumber {
        StatedNumber {
            numerator: self.numerators[at],
            denominator: self.denominators[at],
            value: self.values[at],
            status: texts.all[self.labels[at][2] as usize].clone(),
        }
    }

    fn of(&self, at: usize, texts: &NumberTexts) -> NumberOf {
        let text = |number: u32| texts.all[number as usize].clone();
        let ([indicator, division, period], [level, name, _]) = (self.keys[at], self.labels[at]);
        NumberOf {
            indicator: text(indicator),
            level: text(level),
            division_code: text(division),
            division_name: text(name),
            period: text(period),
        }
    }

    fn add(&mut self, batch: &RecordBatch, texts: &mut NumberTexts, filter: &Filter) -> Result<()> {
        let mut numbered = |name: &str, takes: &dyn Fn(&str) -> bool| -> Result<(Vec<u32>, Vec<bool>)> {
            let text = TextColumn::of(batch, name)?;
            let (numbers, taken): (Vec<u32>, Vec<bool>) =
                text.each(|t| (t.to_owned(), takes(t))).into_iter().map(|(t, taken)| (texts.number(&t), taken)).unzip();
            let of_row = |all: &[u32]| text.text_of_row.iter().map(|t| all[*t as usize]).collect();
            Ok((of_row(&numbers), text.text_of_row.iter().map(|t| taken[*t as usize]).collect()))
        };
        let (indicators, of_indicator) = numbered("indicator", &|id| filter.takes_indicator(id))?;
        let (divisions, of_division) = numbered("division_code", &|code| filter.takes_division(code))?;
        let all = |_: &str| true;
        let (periods, levels) = (numbered("period", &all)?.0, numbered("level", &all)?.0);
        let (names, states) = (numbered("division_name", &all)?.0, numbered("status", &all)?.0);
        let (numerators, denominators): (&Int64Array, &Int64Array) =
            (column(batch, "numerator")?, column(batch, "denominator")?);
        let values: &Float64Array = column(batch, "value")?;
        for row in (0..batch.num_rows()).filter(|row| of_indicator[*row] && of_division[*row]) {
            self.keys.push([indicators[row], divisions[row], periods[row]]);
            self.labels.push([levels[row], names[row], states[row]]);
            self.numerators.push(numerators.is_valid(row).then(|| numerators.value(row)));
            self.denominators.push(denominators.is_valid(row).then(|| denominators.value(row)));
            self.values.push(values.is_valid(row).then(|| values.value(row)));
        }
        Ok(())
    }
}

fn rows(path: Option<&Path>, texts: &mut NumberTexts, filter: &Filter) -> Result<NumberRows> {
    let mut rows = NumberRows::default();
    let Some(path) = path else { return Ok(rows) };
    for batch in read(path, Some(&COLUMNS))? {
        rows.add(&batch, texts, filter)?;
    }
    Ok(rows)
}
