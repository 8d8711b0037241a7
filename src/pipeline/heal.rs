//! Kept rows that are damaged or gone, and exports that can give them again.

use std::path::Path;

use super::config::Config;
use super::reading::vault_name;
use crate::error::{Error, Result};
use crate::ledger::{FileEntry, Register};
use crate::schema::Schemas;
use crate::schema::layout::identity_schema;
use crate::store::{Store, hash_file, hex};

/// Lets the exports be read again of which kept rows are gone; the paths of those that were.
///
/// # Errors
/// `Damaged`: rows are gone, and their export lies in the inbox no more.
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
            return Err(Error::damaged(path, "is gone: rows that were read from an export"));
        }
    }
    Ok(gone.iter().map(|path| path.display().to_string()).collect())
}

/// Lets the export be read again of which a kept file is damaged, if it still lies in the inbox.
pub(super) fn read_again(config: &Config, store: &Store, place: &str) -> Result<bool> {
    let mut register = Register::load(store)?;
    let found = let_be_read_again(config, &mut register, Path::new(place));
    if found {
        register.save(store)?;
    }
    Ok(found)
}

/// Marks the export that a kept file was read from; `false` when it is not known or lies in the inbox no more.
fn let_be_read_again(config: &Config, register: &mut Register, kept: &Path) -> bool {
    let name = kept.file_name().unwrap_or_default().to_string_lossy();
    let export = register.file_of(name.split('.').next().unwrap_or_default());
    let lies_there = |entry: &&mut FileEntry| {
        hash_file(&config.inbox.join(&entry.file)).is_ok_and(|hash| hex(&hash) == entry.sha256)
    };
    // A reading by no declarations is none that can stand.
    export.filter(lies_there).map(|entry| entry.schemas.clear()).is_some()
}
