//! Runs SQL over tables. The only module that knows an engine (Polars) and its details.

mod coded;
mod frame;
mod kept;
mod lower;
mod tally;

pub use coded::{Coded, NO_TEXT};
pub use frame::Frame;
pub use kept::{PersonChanges, PersonNumbers};
pub use lower::{ChildTable, DatasetFiles, PartitionFile, Renamed, calendar, dataset, empty_dataset, strings_and_ints};
pub use tally::{Groups, Measure, Tally};

use std::collections::BTreeMap;

use polars::prelude::*;
use polars::sql::SQLContext;
use polars_core::runtime::THREAD_POOL;
use rayon::prelude::*;

use crate::error::{Error, Result};

/// Runs many small sets of queries on all cores, in order of the items.
///
/// # Errors
/// The first item's that failed.
pub fn side_by_side<T: Send, R: Send>(items: Vec<T>, run: impl Fn(T) -> Result<R> + Send + Sync) -> Result<Vec<R>> {
    // In the engine's own pool a query stays on its thread; from another one each of its steps would
    // cross over and back.
    THREAD_POOL.install(|| items.into_par_iter().map(run).collect())
}

/// Tables by name, and SQL over them.
#[derive(Clone, Default)]
pub struct Session {
    tables: BTreeMap<String, Frame>,
}

impl Session {
    pub fn register(&mut self, name: &str, frame: Frame) {
        self.tables.insert(name.to_owned(), frame);
    }

    /// Holds the tables of another session too; those that stand in both stay as they are.
    pub fn add(&mut self, other: &Session) {
        for (name, frame) in &other.tables {
            self.tables.entry(name.clone()).or_insert_with(|| frame.clone());
        }
    }

    /// Forgets the tables that `keep` does not name.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.tables.retain(|name, _| keep(name));
    }

    pub fn contains(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    pub fn table(&self, name: &str) -> Option<&Frame> {
        self.tables.get(name)
    }

    /// Runs one query and keeps its rows.
    ///
    /// `what` names the query in messages; `reads` are the tables that it names.
    ///
    /// # Errors
    /// `Schema`: the SQL does not fit the tables.
    pub fn query<'a>(&self, what: &str, sql: &str, reads: impl IntoIterator<Item = &'a str>) -> Result<Frame> {
        let wrong = |e: PolarsError| {
            Error::schema(what, format!("the SQL cannot be run: {e}"))
                .hint("`xinhui check` tries every query without data")
        };
        let mut context = SQLContext::new();
        for name in reads {
            if let Some(frame) = self.tables.get(name) {
                context.register(name, frame.0.clone().lazy());
            }
        }
        let lazy = context.execute(sql).map_err(wrong)?;
        Ok(Frame(lazy.collect().map_err(wrong)?))
    }
}
