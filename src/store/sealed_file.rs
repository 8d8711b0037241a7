//! Small files that end with the SHA-256 of what stands before, so that damage is told when they are read.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::hex;
use super::table_file::write_atomic;
use crate::error::{Error, Result};

/// Hexadecimal digits of a seal, with the line ends around it.
const SEAL: usize = 66;

/// What reading a sealed file came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Sealed {
    Missing,
    /// Not what was written: a flipped bit, a cut, or no sealed file at all.
    Damaged,
    Whole(Vec<u8>),
}

/// Writes bytes and their seal in one step.
pub fn write_sealed(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut sealed = bytes.to_vec();
    sealed.extend_from_slice(format!("\n{}\n", hex(&Sha256::digest(bytes))).as_bytes());
    write_atomic(path, &sealed)
}

/// Reads a file of [`write_sealed`].
///
/// # Errors
/// `Input`: the system does not give its bytes.
pub fn read_sealed(path: &Path) -> Result<Sealed> {
    let mut bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Sealed::Missing),
        Err(e) => return Err(Error::unreadable_store(path, e)),
    };
    let Some(end) = bytes.len().checked_sub(SEAL) else { return Ok(Sealed::Damaged) };
    let seal = format!("\n{}\n", hex(&Sha256::digest(&bytes[..end])));
    if bytes[end..] != *seal.as_bytes() {
        return Ok(Sealed::Damaged);
    }
    bytes.truncate(end);
    Ok(Sealed::Whole(bytes))
}
