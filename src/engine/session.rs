//! Tables by name and SQL over them, by the engine that is chosen here.

use std::collections::BTreeMap;

use super::frame::Frame;
use super::polars;
use super::seam::Engine;
use crate::error::{Error, Result, words};

/// The engine that runs the SQL.
type Chosen = polars::Polars;

/// Holds the engine to a number of threads; called before the program starts any.
pub fn limit_threads(threads: usize) {
    Chosen::limit_threads(threads);
}

/// Runs many small sets of queries on all cores, in order of the items.
///
/// # Errors
/// The first item's that failed.
pub fn side_by_side<T: Send, R: Send>(items: Vec<T>, run: impl Fn(T) -> Result<R> + Send + Sync) -> Result<Vec<R>> {
    Chosen::side_by_side(items, run).collect()
}

/// Tables by name, and SQL over them.
#[derive(Clone, Default)]
pub struct Session {
    tables: BTreeMap<String, <Chosen as Engine>::Held>,
}

impl Session {
    /// Gives a table to the engine.
    ///
    /// # Errors
    /// `Bug` when a column is of a type that tables here do not have.
    pub fn register(&mut self, name: &str, frame: &Frame) -> Result<()> {
        let wrong = |e| Error::bug(format!("the table `{name}` cannot be given to the engine: {e}"));
        self.tables.insert(name.to_owned(), Chosen::hold(frame).map_err(wrong)?);
        Ok(())
    }

    /// Holds the tables of another session too; those that stand in both stay as they are.
    pub fn add(&mut self, other: &Session) {
        for (name, held) in &other.tables {
            self.tables.entry(name.clone()).or_insert_with(|| held.clone());
        }
    }

    /// Forgets the tables that `keep` does not name.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.tables.retain(|name, _| keep(name));
    }

    pub fn contains(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// The rows of a table.
    ///
    /// # Errors
    /// `Bug` when the session has no such table.
    pub fn table(&self, name: &str) -> Result<Frame> {
        let held = self.tables.get(name).ok_or_else(|| Error::bug(format!("there is no table `{name}`")))?;
        given(held)
    }

    /// Runs one query and gives its rows.
    ///
    /// `what` names the query in messages; `reads` are the tables that it names.
    ///
    /// # Errors
    /// `Schema`: the SQL does not fit the tables.
    pub fn query<'a>(&self, what: &str, sql: &str, reads: impl IntoIterator<Item = &'a str>) -> Result<Frame> {
        given(&self.run(what, sql, reads)?)
    }

    /// Runs one query and holds its rows as a table, which never leaves the engine.
    pub fn create<'a>(&mut self, name: &str, sql: &str, reads: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let held = self.run(name, sql, reads)?;
        self.tables.insert(name.to_owned(), held);
        Ok(())
    }

    fn run<'a>(
        &self,
        what: &str,
        sql: &str,
        reads: impl IntoIterator<Item = &'a str>,
    ) -> Result<<Chosen as Engine>::Held> {
        let tables: Vec<_> = reads.into_iter().filter_map(|name| Some((name, self.tables.get(name)?))).collect();
        Chosen::run(sql, &tables).map_err(|e| {
            Error::schema(what, words!("SQL 无法执行（「{e}」）", "the SQL cannot be run: {e}")).hint(words!(
                "`xinhui check` 可在没有数据时试运行全部查询",
                "`xinhui check` tries every query without data"
            ))
        })
    }
}

fn given(held: &<Chosen as Engine>::Held) -> Result<Frame> {
    Chosen::give(held).map_err(|e| Error::bug(format!("a result cannot be read: {e}")))
}
