//! Kept rows that are damaged or gone, and exports that can give them again.

use std::path::Path;

use super::config::Config;
use super::reading::vault_name;
use crate::error::{Error, Result};
use crate::ledger::Register;
use crate::schema::Schemas;
use crate::schema::layout::identity_schema;
use crate::store::{Store, hash_file, hex};

/// Sees that everything that was read of exports is still there.
///
/// # Errors
/// `Damaged`: a file is gone.
pub(super) fn all_there(store: &Store, schemas: &Schemas, register: &Register) -> Result<()> {
    for table in register.files.iter().flat_map(|f| &f.tables) {
        let bears_identities = schemas.table(&table.dataset).is_some_and(|t| identity_schema(t).is_some());
        let vault = bears_identities.then(|| store.identities().join(vault_name(&table.dataset, &table.id)));
        let files = [store.parsed(&table.dataset, &table.id)];
        for path in files.into_iter().chain(vault) {
            if !path.is_file() {
                return Err(Error::damaged(&path, "is gone: rows that were read from an export"));
            }
        }
    }
    Ok(())
}

/// Lets the export be read again of which a kept file is damaged, if it still lies in the inbox.
///
/// # Errors
/// `Output`, `Damaged`.
pub(super) fn read_again(config: &Config, store: &Store, place: &str) -> Result<bool> {
    let name = Path::new(place).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut register = Register::load(store)?;
    let Some((file, sha256)) = register.read_again(name.split('.').next().unwrap_or_default()) else {
        return Ok(false);
    };
    let export = config.inbox.join(file);
    if !hash_file(&export).is_ok_and(|hash| hex(&hash) == sha256) {
        return Ok(false);
    }
    register.save(store)?;
    Ok(true)
}
