//! Rollups: dimensions and measures per division and period, persons counted anew in every cell.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, Int64Builder, RecordBatch, StringDictionaryBuilder};
use arrow::compute::{SortColumn, cast, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};

use crate::engine::Session;
use crate::error::{Error, Result};
use crate::facts::Period;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::rollup::{Dimension, Rollup};

/// The value of a dimension that a row is not broken down by.
pub const ALL: &str = "_all";

type Text = StringDictionaryBuilder<Int32Type>;

/// Collects the rows of one rollup over all periods.
pub struct RollupTable<'a> {
    rollup: &'a Rollup,
    divisions: &'a Divisions,
    levels: Text,
    codes: Text,
    names: Text,
    kinds: Text,
    periods: Text,
    completes: BooleanBuilder,
    dimensions: Vec<Text>,
    measures: Vec<Int64Builder>,
}

impl<'a> RollupTable<'a> {
    pub fn new(rollup: &'a Rollup, divisions: &'a Divisions) -> Self {
        RollupTable {
            rollup,
            divisions,
            levels: Text::new(),
            codes: Text::new(),
            names: Text::new(),
            kinds: Text::new(),
            periods: Text::new(),
            completes: BooleanBuilder::new(),
            dimensions: rollup.dimensions.iter().map(|_| Text::new()).collect(),
            measures: rollup.measures.iter().map(|_| Int64Builder::new()).collect(),
        }
    }

    /// Adds the rows of a period; the session holds the rollup's facts of it.
    ///
    /// # Errors
    /// `Schema`: the rollup's SQL does not fit its fact.
    pub fn add(&mut self, session: &Session, period: &Period) -> Result<()> {
        let rollup = self.rollup;
        let mut groups: Vec<Vec<&Dimension>> = vec![Vec::new()];
        groups.extend(rollup.dimensions.iter().map(|d| vec![d]));
        for pair in &rollup.cross {
            groups.push(rollup.dimensions.iter().filter(|d| pair.contains(&d.name)).collect());
        }
        for level in Level::ALL {
            for group in &groups {
                self.add_group(session, period, level, group)?;
            }
        }
        Ok(())
    }

    fn add_group(&mut self, session: &Session, period: &Period, level: Level, group: &[&Dimension]) -> Result<()> {
        let fact = group.first().map_or(&self.rollup.fact, |d| &d.fact);
        let frame = session.query(&self.rollup.name, &sql(self.rollup, fact, level, group), [fact.as_str()])?;
        let rows = frame.rows();
        frame.for_each_str("division_code", |_, code| {
            self.codes.append_option(code);
            self.names.append_value(code.and_then(|c| self.divisions.name(c)).unwrap_or_default());
        })?;
        for _ in 0..rows {
            self.levels.append_value(level.as_str());
            self.kinds.append_value(period.kind.as_str());
            self.periods.append_value(&period.id);
            self.completes.append_value(period.complete);
        }
        for (dimension, column) in self.rollup.dimensions.iter().zip(&mut self.dimensions) {
            if group.contains(&dimension) {
                frame.for_each_str(&dimension.name, |_, value| column.append_option(value))?;
            } else {
                (0..rows).for_each(|_| column.append_value(ALL));
            }
        }
        for ((name, _), column) in self.rollup.measures.iter().zip(&mut self.measures) {
            for value in frame.ints(name)? {
                column.append_value(value.unwrap_or(0));
            }
        }
        Ok(())
    }

    /// The table, sorted by its columns in order.
    ///
    /// # Errors
    /// Bugs.
    pub fn finish(mut self) -> Result<RecordBatch> {
        let wrong = |e| Error::bug("rollup rows").caused_by(e);
        let mut keys: Vec<ArrayRef> = vec![
            Arc::new(self.levels.finish()),
            Arc::new(self.codes.finish()),
            Arc::new(self.names.finish()),
            Arc::new(self.kinds.finish()),
            Arc::new(self.periods.finish()),
            Arc::new(self.completes.finish()),
        ];
        keys.extend(self.dimensions.iter_mut().map(|d| Arc::new(d.finish()) as ArrayRef));
        for key in &mut keys {
            if *key.data_type() != DataType::Boolean {
                *key = cast(key, &DataType::Utf8).map_err(wrong)?;
            }
        }
        let sort: Vec<SortColumn> = keys.iter().map(|k| SortColumn { values: k.clone(), options: None }).collect();
        let mut columns = keys;
        columns.extend(self.measures.iter_mut().map(|m| Arc::new(m.finish()) as ArrayRef));
        let batch = RecordBatch::try_new(rollup_schema(self.rollup), columns).map_err(wrong)?;
        let order = lexsort_to_indices(&sort, None).map_err(wrong)?;
        take_record_batch(&batch, &order).map_err(wrong)
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
