//! Recovery of stored rows that are damaged or missing, by reading their exports again.

use std::path::Path;

use super::config::Config;
use super::reading::vault_name;
use crate::error::{Error, Result, words};
use crate::ledger::{FileEntry, Register};
use crate::schema::Schemas;
use crate::schema::layout::identity_schema;
use crate::store::{Store, hash_file, hex};

/// Finds stored rows that are missing and has their exports read again; returns the paths of these exports.
///
/// # Errors
/// `Damaged` if rows are missing whose export is no longer in the inbox.
pub(super) fn read_gone_again(
    config: &Config,
    store: &Store,
    schemas: &Schemas,
    register: &mut Register,
) -> Result<Vec<String>> {
    let mut gone = Vec::new();
    for table in register.files.iter().flat_map(|f| &f.tables) {
        let bears_identities = schemas.table(&table.dataset).is_some_and(|t| identity_schema(t).is_some());
        let vault = bears_identities.then(|| store.identities().join(vault_name(&table.dataset, &table.id)));
        let files = [store.parsed(&table.dataset, &table.id)];
        gone.extend(files.into_iter().chain(vault).filter(|path| !path.is_file()));
    }
    for path in &gone {
        if !let_be_read_again(config, register, path) {
            return Err(Error::damaged(
                path,
                words!("已不存在：其中是由报送文件读取的数据行", "is gone: rows that were read from an export"),
            ));
        }
    }
    Ok(gone.iter().map(|path| path.display().to_string()).collect())
}

/// Has the export of a damaged file read again; returns false if the export is no longer in the inbox.
pub(super) fn read_again(config: &Config, store: &Store, place: &str) -> Result<bool> {
    let mut register = Register::load(store)?;
    let found = let_be_read_again(config, &mut register, Path::new(place));
    if found {
        register.save(store)?;
    }
    Ok(found)
}

/// Marks the export from which a stored file was read for reading again; returns false if it is unknown or no longer in
/// the inbox.
fn let_be_read_again(config: &Config, register: &mut Register, kept: &Path) -> bool {
    let name = kept.file_name().unwrap_or_default().to_string_lossy();
    let export = register.file_of(name.split('.').next().unwrap_or_default());
    let lies_there = |entry: &&mut FileEntry| {
        hash_file(&config.inbox.join(&entry.file)).is_ok_and(|hash| hex(&hash) == entry.sha256)
    };
    // Without the hash of its declarations an entry never counts as up to date, so the export is read again.
    export.filter(lies_there).map(|entry| entry.schemas.clear()).is_some()
}
