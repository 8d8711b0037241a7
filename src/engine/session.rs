//! Tables by name, and SQL over them.

use std::collections::BTreeMap;

use super::choice::{HeldTable, QueryEngine};
use super::embedded::Embedded;
use super::frame::Frame;
use super::seam::{Engine, EngineFailure, Threads};
use crate::error::{Error, Result, words};

/// Holds the program to a number of threads; called before it starts any.
pub fn limit_threads(threads: usize) {
    Embedded::limit_threads(threads);
}

/// Runs many small sets of queries on all cores, in order of the items.
///
/// # Errors
/// The first item's that failed.
pub fn side_by_side<T: Send, R: Send>(items: Vec<T>, run: impl Fn(T) -> Result<R> + Send + Sync) -> Result<Vec<R>> {
    Embedded::side_by_side(items, run).collect()
}

/// One of many queries, over one table.
pub struct FactQuery<'q> {
    /// What it is, in messages.
    pub what: &'q str,
    pub sql: String,
    /// The table that it reads.
    pub fact: &'q str,
}

/// Tables by name, and SQL over them.
#[derive(Clone)]
pub struct Session {
    engine: QueryEngine,
    tables: BTreeMap<String, HeldTable>,
}

impl Default for Session {
    /// No tables, in the engine that is compiled in.
    fn default() -> Self {
        Session::of(&QueryEngine::embedded())
    }
}

impl Session {
    /// No tables yet, and the engine that will hold them.
    pub fn of(engine: &QueryEngine) -> Self {
        Session { engine: engine.clone(), tables: BTreeMap::new() }
    }

    /// Gives a table to the engine.
    ///
    /// # Errors
    /// `Bug` when a column is of a type that tables here do not have.
    pub fn register(&mut self, name: &str, frame: &Frame) -> Result<()> {
        let wrong = |e| match e {
            EngineFailure::Unfit(e) => Error::bug(format!("the table `{name}` cannot be given to the engine: {e}")),
            EngineFailure::Away(e) => e,
        };
        self.tables.insert(name.to_owned(), self.engine.hold(frame).map_err(wrong)?);
        Ok(())
    }

    /// Holds the tables of another session too; those that stand in both stay as they are.
    pub fn add(&mut self, other: &Session) {
        // A session without tables has no engine to hold to yet.
        if self.tables.is_empty() {
            self.engine = other.engine.clone();
        }
        for (name, held) in &other.tables {
            self.tables.entry(name.clone()).or_insert_with(|| held.clone());
        }
    }

    /// Forgets the tables that `keep` does not name.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.tables.retain(|name, _| keep(name));
    }

    /// Whether rows of its tables are in this program's memory.
    pub fn is_here(&self) -> bool {
        self.engine.is_here()
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
        self.given(held)
    }

    /// Runs one query and gives its rows.
    ///
    /// `what` names the query in messages; `reads` are the tables that it names.
    ///
    /// # Errors
    /// `Schema`: the SQL does not fit the tables. `Input`: the server that runs it did not answer.
    pub fn query<'a>(&self, what: &str, sql: &str, reads: impl IntoIterator<Item = &'a str>) -> Result<Frame> {
        self.given(&self.run(what, sql, reads)?)
    }

    /// Runs many queries and gives the rows of each: side by side here, together on a server.
    ///
    /// # Errors
    /// As [`Session::query`], of the first that failed.
    pub fn query_each(&self, queries: &[FactQuery<'_>]) -> Result<Vec<Frame>> {
        if self.is_here() {
            return side_by_side(queries.iter().collect(), |q: &FactQuery<'_>| self.query(q.what, &q.sql, [q.fact]));
        }
        let held = queries.iter().map(|q| self.run(q.what, &q.sql, [q.fact])).collect::<Result<Vec<_>>>()?;
        self.engine.give_each(&held).map_err(not_given)
    }

    /// Runs one query and holds its rows as a table, which never leaves the engine.
    pub fn create<'a>(&mut self, name: &str, sql: &str, reads: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let held = self.run(name, sql, reads)?;
        self.tables.insert(name.to_owned(), held);
        Ok(())
    }

    fn run<'a>(&self, what: &str, sql: &str, reads: impl IntoIterator<Item = &'a str>) -> Result<HeldTable> {
        let tables: Vec<_> = reads.into_iter().filter_map(|name| Some((name, self.tables.get(name)?))).collect();
        self.engine.run(sql, &tables).map_err(|e| match e {
            EngineFailure::Unfit(e) => {
                Error::schema(what, words!("SQL 无法执行（「{e}」）", "the SQL cannot be run: {e}")).hint(words!(
                    "`xinhui check` 可在没有数据时试运行全部查询",
                    "`xinhui check` tries every query without data"
                ))
            }
            EngineFailure::Away(e) => e,
        })
    }

    fn given(&self, held: &HeldTable) -> Result<Frame> {
        self.engine.give(held).map_err(not_given)
    }
}

fn not_given(e: EngineFailure) -> Error {
    match e {
        EngineFailure::Unfit(e) => Error::bug(format!("a result cannot be read: {e}")),
        EngineFailure::Away(e) => e,
    }
}
