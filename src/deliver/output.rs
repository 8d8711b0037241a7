//! The files of a package that is being built, each with its length and hash.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::manifest::FileNote;
use crate::error::{Error, Result};
use crate::store::hex;

/// The folder of a package.
pub struct Folder {
    pub dir: PathBuf,
    pub notes: Vec<FileNote>,
}

impl Folder {
    pub fn new(dir: &Path) -> Folder {
        Folder { dir: dir.to_owned(), notes: Vec::new() }
    }

    /// Begins a file.
    pub fn create(&self, path: &str, format: &'static str) -> Result<OutFile> {
        let full = self.dir.join(path);
        if let Some(parent) = full.parent() {
            fs::create_dir_all(parent).map_err(|e| Error::output(parent, e))?;
        }
        let file = File::create(&full).map_err(|e| Error::output(&full, e))?;
        let hashed = HashedOutput { file, hasher: Sha256::new(), bytes: 0 };
        Ok(OutFile { full, path: path.to_owned(), format, writer: BufWriter::with_capacity(1 << 16, hashed) })
    }

    /// Ends a file and notes it.
    pub fn close(&mut self, file: OutFile, table: Option<&str>, rows: u64) -> Result<()> {
        let OutFile { full, path, format, writer } = file;
        let hashed = writer.into_inner().map_err(|e| Error::output(&full, e.into_error()))?;
        hashed.file.sync_all().map_err(|e| Error::output(&full, e))?;
        self.notes.push(FileNote {
            path,
            format: format.to_owned(),
            table: table.map(ToOwned::to_owned),
            bytes: hashed.bytes,
            rows,
            sha256: hex(&hashed.hasher.finalize()),
        });
        Ok(())
    }

    /// Writes a whole file.
    pub fn put(&mut self, path: &str, format: &'static str, rows: u64, bytes: &[u8]) -> Result<()> {
        let mut file = self.create(path, format)?;
        file.bytes(bytes)?;
        self.close(file, None, rows)
    }

    /// Writes a JSON document.
    pub fn json(&mut self, path: &str, format: &'static str, value: &serde_json::Value) -> Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(|e| Error::output(&self.dir.join(path), e))?;
        self.put(path, format, 0, (text + "\n").as_bytes())
    }
}

/// A file that is being written.
pub struct OutFile {
    full: PathBuf,
    path: String,
    format: &'static str,
    writer: BufWriter<HashedOutput>,
}

impl OutFile {
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(|e| Error::output(&self.full, e))
    }

    pub fn text(&mut self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())
    }

    pub fn full_path(&self) -> &Path {
        &self.full
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}

struct HashedOutput {
    file: File,
    hasher: Sha256,
    bytes: u64,
}

impl Write for HashedOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
