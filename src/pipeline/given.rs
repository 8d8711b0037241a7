//! A file that a reader is told of by its path: one that is looked at, and of which nothing is kept.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::diag::{Code, FileFinding, Severity};
use crate::error::{Error, Result};
use crate::read::{ExportBytes, ExportFile, FileReport, TableSink, read_bytes};
use crate::schema::{Schemas, Source};
use crate::store::held_file::HeldFile;

/// A file to look at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Given {
    pub name: String,
    /// The path's bytes: a name may be no text.
    path: Vec<u8>,
    pub source: Source,
    modified_day: i32,
}

/// A sink that ends the reading of a file beyond a limit.
pub trait LimitedSink: TableSink {
    /// The limit beyond which the file went, as the finding tells it.
    fn beyond(&self) -> Option<&str>;
}

impl Given {
    pub fn new(name: &str, path: &Path, source: Source, modified_day: i32) -> Self {
        Given { name: name.to_owned(), path: path.as_os_str().as_bytes().to_vec(), source, modified_day }
    }

    pub fn path(&self) -> PathBuf {
        PathBuf::from(OsString::from_vec(self.path.clone()))
    }

    /// Reads the file, whose bytes must stay the same meanwhile. One beyond a limit has a finding.
    ///
    /// # Errors
    /// `Input`: it cannot be read, or changed; those of the sink.
    pub fn read<S: LimitedSink>(&self, schemas: &Schemas, sink: &mut S) -> Result<FileReport> {
        let path = self.path();
        let held = HeldFile::open(&path).map_err(|e| Error::input(&path, e))?;
        let sha256 = held.sha256().map_err(|e| Error::input(&path, e))?;
        let export =
            ExportFile { name: &self.name, path: &path, source: self.source, sha256, modified_day: self.modified_day };
        let report = match read_bytes(&export, ExportBytes::File(held.clone()), schemas, sink) {
            Ok(report) => report,
            Err(e) => match sink.beyond() {
                Some(limit) => FileReport { findings: vec![self.stopped(limit)], ..FileReport::default() },
                None => return Err(e),
            },
        };
        if !held.is_unchanged() {
            return Err(Error::input(&path, "it changed while it was read").hint("run again when it is whole"));
        }
        Ok(report)
    }

    /// The finding about a file that was not read to its end, as it went beyond a limit.
    pub fn stopped(&self, limit: &str) -> FileFinding {
        FileFinding {
            file: self.name.clone(),
            sheet: String::new(),
            code: Code::ReaderStopped,
            severity: Severity::Error,
            detail: limit.to_owned(),
        }
    }
}
