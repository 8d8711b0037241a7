//! Delivery into the tables of a database: one transaction for each package, which the receiver sees whole or not at
//! all.
//!
//! The batch is written down in that same transaction, by the hash of its manifest. So a sender that does not learn
//! whether a batch was committed finds out by looking, and a batch that is sent twice is there once.

mod load;
mod mysql;
mod postgres;
mod shape;
mod wire;

use std::time::Duration;

use super::secret::secret;
use super::{Attempt, Delivery};
use crate::deliver::rows::Rows;
use crate::deliver::settings::DatabaseAddress;
use crate::deliver::sql::{Books, Dialect};
use crate::error::{Error, Result, Words, words};
use load::Loading;
use wire::Login;

/// What keeps a batch from being loaded.
enum Trouble {
    /// The connection or the server failed: it may go better in a moment.
    Lost(Words),
    /// Somebody must mend something first; the package waits.
    Wrong(Words),
    /// This package will never fit.
    Never(Words),
    /// A fault on this side.
    Ours(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Ours(error)
    }
}

/// What a statement came to.
#[derive(Default)]
struct Answer {
    rows: Vec<Vec<Option<String>>>,
    affected: Option<u64>,
}

impl Answer {
    fn count(&self) -> u64 {
        self.affected.unwrap_or(0)
    }

    /// A cell of a row; empty where it is null.
    fn text(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|r| r.get(column)?.as_deref()).unwrap_or_default()
    }
}

/// A connection to a database.
trait Connection {
    /// Runs one statement.
    fn run(&mut self, sql: &str) -> Result<Answer, Trouble>;

    /// Gets ready to load rows into a table; both as they stand in statements.
    fn begin_load(&mut self, table: &str, columns: &str) -> Result<(), Trouble>;

    fn load(&mut self, rows: &Rows) -> Result<(), Trouble>;

    fn end_load(&mut self) -> Result<(), Trouble>;
}

/// The variable that a password is read from where the settings name no place.
const PASSWORD_VARIABLE: &str = "XINHUI_FEED_PASSWORD";

/// Loads the package as a batch.
pub fn deliver(address: &DatabaseAddress, delivery: &mut Delivery<'_>) -> Result<Attempt> {
    let password = match &delivery.feed.password {
        Some(place) => Some(secret(place)?),
        None => std::env::var(PASSWORD_VARIABLE).ok().filter(|p| !p.is_empty()),
    };
    let certificates = match &delivery.feed.ca_file {
        Some(path) => Some(std::fs::read(path).map_err(|e| Error::input(path, e))?),
        None => None,
    };
    let timeout = Duration::from_secs(delivery.feed.timeout_seconds);
    let login = Login { address, password, certificates, timeout };
    match load_batch(&login, delivery) {
        Ok(lines) => Ok(Attempt::accepted(None, lines)),
        Err(Trouble::Lost(why)) => Ok(Attempt::failed(why)),
        Err(Trouble::Wrong(why)) => Ok(Attempt { gives_up: true, ..Attempt::failed(why) }),
        Err(Trouble::Never(why)) => Ok(Attempt::refused(None, vec![why])),
        Err(Trouble::Ours(error)) => Err(error),
    }
}

fn load_batch(login: &Login<'_>, delivery: &Delivery<'_>) -> Result<Vec<Words>, Trouble> {
    let dialect = login.address.dialect;
    let mut connection: Box<dyn Connection + '_> = match dialect {
        Dialect::MySql => Box::new(mysql::MySql::connect(login)?),
        _ => Box::new(postgres::Postgres::connect(login)?),
    };
    let books = Books::new(&delivery.feed.table_prefix);
    let mut loading = Loading::open(connection.as_mut(), dialect, &books, delivery)?;
    loading.prepare_tables()?;
    loading.begin()?;
    if let Some(batch) = loading.batch_of_package()? {
        return Ok(vec![words!("第 {batch} 批此前已写入", "batch {batch} was there already")]);
    }
    loading.number_batch()?;
    let lines = loading.load_tables()?;
    loading.commit()?;
    Ok(lines)
}
