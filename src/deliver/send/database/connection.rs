//! What a connection to a database does, whichever protocol it speaks.

use crate::deliver::rows::DeliveredRows;
use crate::error::{Error, Result, Words};

/// What keeps a batch from being loaded.
pub enum LoadTrouble {
    /// The connection or the server failed: it may go better in a moment.
    Lost(Words),
    /// Somebody must mend something first; the package waits.
    Wrong(Words),
    /// This package will never fit.
    Never(Words),
    /// A fault on this side.
    Ours(Error),
}

impl From<Error> for LoadTrouble {
    fn from(error: Error) -> LoadTrouble {
        LoadTrouble::Ours(error)
    }
}

/// What a statement came to.
#[derive(Default)]
pub struct StatementOutcome {
    pub rows: Vec<Vec<Option<String>>>,
    pub affected: Option<u64>,
}

impl StatementOutcome {
    pub fn count(&self) -> u64 {
        self.affected.unwrap_or(0)
    }

    /// A cell of a row; empty where it is null.
    pub fn text(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|r| r.get(column)?.as_deref()).unwrap_or_default()
    }
}

/// A connection to a database.
pub trait Connection {
    /// Runs one statement.
    fn run(&mut self, sql: &str) -> Result<StatementOutcome, LoadTrouble>;

    /// Gets ready to load rows into a table; both as they stand in statements.
    fn begin_load(&mut self, table: &str, columns: &str) -> Result<(), LoadTrouble>;

    fn load(&mut self, rows: &DeliveredRows) -> Result<(), LoadTrouble>;

    fn end_load(&mut self) -> Result<(), LoadTrouble>;
}
