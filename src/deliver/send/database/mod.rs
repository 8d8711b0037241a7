//! Delivery into the tables of a database: one transaction for each package, which the receiver sees whole or not at
//! all.
//!
//! The batch is written down in that same transaction, by the hash of its manifest. So a sender that does not learn
//! whether a batch was committed finds out by looking, and a batch that is sent twice is there once.

mod connection;
mod content;
mod load;
mod mysql;
mod postgres;
mod shape;
mod wire;

use std::time::Duration;

use super::attempt::{Attempt, PackageDelivery};
use super::secret::password;
use crate::deliver::settings::DatabaseAddress;
use crate::deliver::sql::{BatchBooks, Dialect};
use crate::error::{Error, Result, words};
use connection::{Connection, LoadTrouble};
use load::{BatchReceipt, Loading};
use wire::Login;

/// Loads the package as a batch.
pub fn deliver(address: &DatabaseAddress, delivery: &mut PackageDelivery<'_>) -> Result<Attempt> {
    let password = password(delivery.feed)?;
    let certificates = match &delivery.feed.ca_file {
        Some(path) => Some(std::fs::read(path).map_err(|e| Error::input(path, e))?),
        None => None,
    };
    let timeout = Duration::from_secs(delivery.feed.timeout_seconds);
    let login = Login { address, password, certificates, timeout };
    match load_batch(&login, delivery) {
        Ok(batch) => Ok(Attempt { noticed: batch.noticed, ..Attempt::accepted(None, batch.lines) }),
        Err(LoadTrouble::Lost(why)) => Ok(Attempt::failed(why)),
        Err(LoadTrouble::Wrong(why)) => Ok(Attempt { gives_up: true, ..Attempt::failed(why) }),
        Err(LoadTrouble::Never(why)) => Ok(Attempt::refused(None, vec![why])),
        Err(LoadTrouble::Ours(error)) => Err(error),
    }
}

fn load_batch(login: &Login<'_>, delivery: &PackageDelivery<'_>) -> Result<BatchReceipt, LoadTrouble> {
    let dialect = login.address.dialect;
    let mut connection: Box<dyn Connection + '_> = match dialect {
        Dialect::MySql => Box::new(mysql::MySql::connect(login)?),
        _ => Box::new(postgres::Postgres::connect(login)?),
    };
    let books = BatchBooks::new(&delivery.feed.table_prefix);
    let mut loading = Loading::open(connection.as_mut(), dialect, &books, delivery)?;
    loading.prepare_tables()?;
    loading.begin()?;
    if let Some(batch) = loading.batch_of_package()? {
        let lines = vec![words!("第 {batch} 批此前已写入", "batch {batch} was there already")];
        return Ok(BatchReceipt { lines, ..BatchReceipt::default() });
    }
    loading.number_batch()?;
    let receipt = loading.load_tables()?;
    loading.commit()?;
    Ok(receipt)
}
