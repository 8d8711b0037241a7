//! Rows in memory, and their columns as plain values.

use polars::prelude::*;

use crate::error::{Error, Result};

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

    /// Calls `f` with each value of a text column, in row order.
    ///
    /// # Errors
    /// As [`Frame::strings`].
    pub fn for_each_str(&self, column: &str, mut f: impl FnMut(usize, Option<&str>)) -> Result<()> {
        let column = self.column(column)?.cast(&DataType::String).map_err(wrong)?;
        for (index, value) in column.str().map_err(wrong)?.iter().enumerate() {
            f(index, value);
        }
        Ok(())
    }

    fn column(&self, name: &str) -> Result<&Column> {
        self.0.column(name).map_err(wrong)
    }
}

fn wrong(e: PolarsError) -> Error {
    Error::bug(format!("a result cannot be read: {e}"))
}
