//! Small files that end with the SHA-256 of their content, so that damage is noticed when they are read.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::hex;
use super::table_file::write_atomic;
use crate::error::{Error, Result};

/// Length of a seal: 64 hexadecimal digits and the line ends around them.
const SEAL: usize = 66;

/// The result of reading a sealed file.
#[derive(Debug, PartialEq, Eq)]
pub enum Sealed {
    Missing,
    /// The content does not match its seal: bits were flipped, the file was cut, or it never had a seal.
    Damaged,
    Whole(Vec<u8>),
}

/// Writes bytes and their seal in one atomic step.
pub fn write_sealed(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut sealed = bytes.to_vec();
    sealed.extend_from_slice(format!("\n{}\n", hex(&Sha256::digest(bytes))).as_bytes());
    write_atomic(path, &sealed)
}

/// Reads a file written by [`write_sealed`].
///
/// # Errors
/// `Input` if the file exists but its bytes cannot be read.
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
