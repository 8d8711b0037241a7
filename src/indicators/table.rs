//! The published indicator table.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::arithmetic::{Status, status, value};
use super::cells::{CellGrid, Cells};
use super::population::Population;
use crate::error::{Error, Result};
use crate::facts::Period;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::indicator::{Denominator, Unit};
use crate::schema::{Indicator, day};

/// Which county has ever sent which dataset.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    pub sent: BTreeSet<(String, String)>,
}

impl Coverage {
    /// Counties of the tree that have never sent one of the datasets.
    fn incomplete(&self, divisions: &Divisions, datasets: &[String]) -> BTreeSet<String> {
        divisions
            .of_level(Level::County)
            .map(|(county, _)| county.to_owned())
            .filter(|county| datasets.iter().any(|d| !self.sent.contains(&(county.clone(), d.clone()))))
            .collect()
    }
}

/// Whether a county under a division, or above it, is among those given.
fn is_partial(incomplete: &BTreeSet<String>, code: &str) -> bool {
    match code.get(..Level::County.digits()) {
        Some(county) => incomplete.contains(county),
        None => incomplete.iter().any(|county| county.starts_with(code)),
    }
}

/// Columns of `indicators/*.parquet`.
pub fn indicator_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, false);
    Arc::new(Schema::new(vec![
        text("indicator"),
        text("level"),
        text("division_code"),
        text("division_name"),
        text("period_kind"),
        text("period"),
        Field::new("period_start", DataType::Date32, false),
        Field::new("period_end", DataType::Date32, false),
        Field::new("complete", DataType::Boolean, false),
        Field::new("numerator", DataType::Int64, false),
        Field::new("denominator", DataType::Int64, true),
        Field::new("value", DataType::Float64, true),
        text("unit"),
        text("status"),
    ]))
}

/// Rows of one indicator: level by level (city first), division by division, period by period.
///
/// `cells_of(period index, level)` gives the counted cells.
///
/// # Errors
/// Bugs.
pub fn indicator_batch<'a>(
    indicator: &Indicator,
    periods: &[&Period],
    divisions: &Divisions,
    grid: &CellGrid,
    population: &Population,
    coverage: &Coverage,
    cells_of: impl Fn(usize, Level) -> &'a Cells,
) -> Result<RecordBatch> {
    let mut levels = indicator.levels.clone();
    levels.sort_by_key(|l| l.digits());
    let rows: usize = levels.iter().map(|l| grid.codes(*l).len()).sum::<usize>() * periods.len();
    let text = || StringBuilder::with_capacity(rows, rows * 8);
    let (mut ids, mut level_names, mut codes, mut names, mut kinds, mut period_ids, mut units, mut statuses) =
        (text(), text(), text(), text(), text(), text(), text(), text());
    let (mut starts, mut ends) = (Date32Builder::with_capacity(rows), Date32Builder::with_capacity(rows));
    let mut completes = BooleanBuilder::with_capacity(rows);
    let (mut numerators, mut denominators) = (Int64Builder::with_capacity(rows), Int64Builder::with_capacity(rows));
    let mut values = Float64Builder::with_capacity(rows);
    let incomplete = coverage.incomplete(divisions, &indicator.datasets);
    for level in levels {
        let per_period: Vec<&Cells> = (0..periods.len()).map(|index| cells_of(index, level)).collect();
        for (place, code) in grid.codes(level).iter().enumerate() {
            let partial = is_partial(&incomplete, code);
            let name = divisions.name(code).unwrap_or_default();
            for (period, cells) in periods.iter().zip(&per_period) {
                let n = cells.numerators[place];
                let d = match indicator.denominator {
                    Denominator::None => None,
                    Denominator::Part(_) => Some(cells.denominators[place]),
                    Denominator::Population => {
                        population.of(divisions, code, i32::from(day::to_date(period.e_day).year()))
                    }
                };
                let s = status(indicator.unit, d, partial);
                ids.append_value(&indicator.id);
                level_names.append_value(level.as_str());
                codes.append_value(code);
                names.append_value(name);
                kinds.append_value(period.kind.as_str());
                period_ids.append_value(&period.id);
                starts.append_value(period.start_day);
                ends.append_value(period.end_day);
                completes.append_value(period.complete);
                numerators.append_value(n);
                denominators.append_option(if indicator.unit == Unit::Count { None } else { d });
                values.append_option(if s == Status::NoData { None } else { value(indicator.unit, n, d) });
                units.append_value(indicator.unit.as_str());
                statuses.append_value(s.as_str());
            }
        }
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ids.finish()),
        Arc::new(level_names.finish()),
        Arc::new(codes.finish()),
        Arc::new(names.finish()),
        Arc::new(kinds.finish()),
        Arc::new(period_ids.finish()),
        Arc::new(starts.finish()),
        Arc::new(ends.finish()),
        Arc::new(completes.finish()),
        Arc::new(numerators.finish()),
        Arc::new(denominators.finish()),
        Arc::new(values.finish()),
        Arc::new(units.finish()),
        Arc::new(statuses.finish()),
    ];
    RecordBatch::try_new(indicator_schema(), columns).map_err(|e| Error::bug("indicator rows").caused_by(e))
}
