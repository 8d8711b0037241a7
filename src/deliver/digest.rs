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

/// The digests of the rows of a table.
pub struct LineDigests {
    name: HashName,
    rows: Vec<[u8; 32]>,
}

impl LineDigests {
    pub fn new(name: HashName) -> LineDigests {
        LineDigests { name, rows: Vec::new() }
    }

    /// Those of the rows of a file.
    ///
    /// # Errors
    /// `Output`: it cannot be read.
    pub fn of_file(path: &Path, name: HashName) -> Result<LineDigests> {
        let (mut all, mut line) = (LineDigests::new(name), String::new());
        for batch in read_table(path, None)? {
            let rows = DeliveredRows::new(&batch?, None)?;
            for row in 0..rows.len() {
                line.clear();
                rows.write_line(row, &mut line);
                all.add(&line);
            }
        }
        all.rows.sort_unstable();
        Ok(all)
    }

    /// That of a line of CSV.
    fn of_line(&self, line: &str) -> [u8; 32] {
        let mut digest = Digest::new(self.name);
        digest.update(line.as_bytes());
        digest.bytes()
    }

    /// Takes a row in, as its line of CSV.
    pub fn add(&mut self, line: &str) {
        self.rows.push(self.of_line(line));
    }

    pub fn name(&self) -> HashName {
        self.name
    }

    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Whether a line is one of the rows of a file.
    pub fn has(&self, line: &str) -> bool {
        self.rows.binary_search(&self.of_line(line)).is_ok()
    }

    /// The digest of the table.
    pub fn digest(&mut self) -> String {
        self.rows.sort_unstable();
        let mut whole = Digest::new(self.name);
        for row in &self.rows {
            whole.update(hex(row).as_bytes());
            whole.update(b"\n");
        }
        whole.finish()
    }
}
