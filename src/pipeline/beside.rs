//! The store beside a store, in which `run --from-scratch` makes everything anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::store::Store;

/// What follows the name of a store in the name of the one beside it.
const BESIDE: &str = ".from-scratch-";
/// How that name ends as long as it is being made, so that what a run that died has left is known by it.
const UNFINISHED: &str = ".unfinished";

/// The folder of a store that is made beside another one at this time, while it is made.
pub(super) fn unfinished(store: &Store, time: &str) -> PathBuf {
    let mut beside = store.root().as_os_str().to_owned();
    beside.push(format!("{BESIDE}{}{UNFINISHED}", time.replace([':', '-'], "")));
    PathBuf::from(beside)
}

/// Keeps such a folder for people to look at; returns its new name.
///
/// # Errors
/// `Output`: it cannot be renamed.
pub(super) fn keep(beside: &Path) -> Result<PathBuf> {
    let kept = beside.with_extension("");
    fs::rename(beside, &kept).map_err(|e| Error::output(beside, e))?;
    Ok(kept)
}

/// Removes what runs that died have left beside a store, whose lock is held.
///
/// # Errors
/// `Output`: a folder cannot be removed.
pub(super) fn remove_left(store: &Store) -> Result<()> {
    let root = std::path::absolute(store.root()).unwrap_or_else(|_| store.root().to_owned());
    let (Some(folder), Some(name)) = (root.parent(), root.file_name()) else { return Ok(()) };
    let begins = format!("{}{BESIDE}", name.to_string_lossy());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&begins) && name.ends_with(UNFINISHED) {
            fs::remove_dir_all(entry.path()).map_err(|e| Error::output(&entry.path(), e))?;
        }
    }
    Ok(())
}
