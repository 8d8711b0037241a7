//! What a connection to a database does, whichever protocol it speaks.

use std::time::Duration;

use crate::deliver::rows::DeliveredRows;
use crate::error::{Error, Result, Words, words};

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

    /// Runs one statement and hands over its rows as they come: a table may be larger than the memory.
    fn each_row(&mut self, sql: &str, row: &mut dyn FnMut(Vec<Option<String>>)) -> Result<(), LoadTrouble>;

    /// Gets ready to load rows into a table; both as they stand in statements.
    fn begin_load(&mut self, table: &str, columns: &str) -> Result<(), LoadTrouble>;

    fn load(&mut self, rows: &DeliveredRows) -> Result<(), LoadTrouble>;

    fn end_load(&mut self) -> Result<(), LoadTrouble>;
}

/// Seconds that a statement waits for what another session holds, where an attempt may take so long.
const MOST_LOCK: u64 = 10;

/// The same for an attempt that may take so many seconds.
pub fn lock_seconds(timeout: Duration) -> u64 {
    (timeout.as_secs() / 2).clamp(1, MOST_LOCK)
}

/// Another session is in the way; `look` shows which, and `end` ends it.
pub fn held(look: &str, end: &str) -> LoadTrouble {
    LoadTrouble::Lost(words!(
        "另一个会话占用着这些表，可能是上次发送中断后残留的连接：`{look}` 可查看，`{end}` 可结束它；下次发送或下一夜会再试",
        "another session holds these tables, perhaps the connection of an earlier sending that broke: `{look}` shows it, \
         `{end}` ends it; the next sending or the next night tries again"
    ))
}
