//! Rollups: dimensions and measures per division and period, persons counted anew in every cell.

mod text_column;

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::engine::{Frame, Session};
use crate::error::{Error, Result};
use crate::facts::Period;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::rollup::{Dimension, Rollup};
use text_column::TextColumn;

/// The value of a dimension that a row is not broken down by.
pub const ALL: &str = "_all";

/// Counted cells of one rollup in one period, before they are put together.
pub struct RollupCells {
    cells: Vec<(Level, Vec<usize>, Frame)>,
}

/// Collects the rows of one rollup over all periods.
pub struct RollupTable<'a> {
    rollup: &'a Rollup,
    divisions: &'a Divisions,
    levels: TextColumn,
    codes: TextColumn,
    kinds: TextColumn,
    periods: TextColumn,
    completes: Vec<bool>,
    dimensions: Vec<TextColumn>,
    measures: Vec<Vec<i64>>,
}

/// Counts the cells of a rollup; the session holds its facts of the period.
///
/// # Errors
/// `Schema`: the rollup's SQL does not fit its fact.
pub fn count(rollup: &Rollup, session: &Session) -> Result<RollupCells> {
    let mut groups: Vec<Vec<usize>> = vec![Vec::new()];
    groups.extend((0..rollup.dimensions.len()).map(|d| vec![d]));
    for pair in &rollup.cross {
        groups.push((0..rollup.dimensions.len()).filter(|d| pair.contains(&rollup.dimensions[*d].name)).collect());
    }
    let mut cells = Vec::new();
    for level in Level::ALL {
        for group in &groups {
            let of: Vec<&Dimension> = group.iter().map(|d| &rollup.dimensions[*d]).collect();
            let fact = of.first().map_or(&rollup.fact, |d| &d.fact);
            let frame = session.query(&rollup.name, &sql(rollup, fact, level, &of), [fact.as_str()])?;
            cells.push((level, group.clone(), frame));
        }
    }
    Ok(RollupCells { cells })
}

impl<'a> RollupTable<'a> {
    pub fn new(rollup: &'a Rollup, divisions: &'a Divisions) -> Self {
        RollupTable {
            rollup,
            divisions,
            levels: TextColumn::default(),
            codes: TextColumn::default(),
            kinds: TextColumn::default(),
            periods: TextColumn::default(),
            completes: Vec::new(),
            dimensions: rollup.dimensions.iter().map(|_| TextColumn::default()).collect(),
            measures: rollup.measures.iter().map(|_| Vec::new()).collect(),
        }
    }

    /// Adds the cells of a period.
    ///
    /// # Errors
    /// Bugs.
    pub fn add(&mut self, counted: &RollupCells, period: &Period) -> Result<()> {
        for (level, group, frame) in &counted.cells {
            let rows = frame.rows();
            frame.for_each_str("division_code", |_, code| self.codes.push(code.unwrap_or_default()))?;
            self.levels.push_many(level.as_str(), rows);
            self.kinds.push_many(period.kind.as_str(), rows);
            self.periods.push_many(&period.id, rows);
            self.completes.extend(std::iter::repeat_n(period.complete, rows));
            for (index, column) in self.dimensions.iter_mut().enumerate() {
                if group.contains(&index) {
                    let name = &self.rollup.dimensions[index].name;
                    frame.for_each_str(name, |_, value| column.push(value.unwrap_or("unknown")))?;
                } else {
                    column.push_many(ALL, rows);
                }
            }
            for ((name, _), column) in self.rollup.measures.iter().zip(&mut self.measures) {
                column.extend(frame.ints(name)?.into_iter().map(|v| v.unwrap_or(0)));
            }
        }
        Ok(())
    }

    /// Adds one row: its dimensions and measures in declared order.
    pub fn add_row<'v>(
        &mut self,
        level: Level,
        code: &str,
        period: &Period,
        dimensions: impl Iterator<Item = &'v str>,
        measures: impl Iterator<Item = i64>,
    ) {
        self.levels.push(level.as_str());
        self.codes.push(code);
        self.kinds.push(period.kind.as_str());
        self.periods.push(&period.id);
        self.completes.push(period.complete);
        for (column, value) in self.dimensions.iter_mut().zip(dimensions) {
            column.push(value);
        }
        for (column, value) in self.measures.iter_mut().zip(measures) {
            column.push(value);
        }
    }

    /// The table, sorted by its columns in order.
    ///
    /// # Errors
    /// Bugs.
    pub fn finish(self) -> Result<RecordBatch> {
        let mut keys = vec![self.levels.ranks(), self.codes.ranks(), self.kinds.ranks(), self.periods.ranks()];
        keys.extend(self.dimensions.iter().map(TextColumn::ranks));
        let mut order: Vec<u32> = (0..self.completes.len() as u32).collect();
        order.sort_unstable_by(|a, b| {
            let (a, b) = (*a as usize, *b as usize);
            keys.iter().map(|k| k[a].cmp(&k[b])).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
        let codes = self.codes.taken(&order);
        let names = codes.iter().map(|c| Some(c.and_then(|c| self.divisions.name(c)).unwrap_or_default()));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.levels.taken(&order)),
            Arc::new(codes.clone()),
            Arc::new(names.collect::<arrow::array::StringArray>()),
            Arc::new(self.kinds.taken(&order)),
            Arc::new(self.periods.taken(&order)),
            Arc::new(order.iter().map(|row| Some(self.completes[*row as usize])).collect::<BooleanArray>()),
        ];
        columns.extend(self.dimensions.iter().map(|d| Arc::new(d.taken(&order)) as ArrayRef));
        columns.extend(
            self.measures
                .iter()
                .map(|m| Arc::new(Int64Array::from_iter_values(order.iter().map(|row| m[*row as usize]))) as ArrayRef),
        );
        RecordBatch::try_new(rollup_schema(self.rollup), columns).map_err(|e| Error::bug("rollup rows").caused_by(e))
    }
}

/// Columns of `rollups/<name>/*.parquet`.
pub fn rollup_schema(rollup: &Rollup) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let mut fields = vec![
        text("level"),
        text("division_code"),
        text("division_name"),
        text("period_kind"),
        text("period"),
        Field::new("complete", DataType::Boolean, false),
    ];
    fields.extend(rollup.dimensions.iter().map(|d| text(&d.name)));
    fields.extend(rollup.measures.iter().map(|(name, _)| Field::new(name, DataType::Int64, false)));
    Arc::new(Schema::new(fields))
}

/// The query of one level and group of dimensions.
pub fn sql(rollup: &Rollup, fact: &str, level: Level, group: &[&Dimension]) -> String {
    let level = level.as_str();
    let mut columns = vec![format!("{level} AS division_code")];
    let mut keys = vec![level.to_owned()];
    for dimension in group {
        columns.push(format!("COALESCE({0}, 'unknown') AS {0}", dimension.name));
        keys.push(format!("COALESCE({}, 'unknown')", dimension.name));
    }
    columns.extend(rollup.measures.iter().map(|(name, sql)| format!("{sql} AS {name}")));
    format!("SELECT {}\nFROM {fact}\nWHERE {level} IS NOT NULL\nGROUP BY {}", columns.join(", "), keys.join(", "))
}
