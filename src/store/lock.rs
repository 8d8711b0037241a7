//! One run at a time in a store.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};

use super::layout::Store;
use crate::error::{Error, ErrorKind, Result};

/// Held while a run works in a store. The operating system lets go of it when the holder dies.
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes the lock, without waiting.
    ///
    /// # Errors
    /// `Output` when another run holds it.
    pub fn take(store: &Store) -> Result<Self> {
        let path = store.lock_file();
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|e| Error::output(&path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                return Err(Error::new(
                    ErrorKind::Output,
                    store.root().display(),
                    format!("the store is locked by another run (process {})", holder.trim()),
                )
                .hint("wait until that run has ended; nothing was changed"));
            }
            Err(TryLockError::Error(e)) => return Err(Error::output(&path, e)),
        }
        file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).map_err(|e| Error::output(&path, e))?;
        Ok(StoreLock { _file: file })
    }
}
