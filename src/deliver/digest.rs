//! A digest of a table that whoever has its rows can make anew, in whatever order they stand.
//!
//! Each row is its line of CSV in UTF-8; the digests of all lines, in hexadecimal, sorted, each with a line feed after
//! it, are digested once more.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use sm3::Sm3;

use super::rows::DeliveredRows;
use crate::error::Result;
use crate::store::hex;
use crate::store::key::HashName;
use crate::store::table_file::read_table;

/// A digest by SHA-256 or SM3.
#[derive(Clone)]
pub enum Digest {
    Sha256(Sha256),
    Sm3(Sm3),
}

impl Digest {
    pub fn new(name: HashName) -> Digest {
        match name {
            HashName::Sha256 => Digest::Sha256(Sha256::new()),
            HashName::Sm3 => Digest::Sm3(Sm3::new()),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Digest::Sha256(hash) => hash.update(bytes),
            Digest::Sm3(hash) => hash.update(bytes),
        }
    }

    fn bytes(self) -> [u8; 32] {
        match self {
            Digest::Sha256(hash) => hash.finalize().into(),
            Digest::Sm3(hash) => hash.finalize().into(),
        }
    }

    /// The digest in hexadecimal.
    pub fn finish(self) -> String {
        hex(&self.bytes())
    }
}

/// The number of rows of a file and their digest.
///
/// # Errors
/// `Output`: it cannot be read.
pub fn of_table(path: &Path, name: HashName) -> Result<(u64, String)> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for batch in read_table(path, None)? {
        let rows = DeliveredRows::new(&batch?, None)?;
        for row in 0..rows.len() {
            line.clear();
            rows.write_line(row, &mut line);
            let mut digest = Digest::new(name);
            digest.update(line.as_bytes());
            lines.push(digest.bytes());
        }
    }
    lines.sort_unstable();
    let mut whole = Digest::new(name);
    for line in &lines {
        whole.update(hex(line).as_bytes());
        whole.update(b"\n");
    }
    Ok((lines.len() as u64, whole.finish()))
}
