//! The scratch store: the one beside a store in which `run --from-scratch` makes everything anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::store::Store;

/// What follows the name of a store in the name of its scratch store.
const SUFFIX: &str = ".from-scratch-";
/// How that name ends as long as it is being made, so that what a run that died has left is known by it.
const UNFINISHED: &str = ".unfinished";

/// The folder of the scratch store of a store at this time, while it is made.
pub(super) fn unfinished(store: &Store, time: &str) -> PathBuf {
    let mut scratch = store.root().as_os_str().to_owned();
    scratch.push(format!("{SUFFIX}{}{UNFINISHED}", time.replace([':', '-'], "")));
    PathBuf::from(scratch)
}

/// Keeps a scratch store for people to look at; returns its new name.
///
/// # Errors
/// `Output`: it cannot be renamed.
pub(super) fn keep(scratch: &Path) -> Result<PathBuf> {
    let kept = scratch.with_extension("");
    fs::rename(scratch, &kept).map_err(|e| Error::output(scratch, e))?;
    Ok(kept)
}

/// Removes what runs that died have left beside a store whose lock is held.
///
/// # Errors
/// `Output`: a folder cannot be removed.
pub(super) fn remove_left(store: &Store) -> Result<()> {
    let root = std::path::absolute(store.root()).unwrap_or_else(|_| store.root().to_owned());
    let (Some(folder), Some(name)) = (root.parent(), root.file_name()) else { return Ok(()) };
    let begins = format!("{}{SUFFIX}", name.to_string_lossy());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&begins) && name.ends_with(UNFINISHED) {
            fs::remove_dir_all(entry.path()).map_err(|e| Error::output(&entry.path(), e))?;
        }
    }
    Ok(())
}
