//! `query_tables`: the tables that the declared SQL begins with, written for other engines.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use super::fact_tables::FactTables;
use super::facts::FactBook;
use crate::engine::side_by_side;
use crate::error::{Error, Result};
use crate::schema::Fact;
use crate::store::private_file;

/// Writes each table that the facts under `roots` read and that is no fact itself, as `<table>.parquet`.
pub fn write(tables: &FactTables<'_>, book: &FactBook, roots: &[&str], folder: &Path) -> Result<()> {
    let facts: Vec<&Fact> = book.closure(roots);
    let session = tables.session(book, &facts, None)?;
    let reads: BTreeSet<&str> = facts.iter().flat_map(|f| f.reads.iter().map(String::as_str)).collect();
    private_file::make_dirs(folder).map_err(|e| Error::output(folder, e))?;
    side_by_side(reads.into_iter().filter(|name| session.contains(name)).collect(), |name| {
        let bytes = session.table(name)?.to_file()?;
        let path = folder.join(format!("{name}.parquet"));
        private_file::create(&path).and_then(|mut file| file.write_all(&bytes)).map_err(|e| Error::output(&path, e))
    })?;
    Ok(())
}
