//! Says in which cells two tables of numbers differ.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{IndicatorRow, RollupRow, ScoreRow};

/// Number of differences that a report names.
const SHOWN: usize = 12;

/// One cell to compare.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Equal or not.
    Exact(String),
    /// Equal to one part in 10^12.
    Value(Option<f64>),
}

impl Cell {
    fn agrees(&self, other: &Cell) -> bool {
        match (self, other) {
            (Cell::Value(Some(a)), Cell::Value(Some(b))) => {
                a.to_bits() == b.to_bits() || (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
            }
            _ => self == other,
        }
    }

    fn show(&self) -> String {
        match self {
            Cell::Exact(text) => text.clone(),
            Cell::Value(None) => "null".to_owned(),
            Cell::Value(Some(v)) => format!("{v}"),
        }
    }
}

/// A row that can be compared: what names it, and its cells by column.
pub trait Comparable {
    fn key(&self) -> String;
    fn cells(&self) -> Vec<(String, Cell)>;
}

fn exact(column: &str, value: impl ToString) -> (String, Cell) {
    (column.to_owned(), Cell::Exact(value.to_string()))
}

fn whole(column: &str, value: Option<i64>) -> (String, Cell) {
    exact(column, value.map_or("null".to_owned(), |n| n.to_string()))
}

impl Comparable for IndicatorRow {
    fn key(&self) -> String {
        format!("{} {} {} {}", self.indicator, self.division_code, self.period_kind, self.period)
    }

    fn cells(&self) -> Vec<(String, Cell)> {
        vec![
            exact("numerator", self.numerator),
            whole("denominator", self.denominator),
            ("value".to_owned(), Cell::Value(self.value)),
            exact("status", &self.status),
            exact("unit", &self.unit),
            exact("complete", self.complete),
            exact("period_start", &self.period_start),
            exact("period_end", &self.period_end),
            exact("level", &self.level),
            exact("division_name", &self.division_name),
        ]
    }
}

impl Comparable for ScoreRow {
    fn key(&self) -> String {
        format!("{} {} {} {} {}", self.profile, self.indicator, self.division_code, self.due, self.target)
    }

    fn cells(&self) -> Vec<(String, Cell)> {
        vec![
            exact("numerator", self.numerator),
            whole("denominator", self.denominator),
            ("value".to_owned(), Cell::Value(self.value)),
            exact("status", &self.status),
            exact("verdict", &self.verdict),
            exact("op", &self.op),
            exact("evaluated_on", &self.evaluated_on),
            exact("unit", &self.unit),
            exact("level", &self.level),
            exact("division_name", &self.division_name),
        ]
    }
}

impl Comparable for RollupRow {
    fn key(&self) -> String {
        let dims: Vec<String> = self.dims.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {} {} {}", self.division_code, self.period_kind, self.period, dims.join(" "))
    }

    fn cells(&self) -> Vec<(String, Cell)> {
        let mut cells: Vec<_> = self.measures.iter().map(|(name, n)| exact(name, n)).collect();
        cells.push(exact("complete", self.complete));
        cells.push(exact("level", &self.level));
        cells.push(exact("division_name", &self.division_name));
        cells
    }
}

/// `Ok` when both tables hold the same rows with the same cells, whatever the order; else a report of the
/// first differences and the number of all.
///
/// # Errors
/// The report: rows that are missing, not expected or there twice, and cells with what was expected and
/// what was got.
pub fn compare<R: Comparable>(expected: &[R], got: &[R]) -> Result<(), String> {
    let mut differences = Vec::new();
    let mut wanted: BTreeMap<String, &R> = BTreeMap::new();
    for row in expected {
        if wanted.insert(row.key(), row).is_some() {
            differences.push(format!("{}: stands twice in what is expected", row.key()));
        }
    }
    let mut found: BTreeMap<String, &R> = BTreeMap::new();
    for row in got {
        if found.insert(row.key(), row).is_some() {
            differences.push(format!("{}: stands twice", row.key()));
        }
    }
    for (key, row) in &wanted {
        let Some(other) = found.get(key) else {
            differences.push(format!("{key}: missing"));
            continue;
        };
        let (left, right) = (row.cells(), other.cells());
        let right_of: BTreeMap<&String, &Cell> = right.iter().map(|(name, cell)| (name, cell)).collect();
        for (column, cell) in &left {
            match right_of.get(column) {
                None => differences.push(format!("{key}: column {column} is missing")),
                Some(got) if !cell.agrees(got) => {
                    differences.push(format!("{key}: {column} expected {}, got {}", cell.show(), got.show()));
                }
                Some(_) => {}
            }
        }
        if right.len() != left.len() {
            differences.push(format!("{key}: expected {} columns, got {}", left.len(), right.len()));
        }
    }
    for key in found.keys().filter(|key| !wanted.contains_key(*key)) {
        differences.push(format!("{key}: not expected"));
    }
    if differences.is_empty() {
        return Ok(());
    }
    let mut report = format!(
        "{} differences ({} rows expected, {} got); the first:\n",
        differences.len(),
        expected.len(),
        got.len()
    );
    for line in differences.iter().take(SHOWN) {
        let _ = writeln!(report, "  {line}");
    }
    Err(report)
}
