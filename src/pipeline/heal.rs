//! Recovery of stored rows that are damaged or missing, by reading their exports again.

use std::fs;
use std::path::{Path, PathBuf};

use super::config::Config;
use super::reading::vault_name;
use crate::error::{Error, Result, words};
use crate::ledger::{FileEntry, Register};
use crate::schema::Schemas;
use crate::schema::layout::identity_schema;
use crate::store::{Store, hash_file, hex, write_private};

/// Finds stored rows that are missing, or that a verification found damaged, and has their exports read again; returns
/// the paths of these rows.
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
    // Damaged ones stay what they are where their exports are gone meanwhile: whoever needs them says so.
    let noted = noted(store).into_iter().filter(|path| !gone.contains(path));
    let damaged: Vec<PathBuf> = noted.filter(|path| let_be_read_again(config, register, path)).collect();
    Ok(gone.iter().chain(&damaged).map(|path| path.display().to_string()).collect())
}

/// Of kept rows those whose exports lie in the inbox as they were read.
pub(super) fn readable_again(config: &Config, register: &Register, kept: &[PathBuf]) -> Vec<PathBuf> {
    let mut register = register.clone();
    kept.iter().filter(|path| let_be_read_again(config, &mut register, path)).cloned().collect()
}

/// Has the next night read the exports of kept rows again that were found damaged.
///
/// # Errors
/// `Output`: that cannot be noted in the store; `Usage`: by root in a store of another account.
pub(super) fn note_damaged(store: &Store, damaged: &[PathBuf]) -> Result<()> {
    if damaged.is_empty() {
        return Ok(());
    }
    store.refuse_root()?;
    let private = store.private();
    let names: Vec<&Path> = damaged.iter().filter_map(|path| path.strip_prefix(&private).ok()).collect();
    let path = store.found_damaged();
    let bytes = serde_json::to_vec(&names).map_err(|e| Error::output(&path, e))?;
    write_private(&path, &bytes)
}

/// Kept rows that a verification noted as damaged.
fn noted(store: &Store) -> Vec<PathBuf> {
    let names = fs::read(store.found_damaged()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let names: Vec<PathBuf> = names.unwrap_or_default();
    names.into_iter().map(|name| store.private().join(name)).collect()
}

/// After a night that read them again, nothing is noted any more.
///
/// # Errors
/// `Output`: the note cannot be removed; the next night reads the same exports again.
pub(super) fn forget_damaged(store: &Store) -> Result<()> {
    let path = store.found_damaged();
    match fs::remove_file(&path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::output(&path, e)),
        _ => Ok(()),
    }
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
