//! All file I/O of the store: keys, the vault, atomic writes, the lock, snapshots.

pub mod held_file;
pub mod key;
pub mod layout;
pub mod lock;
pub mod memory_file;
pub mod parted_file;
pub mod private_file;
pub mod private_state;
pub mod sealed_file;
pub mod snapshot;
pub mod table_file;
pub mod vault;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

pub use layout::Store;

use crate::error::{Error, Result};

/// SHA-256 of a file's bytes.
///
/// # Errors
/// `Input`.
pub fn hash_file(path: &Path) -> Result<[u8; 32]> {
    let mut file = File::open(path).map_err(|e| Error::input(path, e))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = file.read(&mut buffer).map_err(|e| Error::input(path, e))?;
        if n == 0 {
            return Ok(hasher.finalize().into());
        }
        hasher.update(&buffer[..n]);
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
