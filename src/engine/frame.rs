//! Rows in memory, and their columns as plain values.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash};

use polars::prelude::*;

use super::coded::Coded;
use crate::error::{Error, Result};
use crate::schema::day;

/// A table in memory.
#[derive(Clone, Debug)]
pub struct Frame(pub(super) DataFrame);

impl Frame {
    pub fn rows(&self) -> usize {
        self.0.height()
    }

    pub fn column_names(&self) -> Vec<String> {
        self.0.get_column_names().iter().map(ToString::to_string).collect()
    }

    /// Values of an integer (or boolean) column.
    ///
    /// # Errors
    /// `Bug` when there is no such column or it holds no numbers.
    pub fn ints(&self, column: &str) -> Result<Vec<Option<i64>>> {
        let cast = self.column(column)?.cast(&DataType::Int64).map_err(wrong)?;
        Ok(cast.i64().map_err(wrong)?.iter().collect())
    }

    /// Values of a text column.
    ///
    /// # Errors
    /// `Bug` when there is no such column or it holds no text.
    pub fn strings(&self, column: &str) -> Result<Vec<Option<String>>> {
        let column = self.column(column)?.cast(&DataType::String).map_err(wrong)?;
        Ok(column.str().map_err(wrong)?.iter().map(|v| v.map(str::to_owned)).collect())
    }

    /// Values of a text column, each distinct text once.
    ///
    /// # Errors
    /// As [`Frame::strings`].
    pub fn coded(&self, column: &str) -> Result<Coded> {
        Coded::of(self.column(column)?).map_err(wrong)
    }

    /// Whether a column is there and holds whole numbers.
    pub fn holds_integers(&self, column: &str) -> bool {
        self.0.column(column).is_ok_and(|c| c.dtype().is_integer())
    }

    /// The same table with a column of 64-bit numbers, one a row.
    ///
    /// # Errors
    /// `Bug` when the lengths differ.
    pub fn with_ids(mut self, name: &str, ids: &[i64]) -> Result<Frame> {
        self.0.with_column(Int64Chunked::from_slice(name.into(), ids).into_column()).map_err(wrong)?;
        Ok(self)
    }

    /// A digest of the rows, whatever their order: by month of a day column (months from year 0), or
    /// under month 0 where there is none. Equal rows on two nights give equal digests.
    ///
    /// # Errors
    /// `Bug` when a column is of a type that tables here do not have.
    pub fn digest(&self, day_column: Option<&str>) -> Result<BTreeMap<i32, [u64; 3]>> {
        let mut rows = vec![0_u64; self.0.height()];
        for column in self.0.columns() {
            mix(column, &mut rows)?;
        }
        let months = match day_column {
            None => vec![Some(0); rows.len()],
            Some(name) => self.ints(name)?.into_iter().map(|d| d.map(|d| day::month_index(d as i32))).collect(),
        };
        let mut digest: BTreeMap<i32, [u64; 3]> = BTreeMap::new();
        for (row, month) in rows.into_iter().zip(months) {
            let sums = digest.entry(month.unwrap_or(0)).or_default();
            sums[0] = sums[0].wrapping_add(row);
            sums[1] = sums[1].wrapping_add(row.wrapping_mul(row));
            sums[2] += 1;
        }
        Ok(digest)
    }

    fn column(&self, name: &str) -> Result<&Column> {
        self.0.column(name).map_err(wrong)
    }
}

/// Adds a column's values to the hash of each row.
pub(super) fn mix(column: &Column, rows: &mut [u64]) -> Result<()> {
    const SEED: u64 = 0x005e_ed0f_0ca5;
    let state = foldhash::quality::FixedState::with_seed(SEED);
    fn each<T: Hash>(state: &foldhash::quality::FixedState, rows: &mut [u64], values: impl Iterator<Item = Option<T>>) {
        for (row, value) in rows.iter_mut().zip(values) {
            *row = row.rotate_left(23) ^ state.hash_one((*row, value));
        }
    }
    match column.dtype() {
        DataType::String => each(&state, rows, column.str().map_err(wrong)?.iter()),
        DataType::Boolean => each(&state, rows, column.bool().map_err(wrong)?.iter()),
        DataType::Float64 => {
            each(&state, rows, column.f64().map_err(wrong)?.iter().map(|v| v.map(f64::to_bits)));
        }
        _ => {
            let cast = column.cast(&DataType::Int64).map_err(wrong)?;
            each(&state, rows, cast.i64().map_err(wrong)?.iter());
        }
    }
    Ok(())
}

pub(super) fn wrong(e: PolarsError) -> Error {
    Error::bug(format!("a result cannot be read: {e}"))
}
